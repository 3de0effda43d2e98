"""Make again what the shipped network was after its first epochs, by the recipe of its record.

    python tests/benchmarks/make_epochs.py PHOTOGRAPHS

Trains with the options that ``featmatch/learned/cnn_first.json`` tells, on the same photographs,
and breaks off after the last epoch that is wanted. The weights, averaged as those that ship, lie
beside them; ``--checkpoint`` keeps what a training that is broken off goes on from.
"""

from __future__ import annotations

from pathlib import Path

import click

from featmatch import nn
from featmatch.learned.network.epochs import EPOCHS, epoch_file, first_record
from featmatch.learned.network.network import NetworkOptions
from featmatch.learned.network.weights import save_network
from featmatch.learned.training.losses import LossOptions
from featmatch.learned.training.pairs import PairOptions
from featmatch.learned.training.photographs import read_photographs
from featmatch.learned.training.run_record import differences, origin
from featmatch.learned.training.train import TrainingOptions, train

NEWER = {"scene_share": 0.0, "real_share": 0.0}
NEWER_OF_LOSS = {"repeat_distance": 0.0}
"""Options that the recipe does not name yet, as it had them: off."""


def in_full(record):
    """A record that names all options."""
    options = record["options"]
    loss = {**NEWER_OF_LOSS, **options["loss"]}
    return {**record, "options": {**NEWER, **options, "loss": loss}}


def options_in(record):
    """The options of a training from its record."""
    kinds = {"network": NetworkOptions, "pairs": PairOptions, "loss": LossOptions}
    parts = {name: kind(**record["options"][name]) for name, kind in kinds.items()}
    return TrainingOptions(**{**record["options"], **parts})


@click.command()
@click.argument("photographs", type=click.Path(exists=True, path_type=Path))
@click.option("--checkpoint", type=click.Path(path_type=Path), default="epochs.checkpoint.npz")
def main(photographs, checkpoint):
    """Train the first epochs of the shipped network on PHOTOGRAPHS, a folder."""
    record = in_full(first_record())
    options, images = options_in(record), read_photographs(photographs)
    here = origin(images, options, record["minutes"])
    if changed := differences(record, here):
        raise click.ClickException(f"another training: {', '.join(changed)}")
    told = {**here, "options": first_record()["options"]}
    for epoch in EPOCHS:
        trained = train(
            images, options, checkpoint=checkpoint, max_epochs=epoch, progress=nn.print_progress
        )
        best = trained.result.history.best
        if trained.result.interrupted or best is None or best.number != epoch:
            raise click.ClickException(f"epoch {epoch} is not there, or not the best so far")
        save_network(epoch_file(epoch), trained.network, {**told, "epoch": epoch})
    checkpoint.unlink()


if __name__ == "__main__":
    main()
