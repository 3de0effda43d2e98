"""The command line: ``featmatch match``, ``detect``, ``compare-cnn`` and others, one a file."""

from __future__ import annotations

import sys

from featmatch.commands.signals import Signals

TYPE_CHECKING = False  # see featmatch.commands.signals
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, optional
        None takes those of the process, which ends with the command: so the signals stay watched,
        and libraries that write on stderr by themselves are not shown, except with ``--debug``.
    """
    signals = Signals()
    signals.watch()
    try:
        from contextlib import suppress

        from featmatch.commands.memory import TOO_LITTLE_MEMORY, lack_of_address_space

        lack = lack_of_address_space()
        if lack:
            with suppress(OSError, AttributeError):  # stderr may be full, or closed
                sys.stderr.write(f"featmatch: {lack}\n")
            sys.exit(TOO_LITTLE_MEMORY)
        from featmatch.commands.native_lines import hide_native_lines
        from featmatch.commands.program import run  # what it loads may take a moment

        if arguments is None and "--debug" not in sys.argv:
            signals.stderr = hide_native_lines()
        code = run(sys.argv[1:] if arguments is None else list(arguments), signals)
    finally:
        signals.working = False
        if arguments is not None:
            signals.restore()
    sys.exit(code)
