"""What each choice brings: short trainings that differ from the usual one in a single option.

    python tests/benchmarks/ablate_training.py PHOTOGRAPHS -o ablation.json --steps 600 --seeds 2

Trainings go on side by side, each in a process with one thread. What they reach is added to the
file, and what is there already is not done again. In the end a table is printed. All networks are
measured on the same pairs of held-out photographs.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from featmatch import nn, threads
from featmatch.files import write_whole
from featmatch.learned.training.photographs import read_photographs
from featmatch.learned.training.train import TrainingOptions, train
from featmatch.learned.training.training_data import split, validation_pairs
from featmatch.learned.training.validation import validate

USUAL = "as shipped, but short"


def network(**changes):
    return lambda options: replace(options, network=replace(options.network, **changes))


def pairs(**changes):
    return lambda options: replace(options, pairs=replace(options.pairs, **changes))


def loss(**changes):
    return lambda options: replace(options, loss=replace(options.loss, **changes))


def length(factor):
    return lambda options: replace(options, num_steps=round(factor * options.num_steps))


VARIANTS = {
    USUAL: lambda options: options,
    "a quarter of the steps": length(0.25),
    "half of the steps": length(0.5),
    "twice the steps": length(2),
    "loss: no score (is it found again?)": loss(score_weight=0.0),
    "loss: no peaks (the same ones in both views)": loss(peak_weight=0.0),
    "loss: scores ask for no peak in the other view": loss(repeat_distance=0.0),
    "loss: temperature 0.1 instead of 0.05": loss(temperature=0.1),
    "loss: 256 points a pair instead of 768": loss(num_points=256),
    "pairs: no changes of light and camera": pairs(photometric=0.0),
    "pairs: no perspective, no shear": pairs(max_tilt=0.0, max_shear=0.0),
    "pairs: no change of scale": pairs(max_zoom=1.0),
    "pairs: upright only": pairs(upright_share=1.0),
    "pairs: two in five show scenes with depth": lambda options: replace(options, scene_share=0.4),
    "turns: none, descriptors alike at every angle": lambda options: replace(
        network(num_turns=1)(options), pairs=replace(options.pairs, num_turns=1)
    ),
    "turns: 4 of 90° instead of 8 of 45°": network(num_turns=4),
    "receptive field: three scales, 64 px": network(channels=(16, 32, 64)),
    "channels: half": network(channels=(8, 16, 32, 32)),
    "channels: one and a half": network(channels=(24, 48, 96, 96)),
    "descriptor: 32 numbers instead of 64": network(descriptor_size=32),
    "descriptor: 128 numbers": network(descriptor_size=128),
    "activation: ReLU": network(activation="relu"),
    "activation: randomized leaky ReLU": network(activation="rrelu"),
    "activation: tanh": network(activation="tanh"),
    "activation: sigmoid": network(activation="sigmoid"),
}


def run(variant, seed, steps, photographs):
    """Train and measure one network."""
    nn.keep_freed_memory()
    threads.set_num_threads(1)
    images = read_photographs(photographs)
    usual = TrainingOptions(num_steps=steps, num_shards=1, average_decay=0.995, seed=seed)
    options = VARIANTS[variant](usual)
    start = time.process_time()
    trained = train(images, replace(options, steps_per_epoch=options.num_steps))
    minutes = (time.process_time() - start) / 60
    held_out = split(images, usual.validation_share)[1]
    common = validation_pairs(held_out, usual.pairs, seed=0)
    result = {"variant": variant, "seed": seed, "steps": steps, "cpu_minutes": minutes}
    for name, chosen in (
        ("upright", [pair for pair in common if pair.turn == 0]),
        ("turned", [pair for pair in common if pair.turn != 0]),
    ):
        num_turns = options.network.num_turns
        turned = [
            replace(pair, turn=round(pair.turn * num_turns / usual.network.num_turns))
            for pair in chosen
        ]
        measured = validate(trained.network, turned)
        result |= {f"{name} {key}": value for key, value in measured.items()}
    return result


def table(results):
    """Mean over the seeds, in percent; the spread between seeds follows as ±."""
    names = [
        f"{name} {key}"
        for key in ("match_rate", "matching_score")
        for name in ("upright", "turned")
    ]
    rows = [
        "| training | match rate, upright | turned | matching score, upright | turned "
        "| CPU minutes |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for variant in VARIANTS:
        own = [result for result in results if result["variant"] == variant]
        if own:
            values = 100 * np.array([[result[name] for name in names] for result in own])
            cells = [
                f"{mean:.1f} ± {spread:.1f}"
                for mean, spread in zip(values.mean(0), values.std(0), strict=True)
            ]
            minutes = np.mean([result["cpu_minutes"] for result in own])
            rows.append(f"| {variant} | {' | '.join(cells)} | {minutes:.1f} |")
    return "\n".join(rows)


@click.command()
@click.argument("photographs", nargs=-1, required=True)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--steps", default=600)
@click.option("--seeds", default=2)
@click.option("--processes", "num_processes", default=2)
@click.option("--only", default="", help="Variants whose name contains this.")
def main(photographs, output, steps, seeds, num_processes, only):
    results = json.loads(output.read_text(encoding="utf-8")) if output.exists() else []
    done = {(result["variant"], result["seed"], result["steps"]) for result in results}
    wanted = [(name, seed, steps) for seed in range(seeds) for name in VARIANTS if only in name]
    with ProcessPoolExecutor(num_processes) as pool:
        tasks = [pool.submit(run, *task, photographs) for task in wanted if task not in done]
        for task in as_completed(tasks):
            results.append(task.result())
            write_whole(output, (json.dumps(results, indent=1) + "\n").encode())
    click.echo(table([result for result in results if result["steps"] == steps]))


if __name__ == "__main__":
    main()
