"""``featmatch align MOVING... FIXED``."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from featmatch.alignment.align import ALIGN_MODELS
from featmatch.alignment.align import align as align_images
from featmatch.alignment.alignment import Alignment
from featmatch.alignment.canvas import CANVAS_KINDS
from featmatch.alignment.points import PointTable, placed_points, read_points
from featmatch.commands import options as shared
from featmatch.commands.command import IMAGE_INPUT, INPUT, STANDARD_INPUT, Command, keep_inputs
from featmatch.commands.moving_images import images_named, outputs_for
from featmatch.commands.printing import note, say, say_document, write_out
from featmatch.commands.progress import stages
from featmatch.commands.standard_input import given_as_files
from featmatch.errors import ArgumentError
from featmatch.files import check_place, write_files
from featmatch.plain import to_json
from featmatch.report.alignment.document import alignment_document
from featmatch.report.alignment.save import (
    ENDINGS,
    TELLING,
    alignment_files,
    check_alignment_ending,
)
from featmatch.report.alignment.text import alignment_summary

_log = logging.getLogger(__name__)
_TO_STANDARD_OUTPUT = Path("standard output.png")


@dataclass(frozen=True)
class _Wanted:
    """What is to be written of one image."""

    outputs: tuple[Path, ...]
    points: tuple[PointTable, Path] | None
    form: Mapping[str, Any]

    def files(self, laid: Alignment) -> dict[Path, bytes]:
        """Return the contents of all files; of what could not be aligned those that tell why."""
        outputs = [path for path in self.outputs if laid or path.suffix.lower() in TELLING]
        files = dict(alignment_files(laid, *outputs, **self.form))
        if laid and self.points is not None:
            table, path = self.points
            files[path] = placed_points(table, laid)
        return files


@click.command(cls=Command)
@click.argument("moving", type=IMAGE_INPUT, nargs=-1, required=True)
@click.argument("fixed", type=IMAGE_INPUT)
@click.option(
    "--model",
    type=click.Choice(ALIGN_MODELS),
    default="auto",
    show_default=True,
    help="What relates the images; auto takes the stiffest that nothing is clearly better than.",
)
@click.option(
    "--canvas",
    type=click.Choice(CANVAS_KINDS),
    default="fixed",
    show_default=True,
    help="The pixels of pictures: those of FIXED, or as many as show all of both.",
)
@click.option("--crop", is_flag=True, help="Cut pictures to what both images fill.")
@click.option(
    "--points",
    type=(INPUT, click.Path()),
    metavar="IN OUT",
    help="Add to a .csv of points where they lie in the other image: columns x0, y0 of MOVING, or "
    "x1, y1 of FIXED.",
)
@shared.method
@shared.effort
@click.option("--mask0", type=INPUT, help="Use only the nonzero pixels of this mask, for MOVING.")
@click.option("--mask1", type=INPUT, help="The same for FIXED.")
@click.option(
    "-o",
    "--output",
    "outputs",
    metavar="FILE",
    multiple=True,
    help=f"Write the result; the ending picks the form: {' '.join(ENDINGS)}. With .difference, "
    ".side-by-side or .checkerboard before a picture's ending, both images. - is standard output, "
    "a PNG. For several images a folder, or {name} in place of their names. Can be repeated.",
)
@shared.with_options(
    *(shared.seed, shared.max_size(), shared.max_keypoints, shared.weights, shared.exif),
    *(shared.as_json, shared.verbose, shared.quiet_but_json, shared.debug),
)
def align(
    moving: tuple[str, ...],
    fixed: str,
    canvas: str,
    crop: bool,
    points: tuple[str, str] | None,
    outputs: tuple[str, ...],
    as_json: bool,
    verbose: bool,
    quiet: bool,
    debug: bool,
    **options: Any,
) -> int:
    """Lay images over another one, pixel on pixel, and say how far off they are.

    MOVING is resampled onto the pixels of FIXED, at its full depth, transparent where it shows
    nothing; it may be several images, or a folder of them. One image may be -, standard input.
    Exit code 0 if all could be aligned, 1 if not; of those that could not only the .json and .html
    are written, which tell why.
    """
    names = images_named(moving, fixed)
    form: dict[str, Any] = {"canvas": canvas, "crop": crop}
    wanted = _wanted(names, outputs, points, form)
    piped = STANDARD_INPUT in outputs
    if piped and (as_json or len(names) > 1):
        raise click.UsageError("Standard output (-) takes the picture of one image, and no --json.")
    laid, documents = [], []
    with stages(verbose=verbose, quiet=quiet), given_as_files((*names, fixed)) as files:
        for number, (name, want) in enumerate(zip(names, wanted, strict=True)):
            if len(names) > 1:
                _log.info("%d of %d: %s", number + 1, len(names), name)
            one = align_images(files[number], files[-1], **options)
            one = _named(one, name, fixed)
            contents = want.files(one)
            if piped and one:
                write_out(alignment_files(one, _TO_STANDARD_OUTPUT, **form)[_TO_STANDARD_OUTPUT])
            write_files(contents)
            if not as_json and not quiet:
                note(alignment_summary(one)) if piped else say(alignment_summary(one))
            laid.append(bool(one))
            documents.append(alignment_document(one))
    if as_json:
        say_document(to_json(documents[0] if len(laid) == 1 else {"alignments": documents}))
    return 0 if all(laid) else 1


def _named(laid: Alignment, moving: str, fixed: str) -> Alignment:
    """Tell images by the names they were given by, standard input as well."""
    match = laid.match
    images = replace(match.image0, name=moving), replace(match.image1, name=fixed)
    return replace(laid, match=replace(match, image0=images[0], image1=images[1]))


def _wanted(
    names: Sequence[str],
    outputs: Sequence[str],
    points: tuple[str, str] | None,
    form: Mapping[str, Any],
) -> list[_Wanted]:
    """Check all outputs before any work, and read the points."""
    files = outputs_for([one for one in outputs if one != STANDARD_INPUT], names)
    try:
        for path in (path for each in files for path in each):
            check_alignment_ending(path)
    except ArgumentError as error:
        raise click.UsageError(f"{error}.") from error
    tables: list[tuple[PointTable, Path] | None] = [None] * len(names)
    if points is not None:
        given, target = points
        if Path(target).suffix.lower() != ".csv":
            raise click.UsageError(f"--points: expected a name ending in .csv, got {target!r}.")
        table = read_points(given)
        tables = [(table, Path(each[0])) for each in outputs_for([target], names)]
    wanted = [
        _Wanted(tuple(map(Path, each)), table, form)
        for each, table in zip(files, tables, strict=True)
    ]
    every = [
        path
        for one in wanted
        for path in (*one.outputs, *(() if one.points is None else one.points[1:]))
    ]
    for one in wanted:
        if one.points is not None and one.points[1] in one.outputs:
            raise click.UsageError(f"--points: {one.points[1]} is another output already.")
    keep_inputs(every, also=[name for name in names if name != STANDARD_INPUT])
    for path in every:
        check_place(path)
    return wanted
