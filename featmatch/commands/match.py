"""``featmatch match IMAGE0 IMAGE1``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from featmatch import api
from featmatch.auto import PLANS
from featmatch.commands.options import DEFAULTS, refuse_inputs, shared
from featmatch.commands.progress import stages
from featmatch.matching.matcher import Matcher
from featmatch.methods import METHODS
from featmatch.plain import to_json
from featmatch.report.match.document import match_document
from featmatch.report.match.text import match_summary
from featmatch.verification import MODEL_NAMES

_MATCHER = Matcher()
_ESTIMATOR = METHODS["orb"].estimator


def camera(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> list[list[float]] | None:
    """Make a (3, 3) camera matrix of FX,FY,CX,CY."""
    if value is None:
        return None
    try:
        fx, fy, cx, cy = map(float, value.split(","))
    except ValueError as error:
        message = f"expected four numbers FX,FY,CX,CY in pixels, got {value!r}."
        raise click.BadParameter(message, context, parameter) from error
    return [[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]]


@click.command()
@click.argument("image0", type=click.Path(path_type=Path))
@click.argument("image1", type=click.Path(path_type=Path))
@click.option(
    "--method",
    type=click.Choice(("auto", *METHODS)),
    default=DEFAULTS["method"],
    show_default=True,
    help="How keypoints are found; auto tries methods in turn until it is sure.",
)
@click.option(
    "--effort",
    type=click.Choice(tuple(PLANS)),
    default=DEFAULTS["effort"],
    show_default=True,
    help="Of auto: fast stops before the dearest method, thorough tries them all.",
)
@click.option(
    "--max-seconds",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Of auto: begin no other method that would probably take longer. [default: no limit]",
)
@click.option(
    "--model",
    type=click.Choice(MODEL_NAMES),
    default=DEFAULTS["model"],
    show_default=True,
    help="What relates the images; auto decides between homography and fundamental matrix.",
)
@click.option("--mask0", type=click.Path(path_type=Path), help="Where to look: nonzero = use.")
@click.option("--mask1", type=click.Path(path_type=Path), help="The same for IMAGE1.")
@click.option(
    "--max-ratio",
    type=float,
    metavar="RATIO",
    help=f"Of the ratio test; 1 = off. [default: {_MATCHER.max_ratio}]",
)
@click.option(
    "--mutual/--no-mutual",
    default=None,
    help="Whether matched keypoints must prefer each other. [default: mutual]",
)
@click.option(
    "--max-error",
    type=float,
    metavar="PIXELS",
    help=f"Largest residual of an inlier, in the images worked on. [default: "
    f"{_ESTIMATOR.max_error}]",
)
@click.option(
    "--intrinsics0",
    metavar="FX,FY,CX,CY",
    callback=camera,
    help="Camera of IMAGE0 in pixels, for --model essential.",
)
@click.option("--intrinsics1", metavar="FX,FY,CX,CY", callback=camera, help="Of IMAGE1.")
@click.option("--seed", type=click.IntRange(0), default=DEFAULTS["seed"], show_default=True)
@click.option("--outliers", is_flag=True, help="Draw the wrong matches into pictures too.")
@shared
def match(
    image0: Path,
    image1: Path,
    outputs: tuple[Path, ...],
    as_json: bool,
    verbose: bool,
    quiet: bool,
    outliers: bool,
    debug: bool,
    **options: Any,
) -> int:
    """Find what two images have in common, and say how sure that is.

    Exit code 0 if the images match, 1 if they do not.
    """
    refuse_inputs(outputs, (image0, image1, options["mask0"], options["mask1"]))
    demanding = options["effort"] != DEFAULTS["effort"] or options["max_seconds"] is not None
    if options["method"] != "auto" and demanding:
        raise click.UsageError("--effort and --max-seconds are for --method auto.")
    with stages(verbose=verbose, quiet=quiet):
        result = api.match(image0, image1, **options)
        for path in outputs:
            result.save(path, outliers=outliers)
    if as_json:
        click.echo(to_json(match_document(result)), nl=False)
    elif not quiet:
        click.echo(match_summary(result))
    return 0 if result.verdict.accepted else 1
