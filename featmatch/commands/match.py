"""``featmatch match IMAGE0 IMAGE1``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from featmatch.api.match import match as match_images
from featmatch.commands import options as shared
from featmatch.commands.command import IMAGE_INPUT, INPUT, Command, keep_inputs
from featmatch.commands.options import DEFAULTS
from featmatch.commands.progress import stages
from featmatch.commands.result import tell
from featmatch.commands.standard_input import read_given
from featmatch.matching.matcher import Matcher
from featmatch.methods import METHODS
from featmatch.report.match.save import save_match


def default_ratios() -> str:
    """Say which ratio each method has, the one that most have first, without their names."""
    matchers: dict[str, Any] = {name: pipeline.matcher for name, pipeline in METHODS.items()}
    usual = Matcher()
    others = (
        f"none but neighborhoods for {name}"
        if matcher.neighborhoods
        else f"{matcher.max_ratio} for {name}"
        for name, matcher in matchers.items()
        if (matcher.max_ratio, matcher.neighborhoods) != (usual.max_ratio, usual.neighborhoods)
    )
    return ", ".join([str(usual.max_ratio), *others])


@click.command(cls=Command)
@click.argument("image0", type=IMAGE_INPUT)
@click.argument("image1", type=IMAGE_INPUT)
@shared.method
@shared.effort
@click.option(
    "--max-seconds",
    type=shared.NumberRange(min=0),
    metavar="SECONDS",
    help="For --method auto: start no further method that is unlikely to finish within SECONDS. "
    "[default: no limit]",
)
@shared.model
@click.option("--mask0", type=INPUT, help="Use only the nonzero pixels of this mask.")
@click.option("--mask1", type=INPUT, help="The same for IMAGE1.")
@click.option(
    "--max-ratio",
    type=float,
    metavar="RATIO",
    help=f"Ratio-test threshold; 1 disables it. [default: {default_ratios()}]",
)
@click.option(
    "--mutual/--no-mutual",
    default=None,
    help="Keep only mutual nearest neighbors. [default: mutual]",
)
@shared.with_options(
    *(shared.max_error, shared.intrinsics, shared.seed, shared.outliers, shared.only_scene),
    *(shared.max_size(), shared.max_keypoints, shared.weights, shared.exif),
    *(shared.outputs, shared.as_json, shared.verbose, shared.quiet_but_json, shared.debug),
)
def match(
    image0: str,
    image1: str,
    outputs: tuple[Path, ...],
    as_json: bool,
    verbose: bool,
    quiet: bool,
    outliers: bool,
    only_scene: bool,
    debug: bool,
    **options: Any,
) -> int:
    """Find what two images have in common, and say how sure that is.

    One of the images may be -, which is standard input. Exit code 0 if the images match, also in
    part, 1 if they do not.
    """
    keep_inputs(outputs)
    changed = options["effort"] != DEFAULTS["effort"] or options["max_seconds"] is not None
    if options["method"] != "auto" and changed:
        raise click.UsageError("--effort and --max-seconds are for --method auto.")
    with stages(verbose=verbose, quiet=quiet):
        first, second = read_given((image0, image1), options["max_size"], options["exif"])
        result = match_images(first, second, **options)
        save_match(result, *outputs, outliers=outliers)
    return tell(result, as_json=as_json, quiet=quiet, only_scene=only_scene)
