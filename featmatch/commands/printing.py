"""Printing what a command found."""

from __future__ import annotations

import click

from featmatch.errors import OutputError
from featmatch.files import reason_of


def say(text: str, *, nl: bool = True) -> None:
    """Print a result on stdout.

    Raises
    ------
    OutputError
        It cannot be printed, as where the disk is full.
    """
    try:
        click.echo(text, nl=nl)
    except BrokenPipeError:  # whoever read it has enough, which is no error
        raise
    except OSError as error:
        raise OutputError(f"the result cannot be printed ({reason_of(error)})") from error
