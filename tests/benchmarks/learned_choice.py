"""Is a learned choice of matches better than neighborhoods? Make sets, train, choose, evaluate.

    for seed in 0 1 2 3 4 5; do
        python tests/benchmarks/learned_choice.py make PHOTOGRAPHS -o train_$seed.npz --seed $seed
    done
    python tests/benchmarks/learned_choice.py make PHOTOGRAPHS -o held_out.npz --seed 100 --held-out
    python tests/benchmarks/learned_choice.py train train_*.npz --held-out held_out.npz -o net.npz
    python tests/benchmarks/learned_choice.py compare net.npz --held-out held_out.npz
    python tests/benchmarks/learned_choice.py evaluate SUITE... -o OUT --way first=net.npz:0.9

The network is that of `choice_network`. The chance above which a match is chosen is taken from the
table of `compare`, of photographs that nothing was trained on; the suites choose nothing.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import click
import numpy as np
from choice_matcher import WAYS, load, save
from choice_network import SEEN, chances
from choice_pairs import KINDS, MatchSets, join_sets, joined, make_sets
from choice_scores import MEASURES, mean_difference, remembering, score_suite
from choice_training import average_precision, train

from featmatch import nn
from featmatch.learned.training.photographs import read_photographs
from featmatch.learned.training.training_data import split
from featmatch.matching.neighborhoods import Neighborhoods
from featmatch.methods import METHODS

HELD_OUT = 0.04  # of the photographs: those that `cnn` was not trained on either
MAX_SIZE = 800  # px, of a photograph
MIN_RIGHT = 10  # right candidates of a pair whose precision and recall are counted
THRESHOLDS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
FILE = click.Path(path_type=Path)


@click.group()
def main():
    """Learn which matches are right, and see what it brings."""


@main.command()
@click.argument("photographs", type=click.Path(True, path_type=Path))
@click.option("-o", "--output", required=True, type=FILE)
@click.option("--pairs", default=150, type=click.IntRange(1))
@click.option("--held-out", is_flag=True, help="Of the photographs that are kept for validation.")
@click.option("--seed", default=0)
def make(photographs, output, pairs, held_out, seed):
    """Describe the candidate matches of pairs with exact truth."""
    images = split(read_photographs(photographs, MAX_SIZE), HELD_OUT)[held_out]
    with click.progressbar(make_sets(images, pairs, seed), pairs) as sets:
        joined(sets).save(output)


@main.command("train")
@click.argument("sets", nargs=-1, required=True, type=FILE)
@click.option("--held-out", required=True, type=FILE)
@click.option("-o", "--output", required=True, type=FILE)
@click.option("--epochs", default=12, type=click.IntRange(1))
@click.option("--attentive", is_flag=True)
@click.option("--seen", default="all", type=click.Choice(list(SEEN)), help="What it looks at.")
@click.option("--seed", default=0)
def train_command(sets, held_out, output, epochs, seen, attentive, seed):
    """Train a network on sets of matches."""
    network, result = train(
        join_sets(map(MatchSets.load, sets)),
        MatchSets.load(held_out),
        epochs,
        seen=seen,
        attentive=attentive,
        seed=seed,
        progress=nn.print_progress,
    )
    save(output, network)
    click.echo(f"{output}: {result.stopped_by} after {len(result.history.epochs)} epochs")


@main.command()
@click.argument("networks", nargs=-1, required=True, type=FILE)
@click.option("--held-out", required=True, type=FILE)
def compare(networks, held_out):
    """Precision and recall on held-out pairs, of networks and of neighborhoods."""
    sets = MatchSets.load(held_out)
    pairs = [sets.rows(number) for number in range(len(sets))]
    by_count = [-sets.log10_chance[rows].astype(float) for rows in pairs]
    agree = [values > np.log10(max(1, len(values))) for values in by_count]
    click.echo("| choice | average precision | precision | recall | F1 | chosen of unrelated |")
    click.echo("|---|---:|---:|---:|---:|---:|")
    click.echo(_row("neighborhoods", sets, pairs, by_count, agree))
    for path in networks:
        values = [chances(load(str(path)), sets.inputs[rows]) for rows in pairs]
        for least in THRESHOLDS:
            flags = [one > least for one in values]
            click.echo(_row(f"{path.stem} > {least:g}", sets, pairs, values, flags))
            both = [one & other for one, other in zip(flags, agree, strict=True)]
            click.echo(_row("... and neighborhoods", sets, pairs, values, both))


def _row(name, sets, pairs, values, flags):
    scores, unrelated = [], []
    for rows, value, flag in zip(pairs, values, flags, strict=True):
        right = sets.right[rows]
        if right.sum() >= MIN_RIGHT:
            hits = (flag & right).sum()
            precision, recall = hits / max(1, flag.sum()), hits / right.sum()
            f1 = 2 * hits / (flag.sum() + right.sum())
            scores.append((average_precision(value, right), precision, recall, f1))
    kinds = sets.kinds == KINDS.index("unrelated")
    unrelated = np.mean([flags[number].sum() for number in np.flatnonzero(kinds)])
    cells = " | ".join(f"{100 * mean:.1f}" for mean in np.mean(scores, axis=0))
    return f"| {name} | {cells} | {unrelated:.1f} |"


@main.command()
@click.argument("suites", nargs=-1, required=True, type=click.Path(True))
@click.option("-o", "--output", required=True, type=FILE, help="Folder; what is there is kept.")
@click.option("--way", "ways", multiple=True, metavar="WAY=NETWORK:CHANCE", help=" | ".join(WAYS))
def evaluate(suites, output, ways):
    """Score neighborhoods and ways of a learned choice on suites with ground truth."""
    methods = {"neighborhoods": remembering(METHODS["cnn"], Neighborhoods())}
    for text in ways:
        way, _, rest = text.partition("=")
        weights, _, least = rest.rpartition(":")
        choice = WAYS[way](weights=weights, min_chance=float(least))
        methods[f"{way} {Path(weights).stem}"] = remembering(METHODS["cnn"], choice)
    output.mkdir(parents=True, exist_ok=True)
    accuracies: defaultdict[str, list[float]] = defaultdict(list)
    for suite in suites:
        summaries, measures, own = score_suite(suite, methods, output / Path(suite).name)
        for name, values in own.items():
            accuracies[name] += values
        for summary in summaries:
            click.echo(_summary(summary))
            if summary.method in measures:
                means = np.mean(measures[summary.method], axis=0)
                parts = [f"{name} {mean:.3f}" for name, mean in zip(MEASURES, means, strict=True)]
                click.echo(f"    {', '.join(parts)}, of {len(measures[summary.method])} pairs")
    for name, values in accuracies.items():
        apart, low, high = mean_difference(values, accuracies["neighborhoods"])
        click.echo(f"{name}: {apart:+.1f} ({low:.1f} to {high:.1f}) over {len(values)} pairs")


def _summary(summary):
    parts = [f"{summary.suite} {summary.method}:"]
    if summary.homography_auc:
        parts.append(f"AUC 5 px {100 * summary.homography_auc[1]:.1f}")
    if summary.epipolar_accuracy:
        parts.append(f"epipolar {100 * summary.epipolar_accuracy.mean:.1f}")
    if summary.pose_auc:
        parts.append(f"pose AUC 10 deg {100 * summary.pose_auc[1]:.1f}")
    for name in ("accepted", "false_accepts"):
        if getattr(summary, name) is not None:
            parts.append(f"{name} {100 * getattr(summary, name):.1f}")
    return " ".join([*parts, f"{summary.seconds.median:.2f} s"])


if __name__ == "__main__":
    main()
