"""``featmatch train IMAGES -o weights.npz``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from featmatch import nn
from featmatch.checks import check_number
from featmatch.collection.collection import Collection
from featmatch.collection.real_pairs import real_pairs
from featmatch.commands import options as shared
from featmatch.commands.command import INPUT, Command
from featmatch.commands.printing import note, say
from featmatch.commands.training_inputs import REAL_SHARE, keep_apart, share_of_real
from featmatch.commands.training_result import interruption, outcome, plan
from featmatch.files import check_ending, check_place
from featmatch.learned.network.network import FeatureNetwork
from featmatch.learned.network.weights import read_network
from featmatch.learned.training.photographs import Photograph, read_photographs
from featmatch.learned.training.real_pairs import RealPair
from featmatch.learned.training.run import prepare_run
from featmatch.learned.training.run_files import RunFiles
from featmatch.learned.training.train import MOST_STEPS, TrainingOptions
from featmatch.learned.training.training_data import draw_pairs
from featmatch.nn.training.history import History
from featmatch.report.drawing.pictures import PICTURES, save_picture
from featmatch.threads import get_num_threads

DEFAULTS = TrainingOptions()
NUM_SHOWN_PAIRS = 12
MIN_STEPS, MIN_MINUTES = 500, 2  # of a training that repays the seconds that processes begin in


def weights_file(
    context: click.Context, parameter: click.Parameter, value: Path | None
) -> RunFiles | None:
    """Refuse a place where the files of a training cannot be written, before any work."""
    if value is None:
        return None
    with shared.refused(context, parameter):
        files = RunFiles(value)
    files.check_places()
    return files


def picture_file(
    context: click.Context, parameter: click.Parameter, value: Path | None
) -> Path | None:
    """Refuse a picture that cannot be written, before any work."""
    if value is None:
        return None
    with shared.refused(context, parameter):
        check_ending("show-pairs", value, tuple(PICTURES))
    check_place(value)
    return value


@click.command(cls=Command)
@click.argument("images", nargs=-1, required=True, type=INPUT)
@click.option(
    "-o",
    "--output",
    "files",
    type=click.Path(path_type=Path),
    metavar="FILE.npz",
    callback=weights_file,
    help="Write the weights there, and beside them a record (.json) and the curves (.png) of the "
    "training.",
)
@click.option(
    "--minutes",
    type=float,
    metavar="M",
    help="Train for about M minutes; a few steps are made first to see how many fit.",
)
@click.option(
    "--steps",
    type=click.IntRange(1, MOST_STEPS),
    metavar="N",
    help=f"Train for N steps. [default: {DEFAULTS.num_steps}]",
)
@click.option(
    "--scenes",
    "scene_share",
    type=shared.NumberRange(0, 1),
    default=DEFAULTS.scene_share,
    show_default=True,
    metavar="SHARE",
    help="Share of the pairs that show scenes with depth, photographs on their surfaces.",
)
@click.option(
    "--pairs",
    "collections",
    multiple=True,
    type=INPUT,
    metavar="COLLECTION",
    help="Train on pairs of real photographs, too: those that match in this folder, which "
    "featmatch collect made. May be given several times.",
)
@click.option(
    "--real",
    "real_share",
    type=shared.NumberRange(0, 1),
    metavar="SHARE",
    help=f"Share of the pairs that are those of --pairs. [default: {REAL_SHARE} with --pairs]",
)
@click.option(
    "--start",
    type=INPUT,
    metavar="FILE.npz",
    help="Begin with these weights instead of random ones.",
)
@click.option(
    "--rate",
    "lr",
    type=shared.NumberRange(0, 10),
    default=DEFAULTS.lr,
    show_default=True,
    metavar="R",
    help="The highest learning rate; lower it to begin with weights that are good already.",
)
@shared.seed
@click.option(
    "--show-pairs",
    type=click.Path(path_type=Path),
    metavar="FILE",
    callback=picture_file,
    help=f"Draw some pairs of views to train on: {' '.join(PICTURES)}. Without -o, do only that.",
)
@shared.with_options(shared.quiet, shared.debug)
def train(
    images: tuple[str, ...],
    files: RunFiles | None,
    minutes: float | None,
    steps: int | None,
    scene_share: float,
    collections: tuple[str, ...],
    real_share: float | None,
    start: str | None,
    lr: float,
    seed: int,
    show_pairs: Path | None,
    quiet: bool,
    debug: bool,
) -> int:
    """Learn the features of --method cnn from photographs.

    IMAGES are files, and folders with all images in them. They need no labels: training makes pairs
    of views of each photograph, and of photographs that match in --pairs. Ctrl-C breaks it off; the
    same command goes on from the last whole epoch.
    """
    if minutes is not None and steps is not None:
        raise click.UsageError("--minutes and --steps exclude each other.")
    if files is None and (show_pairs is None or minutes is not None or steps is not None):
        raise click.UsageError("Missing option '-o', a file for the weights that are trained.")
    if minutes is not None:
        check_number("minutes", minutes, 0.001, 1e6)
    options = TrainingOptions(
        seed=seed,
        scene_share=scene_share,
        real_share=share_of_real(real_share, scene_share, collections),
        lr=lr,
        final_lr=min(lr, DEFAULTS.final_lr),
    ).lasting(steps or DEFAULTS.num_steps)
    is_long = options.num_steps >= MIN_STEPS if minutes is None else minutes >= MIN_MINUTES
    if is_long:
        options = replace(options, num_processes=get_num_threads())
    network = None if start is None else read_network(start)
    matched = tuple(map(Collection, collections))
    keep_apart([*(files or ()), *([show_pairs] if show_pairs else ())], images, matched)
    photographs = read_photographs(images)
    real = [pair for one in matched for pair in real_pairs(one)] if options.real_share else []
    if show_pairs is not None:
        _show_pairs(show_pairs, photographs, real, options)
    if files is not None:
        _train(files, photographs, real, options, minutes, network, quiet)
    return 0


def _show_pairs(
    path: Path,
    photographs: Sequence[Photograph],
    real: Sequence[RealPair],
    options: TrainingOptions,
) -> None:
    from featmatch.report.training.pairs import pairs_picture  # loads matplotlib

    rng, shares = (
        np.random.default_rng(options.seed),
        (options.scene_share, real, options.real_share),
    )
    pairs = draw_pairs(photographs, options.pairs, NUM_SHOWN_PAIRS, rng, *shares)
    save_picture(pairs_picture(pairs), path)


def _train(
    files: RunFiles,
    photographs: Sequence[Photograph],
    real: Sequence[RealPair],
    options: TrainingOptions,
    minutes: float | None,
    start: FeatureNetwork | None,
    quiet: bool,
) -> None:
    nn.keep_freed_memory()
    if minutes is not None and not (quiet or files.checkpoint.exists()):
        note(f"Making a few steps to see how many fit into {minutes:g} minutes.")
    run = prepare_run(
        *(files.weights, photographs, options), minutes=minutes, start=start, real_pairs=real
    )
    if not quiet:
        note(plan(run))
    trained = run.train(progress=None if quiet else nn.print_progress)
    _draw_curves(files.curves, trained.result.history)
    if trained.result.interrupted:
        note()  # ends the line of the ^C
        raise click.Abort(interruption(run, trained))
    if not quiet:
        say(outcome(run, trained))


def _draw_curves(path: Path, history: History) -> None:
    from featmatch.report.training.curves import plot_history  # loads matplotlib

    if history.epochs:
        plot_history(history, path)
