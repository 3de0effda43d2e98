"""Options that several commands share; their defaults are those of the library."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from featmatch.api.match import match
from featmatch.auto import PLANS
from featmatch.commands.command import INPUT
from featmatch.errors import ArgumentError
from featmatch.features.orb import ORB
from featmatch.geometry.estimate import Estimator
from featmatch.images.camera import read_intrinsics
from featmatch.methods import METHODS
from featmatch.report.match.save import FORMS, check_output, features_forms
from featmatch.verification import MODEL_NAMES

Command = TypeVar("Command", bound=Callable[..., Any])

STANDARD_OUTPUT = "-"
DEFAULTS = {
    name: parameter.default for name, parameter in inspect.signature(match).parameters.items()
}


class NumberRange(click.FloatRange):
    """A number within limits; what is not a number is within none."""

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> float:
        """Return the number, or tell that it is none."""
        number = float(super().convert(value, parameter, context))
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", parameter, context)
        return number


@contextmanager
def refused(context: click.Context, parameter: click.Parameter) -> Iterator[None]:
    """Tell an argument that the library does not take as wrong usage of an option."""
    try:
        yield
    except ArgumentError as error:
        raise click.BadParameter(f"{error}.", context, parameter) from error


def check_cameras(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> Any:
    """Read cameras: one of both images, or one of each; None where none is given."""
    if len(values) > 2:
        message = f"expected one for both images or one for each, got {len(values)}."
        raise click.BadParameter(message, context, parameter)
    with refused(context, parameter):
        cameras = [value if value == "exif" else read_intrinsics(value) for value in values]
    if len(cameras) == 2:
        return tuple(cameras)
    return cameras[0] if cameras else None


def max_size(default: int = DEFAULTS["max_size"]) -> Callable[[Command], Command]:
    """Make the option of the size that images are worked on at."""
    return click.option(
        "--max-size",
        type=click.IntRange(min=0),
        metavar="PIXELS",
        default=default,
        show_default=True,
        help="Resize so that the longer side is at most this; 0 keeps full size.",
    )


def writing(endings: Sequence[str], *, piped: bool = False) -> Callable[[Command], Command]:
    """Make the option of the files to write, which refuses before any work what cannot be.

    If `piped`, one of them may be ``-``, standard output.
    """

    def check(
        context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
    ) -> tuple[Path, ...]:
        with refused(context, parameter):
            return tuple(
                Path(value) if piped and value == STANDARD_OUTPUT else check_output(value, endings)
                for value in values
            )

    return click.option(
        "-o",
        "--output",
        "outputs",
        metavar="FILE",
        multiple=True,
        callback=check,
        help=f"Write the result; the ending picks the form: {' '.join(endings)}. "
        + ("- is standard output, a PNG. " if piped else "")
        + "Can be repeated.",
    )


method = click.option(
    "--method",
    type=click.Choice(("auto", *METHODS)),
    default=DEFAULTS["method"],
    show_default=True,
    help="How keypoints are found; auto tries methods in turn until it is sure, or gets no surer.",
)
effort = click.option(
    "--effort",
    type=click.Choice(tuple(PLANS)),
    default=DEFAULTS["effort"],
    show_default=True,
    help="For --method auto: fast skips the most expensive method, thorough runs them all.",
)
exif = click.option(
    "--exif",
    type=click.Choice(("apply", "ignore")),
    default=DEFAULTS["exif"],
    show_default=True,
    help="Whether to turn images upright as their EXIF orientation says.",
)
max_keypoints = click.option(
    "--max-keypoints",
    type=click.IntRange(min=0),
    metavar="N",
    help="Keep at most this many keypoints per image. "
    f"[default: the method's, {ORB().max_keypoints} for orb; fewer in collections]",
)
weights = click.option(
    "--weights",
    type=INPUT,
    metavar="FILE",
    help="For the learned methods: weights that featmatch train wrote. "
    "[default: those of the package]",
)
model = click.option(
    "--model",
    type=click.Choice(MODEL_NAMES),
    default=DEFAULTS["model"],
    show_default=True,
    help="What relates the images; auto decides between a homography and a fundamental matrix.",
)
max_error = click.option(
    "--max-error",
    type=float,
    metavar="PIXELS",
    help="Largest distance between a match and the model, in pixels of the resized images. "
    f"[default: {Estimator().max_error}]",
)
intrinsics = click.option(
    "--intrinsics",
    "camera",
    type=INPUT,
    multiple=True,
    metavar="CAMERA",
    callback=check_cameras,
    help="The camera, for the relative pose and --model essential: FX,FY,CX,CY or F,CX,CY in "
    "pixels, a file of 3 x 3 numbers, or exif to use the focal length stored in the photographs. "
    "Give it once for both images, or twice: for IMAGE0, then IMAGE1.",
)
seed = click.option(
    "--seed",
    type=click.IntRange(0),
    metavar="N",
    default=DEFAULTS["seed"],
    show_default=True,
    help="Seed of all random choices: the same seed gives the same result.",
)
outliers = click.option("--outliers", is_flag=True, help="Draw wrong matches in pictures, too.")
only_scene = click.option(
    "--only-scene",
    is_flag=True,
    help="Exit with 1 for images that share one thing alone, such as a logo or a form.",
)
outputs = writing(tuple(FORMS))
keypoint_outputs = writing(tuple(features_forms()))
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Show each stage on stderr.")
quiet = click.option("--quiet", is_flag=True, help="Print nothing.")
quiet_but_json = click.option("--quiet", is_flag=True, help="Print nothing except --json output.")
debug = click.option(
    "--debug", is_flag=True, help="Show tracebacks, and all that libraries write on stderr."
)


def with_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Add options to a command, in the order in which its help is to list them."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add
