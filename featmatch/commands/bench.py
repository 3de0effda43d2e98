"""``featmatch bench SUITE... --method A,B -o DIR``."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import click

from featmatch.commands import options as shared
from featmatch.commands.command import INPUT, Command, keep_inputs
from featmatch.commands.printing import say, say_document
from featmatch.commands.progress import bars
from featmatch.evaluation.bench.bench import bench as run_bench
from featmatch.evaluation.bench.readers import read_suite
from featmatch.evaluation.bench.record import FILE as SCORES_FILE
from featmatch.files import check_folder, write_folder
from featmatch.methods import METHODS
from featmatch.plain import to_json
from featmatch.report.bench.document import bench_document
from featmatch.report.bench.figures import BENCH_FIGURES, draw_bench
from featmatch.report.bench.tables import scores_csv, summaries_csv
from featmatch.report.bench.text import bench_text
from featmatch.report.drawing.pictures import picture_bytes

FILES = (
    *("bench.json", "summary.csv", "scores.csv", SCORES_FILE),
    *(f"{name}.png" for name in BENCH_FIGURES),
)
DEFAULTS = {
    name: parameter.default for name, parameter in inspect.signature(run_bench).parameters.items()
}


def method_names(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Split A,B into names, and refuse unknown ones before any work."""
    names = tuple(name.strip() for value in values for name in value.split(","))
    for name in names:
        if name not in ("auto", *METHODS):
            message = f"expected names of {', '.join(('auto', *METHODS))}, got {name!r}."
            raise click.BadParameter(message, context, parameter)
    return names


@click.command(cls=Command)
@click.argument("suites", nargs=-1, required=True, metavar="SUITE...", type=INPUT)
@click.option(
    "--method",
    "methods",
    metavar="A,B",
    multiple=True,
    callback=method_names,
    default=DEFAULTS["methods"],
    show_default=True,
    help=f"What to run: {', '.join(('auto', *METHODS))}. Can be repeated.",
)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write tables, numbers and charts there, and keep the score of every pair: started again, "
    "the same command goes on where it stopped.",
)
@click.option(
    "--processes",
    "num_processes",
    type=click.IntRange(1),
    metavar="N",
    default=DEFAULTS["num_processes"],
    show_default=True,
    help="Number of processes that work at the same time; results do not depend on it, times do.",
)
@shared.seed
@click.option(
    "--max-pairs",
    type=click.IntRange(1),
    metavar="N",
    help="Use only the first N pairs of each suite.",
)
@shared.max_size(DEFAULTS["max_size"])
@click.option(
    "--max-keypoints",
    type=click.IntRange(min=0),
    metavar="N",
    help="Keep at most this many keypoints per image, for every method. [default: each method's]",
)
@shared.with_options(shared.as_json, shared.quiet_but_json, shared.debug)
def bench(
    suites: tuple[str, ...],
    methods: tuple[str, ...],
    folder: Path | None,
    as_json: bool,
    quiet: bool,
    debug: bool,
    **options: Any,
) -> int:
    """Score methods on pairs of images with ground truth.

    A SUITE is a folder with a pairs.json, with sequences as in HPatches (v_name/1.ppm, H_1_2), or
    with sequences as those of Oxford (img1.ppm, H1to2p). Writes DIR/bench.json, summary.csv,
    scores.csv, accuracy.png and time.png.
    """
    if folder is not None:
        check_folder(folder, FILES)
        images = (
            image
            for suite in map(read_suite, suites)
            for pair in suite.pairs
            for image in (pair.image0, pair.image1)
        )
        keep_inputs((folder / name for name in FILES), also=images)
    try:
        with bars(quiet=quiet) as progress:
            result = run_bench(suites, methods, folder=folder, progress=progress, **options)
    except KeyboardInterrupt as error:
        raise click.Abort(_interruption(folder)) from error
    document = bench_document(result)
    if folder is not None:
        charts = {
            f"{name}.png": picture_bytes(draw_bench(name, document), ".png")
            for name in BENCH_FIGURES
        }
        numbers = {
            "bench.json": to_json(document).encode(),
            "summary.csv": summaries_csv(document),
            "scores.csv": scores_csv(document),
        }
        write_folder(folder, numbers | charts)
    if as_json:
        say_document(to_json(document))
    elif not quiet:
        say(bench_text(document))
    return 0


def _interruption(folder: Path | None) -> str:
    if folder is None:
        return "interrupted; with -o, the scores so far would have been kept"
    return (
        f"interrupted; {folder / SCORES_FILE} keeps the scores so far, and the same command goes on"
    )
