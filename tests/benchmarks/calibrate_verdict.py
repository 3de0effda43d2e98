"""Fit the probabilities of the verdict to pairs of images that are labeled by how they were made.

    python tests/benchmarks/calibrate_verdict.py PHOTOGRAPHS -o OUT --pairs 150

Pairs of three kinds (`labeled_pairs`) are matched by every method of `auto`. Three
logistic regressions are fitted: that the images show the same, from the evidence that is believed;
that the homography is right; that the fundamental matrix is right. OUT gets ``measured.json``, from
which the fit can be repeated, ``calibration.json`` for ``featmatch/geometry`` and
``reliability.png``.
"""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click
import numpy as np
from labeled_pairs import depth_pair, plane_pair, unrelated_pair
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.utils.class_weight import compute_sample_weight

from featmatch.auto import PLANS
from featmatch.files import write_whole
from featmatch.geometry.calibration import (
    epipolar_values,
    homography_values,
    same_scene_values,
)
from featmatch.geometry.residuals import epipolar_residuals, transfer
from featmatch.geometry.verdict import plausible_log10
from featmatch.images.view import View
from featmatch.learned.training.photographs import read_photographs

RIGHT_WITHIN = 5.0  # px
RIGHT_SHARE = 0.8  # of the points, for lines: a line may be near by chance, and far from a few
NUM_BOARDS = 4
NUM_BINS = 5
REGULARIZATION = 10.0
FITS = {
    "same scene": same_scene_values,
    "homography": homography_values,
    "fundamental": epipolar_values,
}


def make_pair(photographs, seed):
    """Pairs take turns: planes, depth, unrelated."""
    rng = np.random.default_rng(seed)
    chosen = [photographs[i] for i in rng.permutation(len(photographs))[: NUM_BOARDS + 1]]
    kind = seed % 3
    if kind == 0:
        return plane_pair(chosen[0], rng)
    return depth_pair(chosen, rng) if kind == 1 else unrelated_pair(chosen, rng)


def measure(photographs, seed):
    """Rows of what is known of one pair, by each method: for which fit, its values, the label."""
    pair, rows = make_pair(photographs, seed), []
    for step in PLANS["normal"].steps:
        result = step.pipeline.match(View.read(pair.image0), View.read(pair.image1))
        log10_false_alarms = plausible_log10(list(result.models.values()))
        values = same_scene_values(log10_false_alarms)
        rows.append(["same scene", values, pair.kind != "unrelated"])
        if not len(pair.points0):
            continue
        plane, lines = result.models["homography"], result.models["fundamental"]
        if plane.geometry and plane.log10_false_alarms < 0 and not plane.flaw:
            moved = transfer(plane.geometry.matrix, pair.points0)
            error = np.linalg.norm(moved - pair.points1, axis=1).mean()
            rows.append(["homography", homography_values(plane), bool(error < RIGHT_WITHIN)])
        if pair.kind == "depth" and lines.log10_false_alarms < 0 and not lines.flaw:
            errors = epipolar_residuals(lines.geometry.matrix, pair.points0, pair.points1)
            right = np.mean(errors < RIGHT_WITHIN) >= RIGHT_SHARE
            rows.append(["fundamental", epipolar_values(lines), bool(right)])
    return [[name, dict(values), bool(label)] for name, values, label in rows]


def measure_all(photographs, seeds):
    """Rows of several pairs."""
    return [row for seed in seeds for row in measure(photographs, seed)]


def fit(name, rows):
    """One logistic regression, with what five-fold cross-validation says of it."""
    keys = list(rows[0][1])
    values = np.array([[row[1][key] for key in keys] for row in rows])
    labels = np.array([row[2] for row in rows])
    balanced = "balanced" if name == "same scene" else None
    model = LogisticRegression(C=REGULARIZATION, max_iter=10_000, class_weight=balanced)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    predicted = cross_val_predict(model, values, labels, cv=folds, method="predict_proba")[:, 1]
    model.fit(values, labels)
    coefficients = {"constant": model.intercept_[0]} | dict(zip(keys, model.coef_[0], strict=True))
    bins = np.digitize(predicted, np.linspace(0, 1, NUM_BINS + 1)[1:-1])
    weights = compute_sample_weight(balanced, labels)
    return {
        "coefficients": {key: round(float(value), 4) for key, value in coefficients.items()},
        "num_right": int(labels.sum()),
        "num_wrong": int((~labels).sum()),
        "brier_score": _mean((predicted - labels) ** 2, weights, slice(None)),
        "reliability": [
            {
                "predicted": _mean(predicted, weights, bins == own),
                "observed": _mean(labels, weights, bins == own),
                "num": int(np.count_nonzero(bins == own)),
            }
            for own in range(NUM_BINS)
            if np.any(bins == own)
        ],
    }


def _mean(values, weights, chosen):
    return round(float(np.average(values[chosen], weights=weights[chosen])), 4)


def draw(fits):
    """Predicted probability against what was observed; the diagonal is perfect."""
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    for axes, (name, fitted) in zip(figure.subplots(1, len(fits)), fits.items(), strict=True):
        axes.plot((0, 1), (0, 1), color="0.7", linewidth=1)
        points = fitted["reliability"]
        axes.plot(*zip(*((one["predicted"], one["observed"]) for one in points), strict=True), "o-")
        for one in points:
            place = (one["predicted"], one["observed"])
            axes.annotate(one["num"], place, (6, -10), textcoords="offset points", fontsize=8)
        axes.set(title=name, xlabel="predicted", xlim=(-0.05, 1.15), ylim=(-0.08, 1.08))
    figure.axes[0].set_ylabel("observed")
    return figure


@click.command()
@click.argument("photographs", nargs=-1, required=True)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--pairs", "num_pairs", default=300)
@click.option("--processes", "num_processes", default=2)
def main(photographs, output, num_pairs, num_processes):
    output.mkdir(exist_ok=True)
    measured = output / "measured.json"
    if not measured.exists():
        images = read_photographs(photographs)
        shares = [range(first, num_pairs, num_processes) for first in range(num_processes)]
        with ProcessPoolExecutor(num_processes) as pool:
            parts = pool.map(measure_all, [images] * num_processes, shares)
            rows = [row for part in parts for row in part]
        write_whole(measured, json.dumps(rows).encode())
    rows = json.loads(measured.read_text(encoding="utf-8"))
    fits = {name: fit(name, [row for row in rows if row[0] == name]) for name in FITS}
    origin = (
        f"tests/benchmarks/calibrate_verdict.py --pairs {num_pairs}, on the photographs that the "
        "learned features were trained on; a third of the pairs planes, a third depth, a third "
        "unrelated, half of these with the same small picture in both; by the methods "
        + ", ".join(step.pipeline.extractor.name for step in PLANS["normal"].steps)
    )
    text = json.dumps({"origin": origin, **fits}, indent=1) + "\n"
    write_whole(output / "calibration.json", text.encode())
    draw(fits).savefig(output / "reliability.png", dpi=120)
    click.echo(text)


if __name__ == "__main__":
    main()
