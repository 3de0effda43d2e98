"""``featmatch detect IMAGE...``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from featmatch.api.detect import detect as detect_keypoints
from featmatch.commands import options as shared
from featmatch.commands.command import IMAGE_INPUT, INPUT, Command, keep_inputs
from featmatch.commands.printing import say, say_document
from featmatch.commands.progress import stages
from featmatch.commands.standard_input import read_given
from featmatch.images.image import read_image
from featmatch.methods import METHODS
from featmatch.plain import to_json
from featmatch.report.drawing.pictures import PICTURES
from featmatch.report.match.document import features_document
from featmatch.report.match.save import save_detected
from featmatch.report.match.text import features_line

logger = logging.getLogger("featmatch")


@click.command(cls=Command)
@click.argument("images", nargs=-1, required=True, type=IMAGE_INPUT)
@click.option(
    "--method",
    type=click.Choice(tuple(METHODS)),
    default="orb",
    show_default=True,
    help="How keypoints are found.",
)
@click.option("--mask", type=INPUT, help="Use only the nonzero pixels of this mask.")
@shared.with_options(
    *(shared.max_size(), shared.max_keypoints, shared.weights, shared.exif),
    *(shared.keypoint_outputs, shared.as_json, shared.verbose, shared.quiet_but_json, shared.debug),
)
def detect(
    images: tuple[str, ...],
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

    One of them may be -, which is standard input. A picture (-o FILE.png) shows one image; the
    other forms hold the keypoints of all.
    """
    if len(images) > 1 and any(path.suffix.lower() in PICTURES for path in outputs):
        raise click.UsageError(f"A picture shows one image, {len(images)} were given.")
    keep_inputs(outputs)
    found = []
    for given in read_given(images, max_size, exif):
        with stages(verbose=verbose, quiet=quiet):
            image = read_image(given, max_size=max_size, exif=exif)
            features = detect_keypoints(image, exif=exif, **options)
            logger.info(features_line(image, features))
        if outputs or as_json:
            found.append((image.name, features))
        if not (as_json or quiet):
            say(features_line(image, features))
    save_detected(found, *outputs, image=image)  # pictures are of one image: this is the one
    if as_json:
        say_document(to_json(features_document(found)))
    return 0
