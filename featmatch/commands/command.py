"""What all commands have in common: they know their inputs, and what to do if memory is short."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from featmatch.commands.memory import NotEnoughMemoryError, is_lack_of_memory, memory_advice
from featmatch.errors import ReadError
from featmatch.files import reason_of

STANDARD_INPUT = "-"
_INPUTS = "featmatch.inputs"
_TOLD_HERE = (errno.EACCES, errno.ELOOP)  # readers tell the rest

File = tuple[int, int]
"""Device and number of a file: the same for all its links."""


class InputPath(click.Path):
    """The name of something that a command reads, as it is given.

    Every option and argument that names an input is of this type, so that no command forgets one.

    Parameters
    ----------
    allow_dash : bool
        Whether ``-`` is standard input.
    """

    def __init__(self, *, allow_dash: bool = False) -> None:
        super().__init__(allow_dash=allow_dash, readable=False)  # reading it tells more

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> str:
        """Return the name, and remember it as an input of the command."""
        name = os.fsdecode(super().convert(value, parameter, context))
        if context is not None:
            context.meta.setdefault(_INPUTS, []).append(name)
        return name


INPUT = InputPath()
IMAGE_INPUT = InputPath(allow_dash=True)


class Command(click.Command):
    """A command of featmatch."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command; signals interrupt it, and a lack of memory is told with what helps."""
        for name in context.meta.get(_INPUTS, ()):
            _check_reachable(name)
        if context.obj is not None:
            context.obj.working = True
        try:
            return super().invoke(context)
        except Exception as error:
            if not is_lack_of_memory(error):
                raise
            options = (name for parameter in self.params for name in parameter.opts)
            raise NotEnoughMemoryError(memory_advice(options)) from error


def keep_inputs(outputs: Iterable[Path], also: Iterable[str | os.PathLike[str]] = ()) -> None:
    """Raise UsageError if a result of this command would replace something that it reads.

    Parameters
    ----------
    outputs : iterable of Path
        All that the command writes.
    also : iterable of path
        Inputs that no option names. Of folders that options name, all files are inputs, except
        those at the places of the outputs: they are results of an earlier run.
    """
    outputs = tuple(outputs)
    named = {os.path.realpath(name) for name in _inputs()}
    there = {output: file for output in outputs if (file := _file(output)) is not None}
    earlier = {_place(output) for output in there}
    originals = set(map(_file, also))
    for name in _inputs() if there else ():
        if Path(name).is_dir():
            below = Path(os.path.realpath(name)).rglob("*")
            originals |= {_file(path) for path in below if path not in earlier}
        else:
            originals.add(_file(name))
    for output in outputs:
        if there.get(output) in originals - {None} or os.path.realpath(output) in named:
            raise click.UsageError(f"{output} is an input; choose another file for the result.")


def _inputs() -> list[str]:
    """Names of the inputs of the command under way, as they were given."""
    names: list[str] = click.get_current_context().meta.get(_INPUTS, [])
    return names


def _place(path: Path) -> Path:
    """Follow the links to a file's folder, but not those of the file itself."""
    return Path(os.path.realpath(path.parent)) / path.name


def _file(path: str | os.PathLike[str]) -> File | None:
    """Return which file a name leads to; None if there is none."""
    try:
        status = os.fstat(sys.stdin.fileno()) if path == STANDARD_INPUT else Path(path).stat()
    except (OSError, ValueError, AttributeError):  # standard input may be closed
        return None
    return status.st_dev, status.st_ino


def _check_reachable(name: str) -> None:
    """Refuse what cannot even be looked at: behind a closed folder, or a circle of links."""
    try:
        Path(name).stat()
    except OSError as error:
        if error.errno in _TOLD_HERE:
            raise ReadError(
                f"{name}: cannot be read ({reason_of(error)}); check the path and the permissions"
            ) from error
