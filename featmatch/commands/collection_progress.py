"""What the command line tells on stderr while it works on a collection."""

from __future__ import annotations

import sys
import time

from featmatch.collection.options import Progress
from featmatch.commands.printing import note
from featmatch.escaping import printable

_EVERY = 30.0  # s between lines where stderr is no terminal: a log shall not fill up
_MINUTE, _HOUR = 60.0, 3600.0
_WHAT = {"images": "images", "pairs": "pairs"}


class ProgressLine:
    """Tells how far the work has come: on a line that is overwritten, or seldom in new lines.

    Parameters
    ----------
    quiet : bool
        Nothing at all.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._silent = quiet or sys.stderr is None
        self._part = ""
        self._begun = self._told = 0.0
        self._open = False

    def __call__(self, progress: Progress) -> None:
        """Tell a progress."""
        if self._silent:
            return
        if progress.note:
            self.finish()
            note(progress.note)
            return
        now = time.monotonic()
        if progress.part != self._part:
            self.finish()
            self._part, self._begun, self._told = progress.part, now, now
        sentence = _sentence(progress, now - self._begun)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{printable(sentence)}")
            sys.stderr.flush()
            self._open = True
        elif now - self._told > _EVERY or progress.num_done == progress.num_total:
            self._told = now
            note(sentence)

    def finish(self) -> None:
        """End the line that was overwritten."""
        if self._open:
            sys.stderr.write("\n")
            sys.stderr.flush()
            self._open = False


def _sentence(progress: Progress, seconds: float) -> str:
    words = [f"{_WHAT[progress.part]} {progress.num_done:,} of {progress.num_total:,}"]
    if progress.part == "pairs":
        words.append(f"{progress.num_accepted:,} accepted")
    left = progress.num_total - progress.num_done
    if seconds > 1 and left:
        speed = progress.num_done / seconds
        words += [f"{speed:.3g} a second", f"{duration(left / speed)} left"]
    return " · ".join(words)


def duration(seconds: float) -> str:
    """Write a time in the unit that suits it."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.0f} h"
