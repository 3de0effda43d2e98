"""What training tells while it goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Progress:
    """Where a training stands, after a step or at the end of an epoch.

    Attributes
    ----------
    epoch, max_epochs : int
        The present one, counted from 1, and how many there will be at most.
    step : int
        Steps of this epoch that are done.
    num_steps : int or None
        Steps of this epoch in all; None while the first epoch of a source without ``len()`` lasts.
    loss : float
        Mean of the training loss in this epoch.
    lr : float
        Learning rate of the last step.
    seconds : float
        Since the beginning.
    seconds_left : float or None
        At the pace so far, if all epochs are needed; None while `num_steps` is.
    validation : mapping of str to float, or None
        What was measured at the end of the epoch; None before that.
    """

    epoch: int
    max_epochs: int
    step: int
    num_steps: int | None
    loss: float
    lr: float
    seconds: float
    seconds_left: float | None
    validation: Mapping[str, float] | None = None


Report: TypeAlias = Callable[[Progress], object]


class Clock:
    """How long a training has taken, and how long it will.

    Parameters
    ----------
    max_seconds : float or None
        It will not take longer than that.

    Attributes
    ----------
    num_steps : int
        Steps that were made since the clock was.
    """

    def __init__(self, max_seconds: float | None = None) -> None:
        self.max_seconds = max_seconds
        self.num_steps = 0
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Time since the clock was made."""
        return time.perf_counter() - self._start

    def count_step(self) -> None:
        """Note that a step was made."""
        self.num_steps += 1

    def leaves(self, seconds: float) -> bool:
        """Tell whether there is time for something that takes so long."""
        return self.max_seconds is None or self.seconds + seconds <= self.max_seconds

    def seconds_left(self, num_steps: int) -> float:
        """Time for so many more steps, at the pace of those before."""
        left = self.seconds / max(self.num_steps, 1) * num_steps
        if self.max_seconds is not None:
            left = min(left, self.max_seconds - self.seconds)
        return max(left, 0.0)


def print_progress(progress: Progress) -> None:
    """Write a line on stderr: on a terminal it is renewed in every step, else once an epoch.

    A training takes this function, or one like it, as ``FitOptions(..., progress=print_progress)``.
    """
    at_end = progress.validation is not None
    if sys.stderr is None or not (at_end or sys.stderr.isatty()):
        return
    line = _describe(progress)
    if sys.stderr.isatty():
        line = f"\r\x1b[K{line}"
    sys.stderr.write(f"{line}\n" if at_end else line)
    sys.stderr.flush()


def _describe(progress: Progress) -> str:
    parts = [f"epoch {progress.epoch}/{progress.max_epochs}"]
    if progress.validation is None:
        parts.append(f"step {progress.step}/{progress.num_steps or '?'}")
    parts.append(f"loss {progress.loss:.4g}")
    for name, value in (progress.validation or {}).items():
        parts.append(f"validation {name} {value:.4g}")
    if progress.seconds_left is not None:
        parts.append(f"{_duration(progress.seconds_left)} left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    minutes, whole = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{whole:02}" if hours else f"{minutes}:{whole:02}"
