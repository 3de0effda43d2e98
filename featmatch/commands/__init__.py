"""The command line: ``featmatch match``, ``detect``, ``compare-cnn`` and others, one a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from featmatch.commands.signals import watched_signals

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, optional
        None takes those of the process.
    """
    with watched_signals() as signals:
        from featmatch.commands.program import run  # what it loads may take a moment

        code = run(sys.argv[1:] if arguments is None else list(arguments), signals)
    sys.exit(code)
