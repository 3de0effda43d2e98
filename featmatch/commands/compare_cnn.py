"""``featmatch compare-cnn [IMAGE0 [IMAGE1]]``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from featmatch.commands import options as shared
from featmatch.commands.command import INPUT, Command, keep_inputs
from featmatch.commands.printing import say, say_document
from featmatch.commands.progress import bars
from featmatch.compare.compare_cnn import compare_cnn as compare
from featmatch.compare.comparison import Comparison
from featmatch.compare.pair import at_working_size, sample_pair
from featmatch.escaping import printable
from featmatch.explaining.topic import Topic
from featmatch.explaining.topics import TOPICS, explain
from featmatch.files import UnfinishedFiles, check_folder, check_place
from featmatch.images.image import Image, read_image
from featmatch.plain import to_json
from featmatch.processes import Processes
from featmatch.report.comparison.figures import FIGURES, draw_figure
from featmatch.report.comparison.page import comparison_page
from featmatch.report.comparison.text import comparison_summary

DEFAULTS = {
    name: parameter.default for name, parameter in inspect.signature(compare).parameters.items()
}
DEFAULT_OUTPUT = Path("comparison")
PAGE, NUMBERS = "index.html", "comparison.json"
CHARTS = {f"figures/{name}.{form}": name for name in FIGURES for form in ("svg", "pdf")}
FILES = (PAGE, NUMBERS, *CHARTS)
ALONE = {".html": PAGE, ".json": NUMBERS}
"""Ending of an output -> which of the folder's files it is; without one, it is the folder."""


def check_outputs(
    context: click.Context, parameter: click.Parameter, values: tuple[Path, ...]
) -> tuple[Path, ...]:
    """Refuse files and folders that cannot be written, before any work."""
    for path in values:
        if path.suffix.lower() in ALONE:
            check_place(path)
        elif path.suffix and not path.is_dir():
            message = (
                f"expected a file ending in {' or '.join(ALONE)}, or a folder without an ending, "
                f"got {str(path)!r}."
            )
            raise click.BadParameter(message, context, parameter)
        else:
            check_folder(path, FILES)
    return values


@click.command(cls=Command)
@click.argument("image0", required=False, type=INPUT)
@click.argument("image1", required=False, type=INPUT)
@click.option(
    "--homography",
    type=INPUT,
    metavar="FILE",
    help="The true map from IMAGE0 to IMAGE1, in pixels of the files: three rows of three numbers, "
    "as text, .json or .npy. [default: estimated from the images]",
)
@shared.weights
@click.option(
    "--max-keypoints",
    type=click.IntRange(1),
    metavar="N",
    default=DEFAULTS["max_keypoints"],
    show_default=True,
    help="Keep at most this many keypoints per image and method.",
)
@click.option("--quick", is_flag=True, help="Take fewer steps and samples; needs a few seconds.")
@shared.max_size(DEFAULTS["max_size"])
@shared.exif
@shared.seed
@click.option(
    "-o",
    "--output",
    "outputs",
    type=click.Path(path_type=Path),
    metavar="PATH",
    multiple=True,
    callback=check_outputs,
    help="Write the result; the ending picks the form: .html for the page, .json for the numbers, "
    "no ending for a folder with the page, the numbers and the charts. Can be repeated. "
    f"[default: {DEFAULT_OUTPUT}, unless --json is given]",
)
@shared.with_options(shared.as_json, shared.quiet_but_json, shared.debug)
def compare_cnn(
    image0: str | None,
    image1: str | None,
    outputs: tuple[Path, ...],
    as_json: bool,
    quiet: bool,
    debug: bool,
    **options: Any,
) -> int:
    """Compare hand-engineered points with learned feature maps, on pictures of yours.

    Without images on a pair that comes with the package; with one, on that image and a known warp
    of it. The page opens in a browser and explains CNN basics on IMAGE0. In a folder, it is
    index.html, beside comparison.json and figures/*.svg and *.pdf.
    """
    if not outputs and not as_json:
        outputs = (DEFAULT_OUTPUT,)
        check_folder(DEFAULT_OUTPUT, FILES)
    keep_inputs(file for path in outputs for file in _files_of(path).values())
    wanted = {name for path in outputs for name in _files_of(path)}
    with bars(quiet=quiet) as progress, Processes(1) as helper:
        explained = _explained(image0, options["max_size"], options["exif"])
        topics: dict[str, Callable[[], Topic]] = {}

        def apart(work: Callable[[], Any]) -> Callable[[], Any]:
            if PAGE in wanted and not topics:  # nothing is timed any more
                for name in TOPICS:
                    topics[name] = helper.share(partial(explain, name, explained))
            return helper.share(work)

        comparison = compare(image0, image1, progress=progress, apart=apart, **options)
        explanations = _explanations(topics, progress) if PAGE in wanted else []
        contents = _contents(comparison, wanted, explanations)
    with UnfinishedFiles() as files:
        for path in outputs:
            _write(files, path, contents)
        files.finish()
    if as_json:
        say_document(to_json(comparison.to_dict()))
    elif not quiet:
        say(comparison_summary(comparison))
        for path in outputs:
            page = _files_of(path).get(PAGE)
            say(printable(f"The page: {page}" if page else f"The numbers: {path}"))
    return 0


def _explained(image0: str | None, max_size: int, exif: str) -> Image:
    """Read the picture that CNN basics are explained on, at its working size."""
    if image0 is None:
        return sample_pair().image0
    return at_working_size(read_image(image0, max_size=max_size, exif=exif))


def _contents(
    comparison: Comparison,
    wanted: Collection[str],
    explanations: Sequence[Topic],
) -> dict[str, bytes]:
    """Make those of `FILES` that are wanted."""
    document = comparison.to_dict()
    contents = {NUMBERS: to_json(document).encode()}
    if PAGE in wanted:
        contents[PAGE] = comparison_page(comparison, explanations)
    for file, name in CHARTS.items():
        if file in wanted:
            sheet = draw_figure(name, document)
            contents[file] = sheet.svg() if file.endswith(".svg") else sheet.pdf()
    return contents


def _files_of(output: Path) -> dict[str, Path]:
    """Tell which of `FILES` an output is made of, and where they go."""
    name = ALONE.get(output.suffix.lower())
    return {name: output} if name else {name: output / name for name in FILES}


def _write(files: UnfinishedFiles, output: Path, contents: Mapping[str, bytes]) -> None:
    name = ALONE.get(output.suffix.lower())
    if name:
        files.write(output, contents[name])
    else:
        files.write_folder(output, {name: contents[name] for name in FILES})


def _explanations(
    topics: dict[str, Callable[[], Topic]], progress: Callable[[str, float], None]
) -> list[Topic]:
    """Explain all topics, from the last on, as the other process begins with the first."""
    explained: dict[str, Topic] = {}
    for name in reversed(topics):
        progress("CNN basics", len(explained) / len(topics))
        explained[name] = topics[name]()
    progress("CNN basics", 1.0)
    return [explained[name] for name in topics]
