"""``featmatch compare-cnn [IMAGE0 [IMAGE1]]``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from featmatch.commands.options import refuse_inputs
from featmatch.commands.progress import bars
from featmatch.compare.comparison import compare_cnn as compare
from featmatch.compare.pair import at_working_size, sample_pair
from featmatch.explaining.topic import Topic
from featmatch.explaining.topics import TOPICS, explain
from featmatch.files import check_folder, picture_bytes, write_folder
from featmatch.images.image import read_image
from featmatch.processes import Processes
from featmatch.report.comparison.figures import FIGURES, Document, draw_figure
from featmatch.report.comparison.text import comparison_summary
from featmatch.report.match.document import to_json
from featmatch.report.page.page import comparison_page

Result = TypeVar("Result")

DEFAULTS = {
    name: parameter.default for name, parameter in inspect.signature(compare).parameters.items()
}
FILES = ("index.html", "comparison.json", *(f"figures/{name}.png" for name in FIGURES))


@click.command()
@click.argument("image0", required=False, type=click.Path(path_type=Path))
@click.argument("image1", required=False, type=click.Path(path_type=Path))
@click.option(
    "--homography",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Maps IMAGE0 to IMAGE1, in pixels of the files: three rows of three numbers, as text, "
    ".json or .npy. [default: estimated from the images]",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Of the network, as featmatch train wrote them. [default: those of the package]",
)
@click.option(
    "--max-keypoints",
    type=click.IntRange(1),
    metavar="N",
    default=DEFAULTS["max_keypoints"],
    show_default=True,
    help="Most keypoints of each method in an image.",
)
@click.option("--quick", is_flag=True, help="Fewer steps and samples; takes a few seconds.")
@click.option(
    "--max-size",
    type=click.IntRange(min=0),
    metavar="PIXELS",
    default=DEFAULTS["max_size"],
    show_default=True,
    help="Work on images no longer than this; 0 = full size.",
)
@click.option(
    "--exif",
    type=click.Choice(("apply", "ignore")),
    default=DEFAULTS["exif"],
    show_default=True,
    help="Turn images upright as their EXIF orientation says.",
)
@click.option("--seed", type=click.IntRange(0), default=DEFAULTS["seed"], show_default=True)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    default="comparison",
    show_default=True,
    help="Where the page, the numbers and the figures go; made if missing.",
)
@click.option("--quiet", is_flag=True, help="Print nothing.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def compare_cnn(
    image0: Path | None,
    image1: Path | None,
    folder: Path,
    quiet: bool,
    debug: bool,
    **options: Any,
) -> int:
    """Compare hand-engineered points with learned feature maps, on pictures of yours.

    Without images on a pair that comes with the package; with one, on that image and a known warp
    of it. Writes FOLDER/index.html, a page to open in a browser, with CNN basics on IMAGE0; all
    numbers as FOLDER/comparison.json; charts as FOLDER/figures/*.png.
    """
    check_folder(folder, FILES)
    refuse_inputs(
        [folder / name for name in FILES],
        (image0, image1, options["homography"], options["weights"]),
    )
    with bars(quiet=quiet) as progress, Processes(1) as helper:
        if image0 is None:
            first, explained = None, sample_pair().image0
        else:
            first = read_image(image0, max_size=options["max_size"], exif=options["exif"])
            explained = at_working_size(first)
        topics: list[Future[Topic]] = []

        def tell(part: str, done: float) -> None:
            progress(part, done)
            if part == "swap" and not topics:  # before it, methods are timed without disturbance
                topics.extend(helper.submit_all(partial(explain, image=explained), TOPICS))

        comparison = compare(first, image1, progress=tell, **options)
        document = comparison.to_dict()
        draw = partial(_chart, document=document)
        names = tuple(FIGURES)
        others = helper.submit_all(draw, names[1::2])
        page = comparison_page(comparison, list(_results(topics, "CNN basics", progress)))
        charts = dict(zip(names[::2], map(draw, names[::2]), strict=True))
        charts |= zip(names[1::2], _results(others, "charts", progress), strict=True)
    figures = {f"figures/{name}.png": chart for name, chart in charts.items()}
    content = {"index.html": page, "comparison.json": to_json(document).encode(), **figures}
    write_folder(folder, content)
    if not quiet:
        click.echo(f"{comparison_summary(comparison)}\nThe page: {folder / 'index.html'}")
    return 0


def _chart(name: str, document: Document) -> bytes:
    return picture_bytes(draw_figure(name, document), ".png")


def _results(
    futures: Sequence[Future[Result]], part: str, progress: Callable[[str, float], None]
) -> Iterator[Result]:
    """Wait for what the other process does, with a bar of its own."""
    for number, future in enumerate(futures):
        progress(part, number / len(futures))
        yield future.result()
    progress(part, 1.0)
