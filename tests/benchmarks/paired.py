"""Time two ways of doing the same in turns, so that what else the machine does slows down both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

_PAUSE = 0.05  # seconds


@dataclass(frozen=True)
class Comparison:
    """What two ways of doing the same cost, and how much more ours may cost.

    Attributes
    ----------
    name : str
        What was done.
    ours, peer : float
        Medians, in `unit`.
    ratio : float
        Ours / peer: the median over the rounds.
    bound : float
        The largest ratio allowed.
    unit : str
    """

    name: str
    ours: float
    peer: float
    ratio: float
    bound: float
    unit: str = "s"

    def holds(self, slack: float) -> bool:
        """Whether the ratio is within the bound, which `slack` multiplies if it is one of time."""
        return self.ratio <= self.bound * (slack if self.unit == "s" else 1)

    def judgment(self, slack: float) -> str:
        """Say in a word or two whether the ratio is within the bound; nothing where it is."""
        if self.holds(1):
            return ""
        return "above its bound" if self.holds(slack) else "FAILED"

    def __str__(self) -> str:
        costs = (f"{cost:9.4g} {self.unit:2}" for cost in (self.ours, self.peer))
        return f"{self.name:56} {' '.join(costs)} {self.ratio:7.2f} {self.bound:7.2f}"


def within_seconds(
    name: str, ours: float, seconds: float, *, peer: float, quiet: float
) -> Comparison:
    """Compare with a time for two quiet cores: on slower ones, more by as much as a peer takes.

    Parameters
    ----------
    name : str
    ours, seconds : float
        What was measured, and what it may be on quiet cores.
    peer, quiet : float
        Seconds that a peer took in the same run, and that it takes at most on quiet cores.
    """
    return Comparison(name, ours, seconds, ours / seconds, bound=max(1.0, peer / quiet))


def compare(
    name: str,
    ours: Callable[..., object],
    peer: Callable[..., object],
    rounds: Iterable[tuple[object, ...]],
    *,
    bound: float,
    calls: int = 1,
) -> Comparison:
    """Call both with the arguments of every round, ours and the peer in turns.

    The arguments of the first round are used once more before, for what only the first call costs.
    Where a call takes no more than milliseconds, a turn is the median of several `calls`, after a
    pause in which the other side's threads go to sleep, and as many calls in which one's own wake
    up.
    """
    rounds = list(rounds)
    ours(*rounds[0])
    peer(*rounds[0])
    seconds = [
        (_seconds(ours, arguments, calls), _seconds(peer, arguments, calls)) for arguments in rounds
    ]
    return Comparison(
        name,
        ours=median(own for own, _ in seconds),
        peer=median(other for _, other in seconds),
        ratio=median(own / other for own, other in seconds),
        bound=bound,
    )


def _seconds(function: Callable[..., object], arguments: tuple[object, ...], calls: int) -> float:
    if calls == 1:
        return seconds_of_one(function, arguments)
    time.sleep(_PAUSE)
    for _ in range(calls):
        function(*arguments)
    return median(seconds_of_one(function, arguments) for _ in range(calls))


def seconds_of_one(function: Callable[..., object], arguments: tuple[object, ...] = ()) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start
