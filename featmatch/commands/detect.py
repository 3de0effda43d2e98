"""``featmatch detect IMAGE...``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from featmatch.api.detect import detect as detect_keypoints
from featmatch.commands import options as shared
from featmatch.commands.options import refuse_inputs
from featmatch.commands.printing import say
from featmatch.commands.progress import stages
from featmatch.images.image import read_image
from featmatch.methods import METHODS
from featmatch.plain import to_json
from featmatch.report.drawing.pictures import PICTURES
from featmatch.report.match.document import features_document
from featmatch.report.match.save import save_detected
from featmatch.report.match.text import features_line

logger = logging.getLogger("featmatch")


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--method",
    type=click.Choice(tuple(METHODS)),
    default="orb",
    show_default=True,
    help="How keypoints are found.",
)
@click.option(
    "--mask", type=click.Path(path_type=Path), help="Use only the nonzero pixels of this mask."
)
@shared.with_options(
    *(shared.max_size(), shared.max_keypoints, shared.weights, shared.exif),
    *(shared.outputs, shared.as_json, shared.verbose, shared.quiet_but_json, shared.debug),
)
def detect(
    images: tuple[Path, ...],
    outputs: tuple[Path, ...],
    as_json: bool,
    verbose: bool,
    quiet: bool,
    debug: bool,
    max_size: int,
    exif: str,
    **options: Any,
) -> int:
    """Find the keypoints of images.

    A picture (-o FILE.png) shows one image; the other forms hold the keypoints of all.
    """
    if len(images) > 1 and any(path.suffix.lower() in PICTURES for path in outputs):
        raise click.UsageError(f"A picture shows one image, {len(images)} were given.")
    refuse_inputs(outputs, (*images, options["mask"]))
    found = []
    for path in images:
        with stages(verbose=verbose, quiet=quiet):
            image = read_image(path, max_size=max_size, exif=exif)
            features = detect_keypoints(image, exif=exif, **options)
            logger.info(features_line(image, features))
        if outputs or as_json:
            found.append((image.name, features))
        if not (as_json or quiet):
            say(features_line(image, features))
    for output in outputs:
        save_detected(found, output, image=image)  # pictures are of one image: this is the one
    if as_json:
        say(to_json(features_document(found)), nl=False)
    return 0
