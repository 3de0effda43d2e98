"""Ctrl-C and the signals that ask a program to end: one line, and nothing half-written.

Only what Python loads anyway is imported here: the sooner the signals are watched, the better.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_UNHANDLED = (signal.SIG_DFL, signal.default_int_handler)
_STDERR = 2  # its file descriptor


class Signals:
    """Which of `ENDING` have come, and what is done when one comes."""

    def __init__(self) -> None:
        self.came: list[int] = []
        self.working = False

    @property
    def exit_code(self) -> int:
        """That of a program which the signal has ended: 130, 143 or 129; without one, 130."""
        return 128 + (self.came[0] if self.came else int(signal.SIGINT))

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt while a command works; before that, end the program at once.

        Modules that are being loaded would make other errors out of the exception.
        """
        self.came.append(number)
        if self.working:
            raise KeyboardInterrupt
        with suppress(OSError):
            os.write(_STDERR, b"\nfeatmatch: interrupted\n")
        os._exit(self.exit_code)


@contextmanager
def watched_signals() -> Iterator[Signals]:
    """Watch the signals that the program was not told to ignore; afterwards all is as before."""
    signals, before = Signals(), {}
    if threading.current_thread() is threading.main_thread():
        for number in ENDING:
            if signal.getsignal(number) in _UNHANDLED:
                before[number] = signal.signal(number, signals.receive)
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
