"""``featmatch verify IMAGE0 IMAGE1 --matches FILE``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from featmatch.api.verify import verify as verify_matches
from featmatch.commands import options as shared
from featmatch.commands.options import refuse_inputs
from featmatch.commands.progress import stages
from featmatch.commands.result import tell


@click.command()
@click.argument("image0", type=click.Path(path_type=Path))
@click.argument("image1", type=click.Path(path_type=Path))
@click.option(
    "--matches",
    type=click.Path(path_type=Path),
    metavar="FILE",
    required=True,
    help="The matches of any tool: a .csv table with the columns x0, y0, x1, y1 in pixels, or a "
    ".npz or .npy file of NumPy.",
)
@shared.with_options(
    *(shared.model, shared.max_error, shared.intrinsics, shared.seed, shared.outliers),
    *(shared.max_size(), shared.exif),
    *(shared.outputs, shared.as_json, shared.verbose, shared.quiet_but_json, shared.debug),
)
def verify(
    image0: Path,
    image1: Path,
    matches: Path,
    outputs: tuple[Path, ...],
    as_json: bool,
    verbose: bool,
    quiet: bool,
    outliers: bool,
    debug: bool,
    **options: Any,
) -> int:
    """Judge the matches of any tool: their geometry, and whether the images show the same.

    Exit code 0 if the images match, 1 if they do not.
    """
    refuse_inputs(outputs, (image0, image1, matches))
    with stages(verbose=verbose, quiet=quiet):
        result = verify_matches(image0, image1, matches, **options)
        for path in outputs:
            result.save(path, outliers=outliers)
    return tell(result, as_json=as_json, quiet=quiet)
