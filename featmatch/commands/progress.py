"""What the command line tells on stderr while it works."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from featmatch.escaping import printable

_BAR_WIDTH = 24  # letters


class _StageHandler(logging.Handler):
    """Prints finished stages as lines, or shows the current one on a line that is overwritten."""

    def __init__(self, *, lines: bool) -> None:
        super().__init__(logging.INFO if lines else logging.DEBUG)
        self.lines = lines
        self.start = time.perf_counter()

    def emit(self, record: logging.LogRecord) -> None:
        seconds = time.perf_counter() - self.start
        message = printable(record.getMessage())
        if self.lines:
            sys.stderr.write(f"{seconds:7.2f} s  {message}\n")
        else:
            sys.stderr.write(f"\r\x1b[K{message} ...")
        sys.stderr.flush()


@contextmanager
def stages(*, verbose: bool, quiet: bool) -> Iterator[None]:
    """Show the stages of the work on stderr.

    Parameters
    ----------
    verbose : bool
        A line for every stage that is done. Otherwise, on a terminal, the current stage alone.
    quiet : bool
        Nothing at all.
    """
    if quiet or sys.stderr is None or not (verbose or sys.stderr.isatty()):
        yield
        return
    logger = logging.getLogger("featmatch")
    handler, level = _StageHandler(lines=verbose), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        if not verbose:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


@contextmanager
def bars(*, quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """Show parts of the work on stderr, a bar each, if it is a terminal.

    Parameters
    ----------
    quiet : bool
        Nothing at all.

    Yields
    ------
    callable
        ``progress(part, done)``: a part's name, and the share of it that is done, from 0 to 1.
    """
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda part, done: None
        return
    bar = _Bar()
    try:
        yield bar.show
    finally:
        bar.finish()


class _Bar:
    """The bar of the present part, on a line that is overwritten until the next part begins."""

    def __init__(self) -> None:
        self.part = ""
        self.start = 0.0

    def show(self, part: str, done: float) -> None:
        if part != self.part:
            self.finish()
            self.part, self.start = part, time.perf_counter()
        num_full = round(_BAR_WIDTH * min(max(done, 0.0), 1.0))
        filled = "#" * num_full + "." * (_BAR_WIDTH - num_full)
        seconds = time.perf_counter() - self.start
        sys.stderr.write(f"\r\x1b[K{part:<20} [{filled}] {done:4.0%} {seconds:5.1f} s")
        sys.stderr.flush()

    def finish(self) -> None:
        if self.part:
            sys.stderr.write("\n")
            sys.stderr.flush()
