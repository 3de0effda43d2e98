"""Results in words."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from drawn_pictures import SHIFT, SIDEWAYS, make_features, make_image, make_result, no_model

from featmatch import Step
from featmatch.report.match.text import (
    confidence_in_words,
    features_line,
    match_line,
    match_summary,
    seconds_in_words,
)
from featmatch.types import Kind


def fields(result):
    """The lines of a summary after the first: name -> value."""
    return dict(line.split(None, 1) for line in match_summary(result).splitlines()[1:])


def test_a_summary_begins_with_the_verdict():
    assert match_summary(make_result()).startswith("Match: the reason of the verdict.\n")
    assert match_summary(no_model(3)).startswith("No match: the reason of the verdict.\n")


def test_the_line_is_in_the_repr_too():
    result = make_result()
    assert match_line(result) == "match: the reason of the verdict"
    assert repr(result) == f"<MatchResult: {match_line(result)}>"


def test_a_summary_tells_the_numbers():
    result = make_result((400, 300), (90, 70), num=2000, num_inliers=1500)
    result = replace(result, verdict=replace(result.verdict, model_confidence=0.75))
    assert fields(result) == {
        "confidence": "more than 99.9 % that they show the same, 75.0 % that the model is right",
        "method": "orb",
        "images": "a.jpg (400 x 300) | b.jpg (90 x 70)",
        "keypoints": "2,000 | 2,000",
        "matches": "2,000, of which 1,500 agree with the model",
        "model": "homography (a plane, or a camera that only turned)",
        "error": "1.00 px median, 1.00 px for 90 % of the inliers",
        "time": "0.10 s (orb: read 0.10)",
    }


def test_the_error_is_of_the_inliers():
    result = make_result(num=11, num_inliers=11)
    geometry = replace(result.geometry, residuals=np.arange(11) / 10)
    told = fields(replace(result, geometry=geometry))["error"]
    assert told == "0.50 px median, 0.90 px for 90 % of the inliers"
    geometry = replace(geometry, predicted_error=0.0423)
    told = fields(replace(result, geometry=geometry))["error"]
    assert told.endswith("; the model itself is expected to be 0.042 px off")


@pytest.mark.parametrize("num", [0, 1, 2])
def test_no_model_has_no_error(num):
    told = fields(no_model(num))
    assert "error" not in told
    assert told["model"] == "no model"
    assert told["matches"] == f"{num}, of which 0 agree with the model"


def test_a_rejected_model_claims_no_error():
    assert "error" not in fields(make_result(accepted=False))


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_model_has_words(kind):
    matrix = {"none": None, "fundamental": SIDEWAYS, "essential": SIDEWAYS}.get(kind, SHIFT)
    cameras = (
        dict.fromkeys(("intrinsics0", "intrinsics1"), np.eye(3)) if kind == "essential" else {}
    )
    result = make_result(num_inliers=0 if kind == "none" else 20)
    geometry = replace(result.geometry, kind=kind, matrix=matrix, reason="because", **cameras)
    told = fields(replace(result, geometry=geometry))["model"]
    assert told.split()[0] in (kind, "no")
    assert ("(" in told) == (kind in ("homography", "fundamental", "essential"))


def test_steps_are_told_in_order_with_the_time_of_all():
    steps = (Step("orb", False, 0.1, 7, 5, 0.5), Step("sift", True, 0.9, 9, 8, 2.0))
    result = replace(
        make_result(), steps=steps, method="sift", seconds={"read": 0.25, "match": 1.5}
    )
    assert fields(result)["method"] == "orb -> sift; the answer is that of sift"
    late = replace(result, steps=steps[:1], method="orb", stopped="out of time")
    assert fields(late)["method"] == "orb; out of time, so this is the best answer so far"
    assert seconds_in_words(result) == "2.75 s (sift: read 0.25, match 1.50)"


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (0.0, "0.0 %"),
        (0.5, "50.0 %"),
        (0.999, "99.9 %"),
        (0.9991, "more than 99.9 %"),
        (1.0, "more than 99.9 %"),
    ],
)
def test_confidence_never_claims_certainty(confidence, words):
    assert confidence_in_words(confidence) == words


@pytest.mark.parametrize(
    ("num", "words"), [(0, "0 orb keypoints"), (1, "1 orb keypoint"), (1234, "1,234 orb keypoints")]
)
def test_features_are_one_line(num, words):
    image = make_image(40, 30, "a.jpg")
    features = make_features(image, np.zeros((num, 2)))
    assert features_line(image, features) == f"a.jpg (40 x 30): {words}"
