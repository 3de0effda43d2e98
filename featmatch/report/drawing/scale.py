"""Where numbers lie along an axis, and which of them are written at it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log2, log10


@dataclass(frozen=True)
class Scale:
    """Where numbers lie on a sheet, along one axis.

    Parameters
    ----------
    low, high : float
        Numbers at its ends.
    start, length : float
        Where it begins, and how far it goes from there; back if negative.
    factors : bool
        Whether equal ways are equal factors.
    """

    low: float
    high: float
    start: float
    length: float
    factors: bool = False

    def __call__(self, value: float) -> float:
        """Tell where a number lies."""
        if self.factors:
            share = log2(value / self.low) / (log2(self.high / self.low) or 1)
        else:
            share = (value - self.low) / ((self.high - self.low) or 1)
        return self.start + share * self.length

    def ticks(self, most: int) -> list[float]:
        """Round numbers to write at the axis."""
        if self.factors:
            first, last = ceil(log2(self.low) - 1e-9), floor(log2(self.high) + 1e-9)
            return [2.0**exponent for exponent in range(first, last + 1)]
        rough = (self.high - self.low or 1) / most
        power = 10.0 ** floor(log10(rough))
        step = next(f * power for f in (1, 2, 2.5, 5, 10) if f * power >= rough * 0.999)
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [step * number for number in range(first, last + 1)]
