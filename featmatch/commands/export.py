"""``featmatch export OUT --colmap DB``, or for hloc, as tables, as JSON."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias

import click

from featmatch.collection.collection import Collection
from featmatch.collection.colmap_cameras import CAMERA_SHARING, CameraSharing
from featmatch.collection.exported import Exported
from featmatch.collection.hloc import export_hloc
from featmatch.collection.store import PARTS
from featmatch.collection.stored_pixels import PIXELS, Pixels
from featmatch.collection.tables import export_csv, export_json
from featmatch.commands import options as shared
from featmatch.commands.collection_result import OWN_FILES
from featmatch.commands.command import INPUT, Command, keep_inputs
from featmatch.commands.printing import say

_FILES = ("colmap", "json")  # forms that are a file; the others are files in a folder
OUTPUT = click.Path(path_type=Path)
Export: TypeAlias = Callable[..., Exported]


@click.command(cls=Command)
@click.argument("collection", metavar="OUT", type=INPUT)
@click.option("--colmap", type=OUTPUT, metavar="DB", help="Write a database for COLMAP.")
@click.option(
    "--hloc", type=OUTPUT, metavar="DIR", help="Write features.h5, matches.h5 and pairs.txt."
)
@click.option(
    "--csv", type=OUTPUT, metavar="DIR", help="Write images.csv, pairs.csv and matches.csv."
)
@click.option("--json", type=OUTPUT, metavar="FILE", help="Write images, pairs and their models.")
@click.option(
    "--cameras",
    type=click.Choice(CAMERA_SHARING),
    default="auto",
    show_default=True,
    help="Which photographs share a camera in COLMAP: auto goes by make, model, focal length and "
    "size.",
)
@click.option(
    "--intrinsics",
    type=INPUT,
    metavar="CAMERA",
    help="The camera of all photographs, for COLMAP: FX,FY,CX,CY or F,CX,CY in pixels, or a file "
    "of 3 x 3 numbers.",
)
@click.option(
    "--pixels",
    type=click.Choice(PIXELS),
    default="stored",
    show_default=True,
    help="Where keypoints are counted for COLMAP and hloc: as files are stored, which is how both "
    "read them, or upright, for copies that were turned.",
)
@click.option(
    "--parts", is_flag=True, help="Also write pairs that share one thing alone, such as a logo."
)
@shared.with_options(shared.quiet, shared.debug)
def export(
    collection: str,
    intrinsics: str | None,
    cameras: CameraSharing,
    pixels: Pixels,
    parts: bool,
    quiet: bool,
    debug: bool,
    **outputs: Path | None,
) -> int:
    """Hand a collection to another program.

    OUT is the folder that featmatch collect has filled. Pairs of photographs that show the same
    scene are written.
    """
    exports: Mapping[str, Export] = {
        "colmap": partial(
            Collection.export_colmap, cameras=cameras, intrinsics=intrinsics, pixels=pixels
        ),
        "hloc": partial(export_hloc, pixels=pixels),
        "csv": export_csv,
        "json": export_json,
    }
    wanted = {form: path for form, path in outputs.items() if path is not None}
    if not wanted:
        raise click.UsageError(f"Give one of {', '.join(f'--{form}' for form in exports)}.")
    _check_names(wanted)
    opened = Collection(collection)
    photographs = [opened.folder / image.name for image in opened.images]
    store = {_place(opened.out / part) for part in PARTS}
    kept = [path for path in wanted.values() if store.intersection(_place(path).parents)]
    keep_inputs(wanted.values(), [*photographs, *map(opened.out.joinpath, OWN_FILES), *kept])
    for form, path in wanted.items():
        written = exports[form](opened, path, parts=parts)
        if not quiet:
            say(f"{path}: {_sentence(written)}")
        if form == "colmap" and written.num_pairs and not quiet:
            database, folder = (shlex.quote(os.fspath(one)) for one in (path, opened.folder))
            say(
                f"colmap mapper --database_path {database} --image_path {folder}"
                " --output_path MODELS"
            )
    return 0


def _check_names(wanted: Mapping[str, Path]) -> None:
    """Refuse a file under the name of another result; several may share a folder."""
    places = {form: _place(path) for form, path in wanted.items()}
    names = list(places.values())
    if any(names.count(places[form]) > 1 for form in places if form in _FILES):
        raise click.UsageError("Two results are to have one name; give each its own.")


def _place(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _sentence(written: Exported) -> str:
    counts = [_count(written.num_images, "image")]
    if written.num_cameras is not None:
        counts.append(_count(written.num_cameras, "camera"))
    counts.append(_count(written.num_pairs, "pair"))
    left_out = written.num_parts_left_out
    if not left_out:
        return ", ".join(counts)
    share = "shares" if left_out == 1 else "share"
    return f"{', '.join(counts)}; {left_out:,} that {share} a part alone left out (--parts)"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
