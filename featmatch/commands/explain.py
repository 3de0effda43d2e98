"""``featmatch explain TOPIC IMAGE``."""

from __future__ import annotations

from pathlib import Path

import click

from featmatch.commands import options as shared
from featmatch.commands.command import IMAGE_INPUT, Command, keep_inputs
from featmatch.commands.printing import say
from featmatch.commands.standard_input import read_given
from featmatch.errors import ArgumentError
from featmatch.escaping import printable
from featmatch.explaining.topics import TOPICS
from featmatch.explaining.topics import explain as explain_topic
from featmatch.files import check_ending, check_place, write_whole
from featmatch.images.image import read_image
from featmatch.report.explaining.page import topic_page


@click.command(cls=Command, epilog=f"Topics: {', '.join(TOPICS)}.")
@click.argument("topic", type=click.Choice(tuple(TOPICS)), metavar="TOPIC")
@click.argument("image", type=IMAGE_INPUT)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE.html",
    help="Write the page there. [default: TOPIC.html]",
)
@shared.max_size(640)
@shared.exif
@shared.with_options(shared.quiet, shared.debug)
def explain(
    topic: str,
    image: str,
    output: Path | None,
    max_size: int,
    exif: str,
    quiet: bool,
    debug: bool,
) -> int:
    """Explain how convolutional networks work, one topic at a time, on a picture of yours.

    Writes a page to open in a browser: interactive, with real numbers of IMAGE, in one file.
    """
    output = output or Path(f"{topic}.html")
    try:
        check_ending("output", output, (".html",))
    except ArgumentError as error:
        raise click.UsageError(f"{error}.") from error
    check_place(output)
    keep_inputs((output,))
    (given,) = read_given((image,), max_size, exif)
    explanation = explain_topic(topic, read_image(given, max_size=max_size, exif=exif))
    write_whole(output, topic_page(explanation))
    if not quiet:
        say(f"{explanation.title}: {printable(str(output))}")
    return 0
