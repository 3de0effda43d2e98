"""Options that several commands share; their defaults are those of the library."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from featmatch.api import match
from featmatch.features.orb import ORB
from featmatch.report.match.save import FORMS, check_output

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULTS = {
    name: parameter.default for name, parameter in inspect.signature(match).parameters.items()
}


def check_outputs(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[Path, ...]:
    """Refuse files that cannot be written, before any work."""
    try:
        return tuple(check_output(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(f"{error}.", context, parameter) from error


def refuse_inputs(outputs: Sequence[Path], inputs: Sequence[Path | None]) -> None:
    """Raise UsageError if a result would replace an image or mask that it is made from."""
    originals = {path.resolve() for path in inputs if path is not None}
    for output in outputs:
        if output.resolve() in originals:
            raise click.UsageError(f"{output} is an input; choose another file for the result.")


def shared(command: Command) -> Command:
    """Add the options of everything that reads images and finds keypoints."""
    for option in reversed(
        (
            click.option(
                "--max-size",
                type=click.IntRange(min=0),
                metavar="PIXELS",
                default=DEFAULTS["max_size"],
                show_default=True,
                help="Work on images no longer than this; 0 = full size.",
            ),
            click.option(
                "--max-keypoints",
                type=click.IntRange(min=0),
                metavar="N",
                help=f"Most keypoints in an image. [default: the method's, {ORB().max_keypoints} "
                "for orb]",
            ),
            click.option(
                "--weights",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="For the learned methods: weights that featmatch train wrote. "
                "[default: those of the package]",
            ),
            click.option(
                "--exif",
                type=click.Choice(("apply", "ignore")),
                default=DEFAULTS["exif"],
                show_default=True,
                help="Turn images upright as their EXIF orientation says.",
            ),
            click.option(
                "-o",
                "--output",
                "outputs",
                metavar="FILE",
                multiple=True,
                callback=check_outputs,
                help=f"Write the result; the ending picks the form: {' '.join(FORMS)}. "
                "Can be repeated.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
            click.option("-v", "--verbose", is_flag=True, help="Show the stages on stderr."),
            click.option("--quiet", is_flag=True, help="Print nothing (but --json, if asked for)."),
            click.option("--debug", is_flag=True, help="Show tracebacks."),
        )
    ):
        command = option(command)
    return command
