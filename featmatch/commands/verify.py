"""``featmatch verify IMAGE0 IMAGE1 --matches FILE``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from featmatch.api.verify import verify as verify_matches
from featmatch.commands import options as shared
from featmatch.commands.command import IMAGE_INPUT, INPUT, Command, keep_inputs
from featmatch.commands.progress import stages
from featmatch.commands.result import tell
from featmatch.commands.standard_input import read_given
from featmatch.report.match.save import save_match


@click.command(cls=Command)
@click.argument("image0", type=IMAGE_INPUT)
@click.argument("image1", type=IMAGE_INPUT)
@click.option(
    "--matches",
    type=INPUT,
    metavar="FILE",
    required=True,
    help="The matches of any tool: a .csv table with the columns x0, y0, x1, y1 in pixels, or a "
    ".npz or .npy file of NumPy.",
)
@shared.with_options(
    *(shared.model, shared.max_error, shared.intrinsics, shared.seed, shared.outliers),
    *(shared.only_scene, shared.max_size(), shared.exif),
    *(shared.outputs, shared.as_json, shared.verbose, shared.quiet_but_json, shared.debug),
)
def verify(
    image0: str,
    image1: str,
    matches: str,
    outputs: tuple[Path, ...],
    as_json: bool,
    verbose: bool,
    quiet: bool,
    outliers: bool,
    only_scene: bool,
    debug: bool,
    **options: Any,
) -> int:
    """Judge the matches of any tool: their geometry, and whether the images show the same.

    One of the images may be -, which is standard input. Exit code 0 if the images match, also in
    part, 1 if they do not.
    """
    keep_inputs(outputs)
    with stages(verbose=verbose, quiet=quiet):
        first, second = read_given((image0, image1), options["max_size"], options["exif"])
        result = verify_matches(first, second, matches, **options)
        save_match(result, *outputs, outliers=outliers)
    return tell(result, as_json=as_json, quiet=quiet, only_scene=only_scene)
