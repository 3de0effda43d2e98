"""What the JSON file of a bench holds, explained key by key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from featmatch.evaluation.bench.bench import BenchResult
from featmatch.evaluation.bench.summary import LIMITS
from featmatch.plain import plain

_NUM_DIGITS = 7  # of floats; more than any measure here is good for
_SPREAD = "{mean, median}"

BENCH_JSON_KEYS = {
    "settings.seed": ("", "of the random search"),
    "settings.max_size": ("px", "limit to the long side of the images worked on; 0: none"),
    "settings.max_keypoints": ("", "limit for every method, or null: that of each method"),
    "settings.featmatch": ("", "version"),
    "settings.code": ("", "number of the code and the weights that the scores were made by"),
    "settings.numpy": ("", "version"),
    "settings.opencv": ("", "version"),
    "methods": ("", "method -> its steps: method, max_keypoints, extractor, matcher, estimator"),
    "summaries[].suite": ("", "name of the suite"),
    "summaries[].group": ("", "the pairs of the suite that are meant; empty: all"),
    "summaries[].method": ("", "as it was asked for"),
    "summaries[].num_pairs": ("", "number of pairs"),
    "summaries[].num_measured": ("", "kind -> its number of pairs"),
    "summaries[].homography_auc": ("0 to 1", "areas under the curve of errors up to 3, 5, 10 px"),
    "summaries[].homography_error": ("px", f"{_SPREAD} of the pairs' mean transfer errors"),
    "summaries[].homography_curve": ("0 to 1", "shares of pairs with an error up to 1 ... 10 px"),
    "summaries[].corner_auc": ("0 to 1", "as homography_auc, of the four corners' mean error"),
    "summaries[].epipolar_accuracy": ("0 to 1", f"{_SPREAD} of the pairs' mean over 1 ... 10 px"),
    "summaries[].epipolar_curve": (
        "0 to 1",
        "shares of labeled points within 1 ... 10 px of their epipolar lines",
    ),
    "summaries[].pose_auc": ("0 to 1", "areas under the curve of errors up to 5, 10, 20 degrees"),
    "summaries[].pose_error_degrees": ("degrees", f"{_SPREAD} of the larger of two angles"),
    "summaries[].pose_curve": ("0 to 1", "shares of pairs with an error up to 1 ... 20 degrees"),
    "summaries[].repeatability": ("0 to 1", f"{_SPREAD}: keypoints found in both, 3 px"),
    "summaries[].chance_repeatability": ("0 to 1", f"{_SPREAD} expected for as many random points"),
    "summaries[].accuracy": ("0 to 1", "mean matching accuracy (MMA) at 1 ... 10 px"),
    "summaries[].matching_score": ("0 to 1", f"{_SPREAD}: right matches / visible keypoints, 3 px"),
    "summaries[].accepted": ("0 to 1", "share of related pairs that the verdict accepts"),
    "summaries[].false_accepts": ("0 to 1", "share of unrelated pairs that the verdict accepts"),
    "summaries[].num_keypoints": ("", f"{_SPREAD}, of an image"),
    "summaries[].num_matches": ("", _SPREAD),
    "summaries[].num_inliers": ("", _SPREAD),
    "summaries[].seconds": ("s", f"{_SPREAD} a pair, from files to verdict"),
    "summaries[].stage_seconds": ("s", "stage of the answer -> median"),
    "summaries[].step_seconds": ("s", "method tried -> median of the pairs it was tried on"),
    "summaries[].answered_by": ("", "method -> number of pairs with its answer"),
    "summaries[].num_processes": ("", "processes at work while times were taken"),
    "scores[].suite": ("", "name of the suite"),
    "scores[].pair": ("", "name of the pair"),
    "scores[].group": ("", "the group it belongs to; empty: none"),
    "scores[].kind": ("", "planar, twoview, pose, related or unrelated"),
    "scores[].method": ("", "as it was asked for"),
    "scores[].answered_by": ("", "the method whose answer it is"),
    "scores[].verdict": ("", "its kind: scene, part or none"),
    "scores[].confidence": ("0 to 1", "of the verdict"),
    "scores[].model_confidence": ("0 to 1", "of the verdict: that the model is right"),
    "scores[].log10_false_alarms": ("", "of the verdict"),
    "scores[].num_keypoints0": ("", "of image 0"),
    "scores[].num_keypoints1": ("", "of image 1"),
    "scores[].num_matches": ("", "number of matches, right and wrong"),
    "scores[].num_inliers": ("", "number of inliers, as `match` counts them"),
    "scores[].homography_error": ("px", "mean transfer error; for planar pairs"),
    "scores[].corner_error": ("px", "mean error of the four corners; for known homographies"),
    "scores[].epipolar_curve": ("0 to 1", "shares of labeled points at 1 ... 10 px, or null"),
    "scores[].pose_error_degrees": ("degrees", "larger of two angles; for known cameras"),
    "scores[].repeatability": ("0 to 1", "keypoints found in both images, 3 px, or null"),
    "scores[].chance_repeatability": ("0 to 1", "expected for as many random points, or null"),
    "scores[].accuracy": ("0 to 1", "shares of right matches at 1 ... 10 px, or null"),
    "scores[].matching_score": ("0 to 1", "right matches / visible keypoints, 3 px, or null"),
    "scores[].seconds": ("s", "from files to verdict"),
    "scores[].stage_seconds": ("s", "stage of the answer -> time"),
    "scores[].step_seconds": ("s", "method tried -> time"),
    "scores[].num_processes": ("", "processes at work meanwhile"),
}
"""Key of a bench's document -> (unit, meaning).

A measure is null where no pair has the truth for it. An error without a model, a mean that such an
error is part of, and a median of mostly such errors are infinite, which JSON cannot say: null too.
"""


def bench_document(result: BenchResult) -> dict[str, Any]:
    """Turn a bench into plain numbers, strings, lists and objects."""
    document: dict[str, Any] = plain(result, num_digits=_NUM_DIGITS, not_finite="null")
    return document


def columns_of(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Make one row of a table of a summary or a score of a document.

    A curve becomes a column for each of its places, such as ``accuracy_3``, and an object a column
    for each of its keys, such as ``seconds_median``. Other lists stay in one column.
    """
    columns: dict[str, Any] = {}
    for name, value in entry.items():
        if name in LIMITS:
            places = LIMITS[name]
            values = value or [None] * len(places)
            columns |= {f"{name}_{at}": v for at, v in zip(places, values, strict=True)}
        elif isinstance(value, Mapping):
            columns |= {f"{name}_{key}": v for key, v in value.items()}
        elif isinstance(value, list):
            columns[name] = " ".join(map(str, value))
        else:
            columns[name] = value
    return columns
