"""Fit the probabilities of the verdict to pairs of images whose truth is known.

    python tests/benchmarks/calibrate_verdict.py PHOTOGRAPHS --place FOLDER --place FOLDER -o OUT

Pairs that are made (`labeled_pairs`) and pairs of real photographs of a place (`solved_pairs`) are
matched by every method of `auto`. Three logistic regressions are fitted: that the images show the
same, from the evidence that is believed; that the homography is right; that the fundamental matrix
is right. What they are worth is told by scenes that they were not fitted to: the photographs lie in
groups, no pair is of two of them, each group and each place is left out once.

OUT gets ``made.json`` and ``places.json``, from which the fit can be repeated, ``calibration.json``
for ``featmatch/geometry`` and ``reliability.png``.
"""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
from labeled_pairs import depth_pair, plane_pair, unrelated_pair
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.utils.class_weight import compute_sample_weight
from solved_pairs import other_place_pair, shared_points, solved_pair

from featmatch.auto import PLANS
from featmatch.files import write_whole
from featmatch.geometry.calibration import (
    evidence_values,
    homography_values,
)
from featmatch.geometry.residuals import epipolar_residuals, transfer
from featmatch.geometry.verdict import plausible_log10
from featmatch.images.view import View
from featmatch.learned.training.photographs import read_photographs

RIGHT_WITHIN = 5.0  # px
RIGHT_SHARE = 0.8  # of the points, for lines: a line may be near by chance, and far from a few
NUM_BOARDS = 4
NUM_GROUPS = 5  # of photographs that pairs are made of; one more meets the places
NUM_BINS = 5
NUM_SAMPLES = 200  # of the groups, with replacement: how sure the probabilities are
TOLD_AT = (0, 4, 8, 20, 100)  # powers of ten of false alarms at which that is told
REGULARIZATION = 10.0
FITS = {
    "same scene": evidence_values,
    "homography": homography_values,
    "fundamental": evidence_values,
}


def make_pair(photographs, seed):
    """Planes, depth and unrelated take turns, each by every group; the pair and its group."""
    rng = np.random.default_rng(seed)
    group, kind = seed // 3 % NUM_GROUPS, seed % 3
    own = photographs[group :: NUM_GROUPS + 1]
    chosen = [own[i] for i in rng.permutation(len(own))[: NUM_BOARDS + 1]]
    if kind == 0:
        return plane_pair(chosen[0], rng), f"photographs {group}"
    made = depth_pair(chosen, rng) if kind == 1 else unrelated_pair(chosen, rng)
    return made, f"photographs {group}"


def place_pair(shared, photographs, seed):
    """Of a place, two times of three; or of it and of one of the last group of photographs."""
    rng = np.random.default_rng((seed, 1))
    one = shared[rng.integers(len(shared))]
    if seed % 3 < 2:
        return solved_pair(one, rng), one[0].parent.name
    others = photographs[NUM_GROUPS :: NUM_GROUPS + 1]
    return other_place_pair(one[0], others[rng.integers(len(others))], rng), one[0].parent.name


def measure(make, seed):
    """Rows of what is known of one pair, by each method: for which fit, its values, the label."""
    pair, scene = make(seed)
    rows: list[Any] = []
    for step in PLANS["normal"].steps:
        result = step.pipeline.match(View.read(pair.image0), View.read(pair.image1))
        if pair.kind != "sticker":  # which is neither the same nor nothing
            log10_false_alarms = plausible_log10(list(result.models.values()))
            values = evidence_values(log10_false_alarms)
            rows.append(["same scene", values, len(pair.points0) > 0])
        if not len(pair.points0):
            continue
        plane, lines = result.models["homography"], result.models["fundamental"]
        if plane.geometry and plane.log10_false_alarms < 0 and not plane.flaw:
            moved = transfer(plane.geometry.matrix, pair.points0)
            error = np.linalg.norm(moved - pair.points1, axis=1).mean()
            rows.append(["homography", homography_values(plane), bool(error < RIGHT_WITHIN)])
        if pair.kind != "plane" and lines.log10_false_alarms < 0 and not lines.flaw:
            errors = epipolar_residuals(lines.geometry.matrix, pair.points0, pair.points1)
            right = np.mean(errors < RIGHT_WITHIN) >= RIGHT_SHARE
            rows.append(["fundamental", evidence_values(lines.log10_false_alarms), bool(right)])
    return [[name, dict(values), bool(label), pair.kind, scene] for name, values, label in rows]


def measure_some(make, seeds):
    """Rows of several pairs."""
    return [row for seed in seeds for row in measure(make, seed)]


def measure_all(make, num_pairs, num_processes):
    """Rows of all pairs; the photographs go to each process once."""
    shares = [range(first, num_pairs, num_processes) for first in range(num_processes)]
    with ProcessPoolExecutor(num_processes) as pool:
        parts = pool.map(measure_some, [make] * num_processes, shares)
        return [row for part in parts for row in part]


def measured(path, make, num_pairs, num_processes):
    """Rows of all pairs, kept in a file."""
    if not path.exists():
        write_whole(path, json.dumps(measure_all(make, num_pairs, num_processes)).encode())
    return json.loads(path.read_text(encoding="utf-8"))


def fit(name, rows):
    """One logistic regression, with what the scenes that are left out say of it."""
    keys = list(rows[0][1])
    values = np.array([[row[1][key] for key in keys] for row in rows])
    labels, kinds, scenes = (np.array([row[i] for row in rows]) for i in (2, 3, 4))
    balanced = "balanced" if name == "same scene" else None
    model = LogisticRegression(C=REGULARIZATION, max_iter=10_000, class_weight=balanced)
    predicted = cross_val_predict(
        model, values, labels, groups=scenes, cv=LeaveOneGroupOut(), method="predict_proba"
    )[:, 1]
    weights = compute_sample_weight(balanced, labels)
    bins = np.digitize(predicted, np.linspace(0, 1, NUM_BINS + 1)[1:-1])

    def told(groups):
        return {
            str(one): _told(predicted, labels, weights, groups == one) for one in np.unique(groups)
        }

    intervals = _intervals(model, values, labels, scenes) if name == "same scene" else {}
    model.fit(values, labels)
    coefficients = zip(["constant", *keys], [*model.intercept_, *model.coef_[0]], strict=True)
    return {
        "coefficients": {key: round(float(value), 4) for key, value in coefficients},
        "num_right": int(labels.sum()),
        "num_wrong": int((~labels).sum()),
        "brier_score": _mean((predicted - labels) ** 2, weights, slice(None)),
        "reliability": list(told(bins).values()),
        "by_kind": told(kinds),
        "by_scene": told(scenes),
        **({"intervals": intervals} if intervals else {}),
    }


def _told(predicted, labels, weights, chosen):
    return {
        "predicted": _mean(predicted, weights, chosen),
        "observed": _mean(labels, weights, chosen),
        "num": int(np.count_nonzero(chosen)),
    }


def _intervals(model, values, labels, scenes):
    """95 % of the probabilities by fits to scenes that are drawn with replacement."""
    rng, names = np.random.default_rng(0), np.unique(scenes)
    at = np.array([[evidence_values(-float(power))["evidence"]] for power in TOLD_AT])
    found = []
    for _ in range(NUM_SAMPLES):
        drawn = rng.choice(names, len(names))
        rows = np.concatenate([np.flatnonzero(scenes == name) for name in drawn])
        found.append(model.fit(values[rows], labels[rows]).predict_proba(at)[:, 1])
    low, high = np.percentile(found, (2.5, 97.5), axis=0).round(4).tolist()
    return {f"1e-{power}": both for power, *both in zip(TOLD_AT, low, high, strict=True)}


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
@click.option("--place", "places", multiple=True, type=click.Path(True, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--pairs", "num_pairs", default=300, help="That are made.")
@click.option("--place-pairs", "num_place_pairs", default=180, help="Of real photographs.")
@click.option("--processes", "num_processes", default=2)
def main(photographs, places, output, num_pairs, num_place_pairs, num_processes):
    output.mkdir(exist_ok=True)
    images = read_photographs(photographs)
    rows = measured(output / "made.json", partial(make_pair, images), num_pairs, num_processes)
    shared = [one for place in places for one in shared_points(place, output / place.name)]
    if shared:
        make = partial(place_pair, shared, images)
        rows += measured(output / "places.json", make, num_place_pairs, num_processes)
    fits = {name: fit(name, [row for row in rows if row[0] == name]) for name in FITS}
    origin = (
        f"tests/benchmarks/calibrate_verdict.py --pairs {num_pairs} --place-pairs "
        f"{num_place_pairs}: on the photographs that the learned features were trained on, a third "
        "of the pairs planes, a third depth, a third unrelated (where these share a small picture "
        f"they are left out); on {len(places)} places that COLMAP has reconstructed, two thirds of "
        "the pairs of one place, a third of it and something else, half in other light; by "
        + ", ".join(step.pipeline.extractor.name for step in PLANS["normal"].steps)
    )
    text = json.dumps({"origin": origin, **fits}, indent=1) + "\n"
    write_whole(output / "calibration.json", text.encode())
    draw(fits).savefig(output / "reliability.png", dpi=120)
    click.echo(text)


if __name__ == "__main__":
    main()
