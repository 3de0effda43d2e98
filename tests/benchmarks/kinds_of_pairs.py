"""What each kind of pairs brings: short trainings on from the shipped weights.

    python tests/benchmarks/kinds_of_pairs.py PHOTOGRAPHS -o FOLDER --pairs COLLECTION --steps 200

Each training differs from the others in the kinds of its pairs alone: those of one photograph, of
scenes with depth, of two photographs that match in a collection. The rate falls from 5e-4 to 1e-5,
and the weights are an average over about the last half of the steps. They are written into the
folder, a file for each kind and seed, and what is there already is not trained again. A table tells
how each does on the same flat pairs and scenes of photographs that were held out.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from featmatch import nn
from featmatch.collection.collection import Collection
from featmatch.collection.real_pairs import real_pairs
from featmatch.learned.network.weights import SHIPPED, read_network
from featmatch.learned.training.photographs import read_photographs
from featmatch.learned.training.run import save_run
from featmatch.learned.training.train import TrainingOptions, train
from featmatch.learned.training.training_data import split, validation_pairs
from featmatch.learned.training.validation import validate

KINDS = {"flat": (0.0, 0.0), "scenes": (0.4, 0.0), "real": (0.4, 0.2)}
"""Name of the file -> shares of scenes and of two photographs; the others are flat."""


def trained(path, images, real, options):
    """Train, or read what is there already."""
    start, used = read_network(SHIPPED), real if options.real_share else ()
    if not path.exists():
        done = train(images, options, real_pairs=used, start=start, progress=nn.print_progress)
        save_run(done, path, images, start=start, real_pairs=used)
    return read_network(path)


def row(name, network, held_out, options):
    measured = [
        validate(network.eval(), validation_pairs(held_out, options.pairs, 0, share))
        for share in (0.0, 1.0)
    ]
    values = (", ".join(f"{value:.3f}" for value in each.values()) for each in measured)
    return f"| {name} | {' | '.join(values)} |"


@click.command()
@click.argument("photographs", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--output", "folder", required=True, type=click.Path(path_type=Path))
@click.option("--pairs", "collections", required=True, multiple=True, type=click.Path(exists=True))
@click.option("--kinds", default=",".join(KINDS), show_default=True)
@click.option("--steps", default=200, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(photographs, folder, collections, kinds, steps, seed):
    """Train on the photographs of a folder, and on the pairs of collections."""
    nn.keep_freed_memory()
    images = read_photographs(photographs)
    real = [pair for path in collections for pair in real_pairs(Collection(path))]
    usual = TrainingOptions(
        num_steps=steps,
        steps_per_epoch=steps,
        num_shards=1,
        lr=5e-4,
        final_lr=1e-5,
        average_decay=1 - 2 / steps,
        seed=seed,
    )
    held_out = split(images, usual.validation_share)[1]
    networks = {"none: the shipped weights": read_network(SHIPPED)}
    for name in kinds.split(","):
        scenes, of_two = KINDS[name]
        options = replace(usual, scene_share=scenes, real_share=of_two)
        networks[name] = trained(folder / f"{name}_{seed}.npz", images, real, options)
    names = "match rate, matching score, error in px"
    click.echo(
        f"{len(real)} real pairs\n| pairs | flat: {names} | scenes: the same |\n|---|---|---|"
    )
    for name, network in networks.items():
        click.echo(row(name, network, held_out, usual))


if __name__ == "__main__":
    main()
