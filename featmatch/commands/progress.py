"""What the command line tells on stderr while it works."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class _StageHandler(logging.Handler):
    """Prints finished stages as lines, or shows the current one on a line that is overwritten."""

    def __init__(self, *, lines: bool) -> None:
        super().__init__(logging.INFO if lines else logging.DEBUG)
        self.lines = lines
        self.start = time.perf_counter()

    def emit(self, record: logging.LogRecord) -> None:
        seconds = time.perf_counter() - self.start
        message = record.getMessage()
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
