"""Ctrl-C and the signals that ask a program to end: one line, and nothing half-written.

The sooner the signals are watched, the fewer come while Python would still show a traceback: this
file, and those that are loaded before it, import next to nothing.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False  # typing alone would take half of the time
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_UNHANDLED = (signal.SIG_DFL, signal.default_int_handler)


class Signals:
    """Which of `ENDING` have come, and what is done when one comes."""

    def __init__(self) -> None:
        self.came: list[int] = []
        self.working = False
        self.stderr = 2  # the file descriptor that users see
        self._before: dict[int, Any] = {}

    def watch(self) -> None:
        """Watch those that the program was not told to ignore.

        Outside of the main thread, where Python does not allow it, nothing is watched.
        """
        for number in ENDING:
            if signal.getsignal(number) in _UNHANDLED:
                try:
                    self._before[number] = signal.signal(number, self.receive)
                except ValueError:
                    return

    def restore(self) -> None:
        """Do with signals what was done before they were watched."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def exit_code(self) -> int:
        """That of a program which the signal has ended: 130, 143 or 129; without one, 130."""
        return 128 + (self.came[0] if self.came else int(signal.SIGINT))

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt while a command works; before and after, end the program at once.

        Modules that are being loaded, and threads that are waited for at the end, would make other
        errors out of the exception.
        """
        self.came.append(number)
        if self.working:
            raise KeyboardInterrupt
        try:
            os.write(self.stderr, b"\nfeatmatch: interrupted\n")
        finally:
            os._exit(self.exit_code)
