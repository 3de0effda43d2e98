"""``featmatch explain TOPIC IMAGE``, or ``featmatch explain --all IMAGE``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from featmatch.commands import options as shared
from featmatch.commands.command import IMAGE_INPUT, Command, keep_inputs
from featmatch.commands.printing import say
from featmatch.commands.standard_input import read_given
from featmatch.errors import ArgumentError
from featmatch.escaping import printable
from featmatch.explaining.exercises import exercise_sheet
from featmatch.explaining.topic import Topic
from featmatch.explaining.topics import TOPICS
from featmatch.explaining.topics import explain as explain_topic
from featmatch.files import UnfinishedFiles, check_ending, check_folder, check_place, write_whole
from featmatch.images.image import read_image
from featmatch.report.explaining.page import index_page, topic_page

INDEX, EXERCISES = "index.html", "exercises.md"
FILES = (INDEX, EXERCISES, *(f"{name}.html" for name in TOPICS))
"""What the folder of all topics holds."""

_TOPIC = click.Choice(tuple(TOPICS))


def check_topic(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """Refuse what is no topic; with --all, which takes none, it is the image."""
    if context.params["every"]:
        return None if value is None else str(IMAGE_INPUT.convert(value, parameter, context))
    if value is None:
        raise click.MissingParameter(ctx=context, param=parameter)
    return str(_TOPIC.convert(value, parameter, context))


@click.command(cls=Command, epilog=f"Topics: {', '.join(TOPICS)}.")
@click.option(
    "--all",
    "every",
    is_flag=True,
    is_eager=True,
    help="Explain all topics, as pages of a folder with an index and a sheet of exercises; takes "
    "IMAGE alone.",
)
@click.argument("topic", required=False, callback=check_topic, metavar="TOPIC")
@click.argument("image", required=False, type=IMAGE_INPUT, metavar="IMAGE")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write the page there, a file ending in .html; with --all a folder. "
    "[default: TOPIC.html, or the folder topics]",
)
@shared.max_size(640)
@shared.exif
@shared.with_options(shared.quiet, shared.debug)
def explain(
    every: bool,
    topic: str | None,
    image: str | None,
    output: Path | None,
    quiet: bool,
    debug: bool,
    **reading: Any,
) -> int:
    """Explain how convolutional networks work, one topic at a time, on a picture of yours.

    Writes a page to open in a browser: interactive, with real numbers of IMAGE, in one file.
    """
    names = [name for name in (topic, image) if name is not None]
    wanted = 1 if every else 2
    if len(names) < wanted:
        raise click.UsageError("Missing argument 'IMAGE'.")
    if len(names) > wanted:
        raise click.UsageError("--all explains every topic: expected IMAGE alone, got two words.")
    output = output or Path("topics" if every else f"{topic}.html")
    if every:
        check_folder(output, FILES)
        keep_inputs(output / name for name in FILES)
    else:
        _check_page(output)
    (given,) = read_given((names[-1],), reading["max_size"], reading["exif"])
    source = read_image(given, **reading)
    if topic is None or every:
        topics = [explain_topic(name, source) for name in TOPICS]
        _write_all(topics, exercise_sheet(source, topics).encode(), output)
        told = "All topics"
        output = output / INDEX
    else:
        explanation = explain_topic(topic, source)
        write_whole(output, topic_page(explanation))
        told = explanation.title
    if not quiet:
        say(f"{told}: {printable(str(output))}")
    return 0


def _check_page(output: Path) -> None:
    try:
        check_ending("output", output, (".html",))
    except ArgumentError as error:
        raise click.UsageError(f"{error}.") from error
    check_place(output)
    keep_inputs((output,))


def _write_all(topics: list[Topic], sheet: bytes, folder: Path) -> None:
    """Write a page of each topic, which leads to the others, an index, and a sheet of exercises."""
    pages = {f"{topic.name}.html": topic_page(topic, among=topics) for topic in topics}
    with UnfinishedFiles() as files:
        files.write_folder(folder, {INDEX: index_page(topics), EXERCISES: sheet, **pages})
        files.finish()
