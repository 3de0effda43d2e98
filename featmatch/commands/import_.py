"""``featmatch import OUT --images FOLDER --hloc FEATURES.h5``."""

from __future__ import annotations

from pathlib import Path

import click

from featmatch.collection.collection import Collection
from featmatch.collection.import_features import import_features
from featmatch.commands import options as shared
from featmatch.commands.collection_progress import ProgressLine
from featmatch.commands.collection_result import tell
from featmatch.commands.command import INPUT, Command, keep_inputs
from featmatch.matching.matcher import Matcher
from featmatch.report.collection.report import FILES
from featmatch.threads import get_num_threads
from featmatch.verification import Model


def pairs_or_file(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Take the word for all pairs, or the name of a file."""
    return value if value == "exhaustive" else INPUT.convert(value, parameter, context)


@click.command("import", cls=Command)
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--images",
    "folder",
    type=INPUT,
    metavar="FOLDER",
    help="Where the photographs are. [default: where OUT has them from, if it is a collection]",
)
@click.option(
    "--hloc", type=INPUT, metavar="FILE", help="Features in an HDF5 file, as hloc writes them."
)
@click.option(
    "--npz",
    type=INPUT,
    metavar="PATH",
    help="Features in files of NumPy: a folder with NAME.npz for each photograph, with keypoints "
    "(N, 2) and descriptors (N, D); or one file of featmatch.save_features.",
)
@click.option(
    "--matches",
    type=INPUT,
    metavar="FILE",
    help="Verify these matches, in an HDF5 file as hloc writes them, and find none.",
)
@click.option(
    "--pairs",
    default="exhaustive",
    show_default=True,
    callback=pairs_or_file,
    metavar="exhaustive|FILE",
    help="Which pairs to match: all, or those in a file with two names a line.",
)
@click.option(
    "--max-ratio",
    type=float,
    default=Matcher.max_ratio,
    show_default=True,
    help="Largest ratio of the distances to the nearest and the second nearest descriptor.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Number of processes that work at the same time. [default: one a processor]",
)
@shared.with_options(
    *(shared.model, shared.seed, shared.as_json, shared.quiet_but_json, shared.debug)
)
def import_(
    out: Path,
    folder: str | None,
    hloc: str | None,
    npz: str | None,
    matches: str | None,
    pairs: str,
    max_ratio: float,
    jobs: int | None,
    model: Model,
    seed: int,
    as_json: bool,
    quiet: bool,
    debug: bool,
) -> int:
    """Match photographs by the features of another tool.

    Fills the folder OUT as featmatch collect does, by its matching and verdicts, or by the other
    tool's matches and our verdicts. Exit codes are those of featmatch collect.
    """
    if (hloc is None) == (npz is None):
        raise click.UsageError("Give one of --hloc and --npz.")
    if folder is None and not out.exists():
        raise click.UsageError("Give the folder of the photographs: --images.")
    keep_inputs([out / name for name in FILES])
    progress = ProgressLine(quiet=quiet)
    try:
        collection = import_features(
            Collection(out).folder if folder is None else folder,
            out,
            str(hloc or npz),
            matches=matches,
            pairs=pairs,
            max_ratio=max_ratio,
            model=model,
            seed=seed,
            num_processes=jobs or get_num_threads(),
            progress=progress,
        )
    finally:
        progress.finish()
    return tell(collection, out, as_json=as_json, quiet=quiet)
