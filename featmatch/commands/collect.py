"""``featmatch collect FOLDER -o OUT``."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from featmatch.collection.collect import collect as collect_photographs
from featmatch.collection.collection import Collection
from featmatch.collection.estimate import Estimate
from featmatch.collection.groups import (
    GROUPS_FILES,
    check_groups_folder,
    copy_groups,
    write_groups,
)
from featmatch.collection.options import CollectOptions, Effort
from featmatch.collection.pairs import WAYS
from featmatch.collection.prepare import prepare
from featmatch.collection.tiles import read_shard
from featmatch.commands import options as shared
from featmatch.commands.collection_progress import ProgressLine, duration
from featmatch.commands.collection_result import OWN_FILES, tell
from featmatch.commands.command import INPUT, Command, keep_inputs
from featmatch.commands.printing import say
from featmatch.errors import OutputError
from featmatch.files import check_ending, check_folder, check_place
from featmatch.images.camera import read_intrinsics
from featmatch.report.collection.report import FILES
from featmatch.threads import get_num_threads

DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(collect_photographs).parameters.items()
}
EFFORT = [field.name for field in fields(Effort)]
GOES_ON = "what is done is kept, and the same command goes on"


def pairs_or_file(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Take one of the ways to choose pairs, or the name of a file."""
    return value if value in WAYS else INPUT.convert(value, parameter, context)


def shard_of(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse what is no share, before any work."""
    if value is not None:
        with shared.refused(context, parameter):
            read_shard(value)
    return value


def camera_of(context: click.Context, parameter: click.Parameter, value: str | None) -> Any:
    """Read the camera of all images; ``exif`` and none stay as they are."""
    if value is None or value == "exif":
        return value
    with shared.refused(context, parameter):
        return read_intrinsics(value)


@click.command(cls=Command)
@click.argument("folder", type=INPUT)
@click.option(
    "-o",
    "--output",
    "out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The folder for the results. Started again, the same command goes on where it stopped, "
    "and does only what is new or has changed.",
)
@click.option(
    "--method",
    default=DEFAULTS["method"],
    show_default=True,
    metavar="A+B",
    help="How keypoints are found, see featmatch methods; several are verified together.",
)
@click.option(
    "--pairs",
    default=DEFAULTS["pairs"],
    show_default=True,
    callback=pairs_or_file,
    metavar="|".join((*WAYS, "FILE")),
    help="Which pairs to match: all, those near each other by name, those that look alike, or "
    "those in a file with two names a line. auto chooses by the number of images.",
)
@click.option(
    "--neighbors",
    type=click.IntRange(1),
    metavar="N",
    default=DEFAULTS["neighbors"],
    show_default=True,
    help="Match each image with this many that look alike.",
)
@click.option(
    "--prefilter",
    is_flag=True,
    help="Look at few keypoints of two images first; loses about 1 pair in 100, and saves time "
    "where most images are unrelated.",
)
@click.option(
    "--masks",
    type=INPUT,
    metavar="DIR",
    help="Use only the nonzero pixels of masks in this folder; the mask of photo.jpg is called "
    "photo.jpg.png or photo.png.",
)
@click.option(
    "--intrinsics",
    type=INPUT,
    metavar="CAMERA",
    callback=camera_of,
    help="The camera of all images: FX,FY,CX,CY or F,CX,CY in pixels, a file of 3 x 3 numbers, or "
    "exif to use the focal length stored in each photograph.",
)
@click.option(
    "--jobs",
    "num_processes",
    type=click.IntRange(1),
    metavar="N",
    help="Number of processes that work at the same time. [default: one a processor]",
)
@click.option(
    "--memory",
    type=shared.NumberRange(min=0, min_open=True),
    metavar="MB",
    default=DEFAULTS["memory"],
    show_default=True,
    help="Megabytes of features and images that each process keeps at hand.",
)
@click.option(
    "--max-minutes",
    type=shared.NumberRange(min=0),
    metavar="M",
    help="Begin nothing more after M minutes. [default: no limit]",
)
@click.option(
    "--shard",
    metavar="I/N",
    callback=shard_of,
    help="Match only the I-th of N shares of the pairs, as other machines match the others; "
    "featmatch merge puts them together.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Have the workers of this scheduler of Dask distributed work, tcp://HOST:8786.",
)
@click.option("--retry-failed", is_flag=True, help="Try unreadable images again.")
@click.option("--rehash", is_flag=True, help="Read all files again, also unchanged ones.")
@click.option("--dry-run", is_flag=True, help="Tell the pairs, the time and the disk space only.")
@click.option(
    "--groups",
    "groups_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write which photographs belong together, as .csv or .json.",
)
@click.option(
    "--copy-groups",
    "groups_folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Copy the photographs into a folder for each such group.",
)
@shared.model
@shared.with_options(
    *(shared.seed, shared.max_size(DEFAULTS["max_size"]), shared.max_keypoints, shared.exif),
    *(shared.as_json, shared.quiet_but_json, shared.debug),
)
def collect(
    folder: str,
    out: Path,
    dry_run: bool,
    groups_file: Path | None,
    groups_folder: Path | None,
    as_json: bool,
    quiet: bool,
    debug: bool,
    **options: Any,
) -> int:
    """Match the photographs of a folder with each other.

    Writes OUT/graph.html, graph.png, images.csv, pairs.csv and summary.json, and keeps all matches
    there for featmatch export. Exit code 0 if all images could be read and a pair matches, 1 if no
    pair matches, 3 if images could not be read.
    """
    options["num_processes"] = options["num_processes"] or get_num_threads()
    progress = ProgressLine(quiet=quiet)
    if dry_run and as_json:
        raise click.UsageError("Give one of --dry-run and --json: an estimate is told in words.")
    if groups_file is not None:
        check_ending("--groups", groups_file, GROUPS_FILES)
        check_place(groups_file)
        keep_inputs([groups_file], [out / name for name in OWN_FILES])
    if groups_folder is not None:
        check_groups_folder(folder, groups_folder)
    if dry_run:
        how = {name: options.pop(name) for name in EFFORT if name in options}
        effort = Effort(progress=progress, **how)
        run = prepare(folder, out, CollectOptions(**options), effort)
        estimate = Estimate.of(run)
        return 0 if quiet else _tell_estimate(estimate, out)
    check_folder(out, FILES)
    keep_inputs(out / name for name in FILES)
    try:
        collection = collect_photographs(folder, out, progress=progress, **options)
    except KeyboardInterrupt as error:
        progress.finish()
        raise click.Abort(f"interrupted; {GOES_ON}") from error
    except OutputError as error:
        progress.finish()
        raise OutputError(f"{error}; {GOES_ON}") from error
    progress.finish()
    _write_groups(collection, groups_file, groups_folder)
    return tell(collection, out, as_json=as_json, quiet=quiet)


def _write_groups(collection: Collection, file: Path | None, folder: Path | None) -> None:
    if file is not None:
        write_groups(collection.groups, file)
    if folder is not None:
        copy_groups(collection.groups, collection.folder, folder)


def _counted(num: int, what: str) -> str:
    return f"{num:,} {what}{'' if num == 1 else 's'}"


def _tell_estimate(estimate: Estimate, out: Path) -> int:
    say(
        f"{_counted(estimate.num_images, 'image')} to be read, "
        f"{_counted(estimate.num_pairs, 'pair')} to be matched: about {duration(estimate.seconds)}"
    )
    enough = "" if estimate.num_bytes < estimate.num_free else ": not enough"
    say(
        f"{out} takes about {estimate.num_bytes / 1e9:.2g} GB more; {estimate.num_free / 1e9:.2g} "
        f"GB are free there{enough}"
    )
    return 0
