"""Printing: results on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import IO, Any

import click

from featmatch.errors import OutputError
from featmatch.escaping import printable
from featmatch.files import reason_of

_CLOSED = "it is closed; lead it somewhere, or give --quiet and -o FILE"


def say(text: str) -> None:
    """Print a result on stdout; its line breaks stay, other control characters are escaped.

    Where there is no stdout, the exit code tells what the images show.

    Raises
    ------
    OutputError
        It cannot be printed, as where the disk is full.
    """
    _print(f"{text}\n")


def say_document(text: str) -> None:
    """Print a document that was asked for, such as JSON, which ends with a line break.

    Raises
    ------
    OutputError
        It cannot be printed, as where the disk is full or standard output is closed.
    """
    if sys.stdout is None:
        raise OutputError(f"the result cannot be printed ({_CLOSED})")
    _print(text)


def write_out(content: bytes) -> None:
    """Write a file on stdout.

    Raises
    ------
    OutputError
        It is closed or a terminal, or cannot be written to.
    """
    if sys.stdout is None:
        raise OutputError(f"standard output cannot be written ({_CLOSED})")
    if sys.stdout.isatty():
        raise OutputError("standard output is a terminal; lead it into a file or a program")
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard_stdout()
        raise OutputError(f"standard output cannot be written ({reason_of(error)})") from error


def note(text: str = "") -> None:
    """Print a line on stderr, if there is one; escaped as by `say`."""
    if sys.stderr is not None:
        sys.stderr.write("\n".join(map(printable, text.split("\n"))) + "\n")
        sys.stderr.flush()


class ForgivingStream:
    """A stream of text that loses what cannot be written, as where the disk is full.

    Parameters
    ----------
    stream : text stream
        All but writing is left to it.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be written."""
        with suppress(OSError):
            self._stream.flush()


def _print(text: str) -> None:
    try:
        click.echo("\n".join(map(printable, text.split("\n"))), nl=False)
    except BrokenPipeError:  # whoever read it has enough, which is no error
        raise
    except OSError as error:
        _discard_stdout()
        raise OutputError(f"the result cannot be printed ({reason_of(error)})") from error


def _discard_stdout() -> None:
    """Let what is left of stdout go nowhere: at its end Python would fail to write it once more."""
    with suppress(OSError, ValueError):  # a stream in memory has no descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
