"""Means, medians and areas over pairs, against closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.evaluation.bench.pair_score import PairScore
from featmatch.evaluation.bench.summary import LIMITS, Spread, summarize

ERRORS = st.lists(st.floats(0, 30) | st.just(np.inf), min_size=1, max_size=9)


def scored(kind="planar", **measures):
    nothing = PairScore(
        **{"suite": "suite", "pair": "pair", "group": "", "kind": kind, "method": "auto"},
        **{"answered_by": "orb", "verdict": "scene", "confidence": 0.9},
        **{"model_confidence": 0.8, "log10_false_alarms": -20.0},
        **{"num_keypoints0": 100, "num_keypoints1": 300, "num_matches": 50, "num_inliers": 20},
        **{"homography_error": None, "corner_error": None, "epipolar_curve": None},
        **{"pose_error_degrees": None, "repeatability": None, "chance_repeatability": None},
        **{"accuracy": None, "matching_score": None, "seconds": 1.0},
        **{"stage_seconds": {"read": 0.1}, "step_seconds": {"orb": 0.5}, "num_processes": 1},
    )
    return replace(nothing, **measures)


def test_areas_and_shares_of_homography_errors():
    errors = [1.0, 4.0, 8.0, np.inf]
    summary = summarize([scored(homography_error=error) for error in errors])
    # Up to 3 px: a triangle to 1 px and a quarter from there; of the others, trapezia.
    expected = (
        (0.125 + 2 * 0.25) / 3,
        (0.125 + 3 * 0.375 + 0.5) / 5,
        (0.125 + 3 * 0.375 + 4 * 0.625 + 2 * 0.75) / 10,
    )
    assert summary.homography_auc == pytest.approx(expected)
    assert summary.homography_curve == (0.25,) * 3 + (0.5,) * 4 + (0.75,) * 3
    assert summary.homography_error == Spread(np.inf, 6.0)
    assert summary.corner_auc is summary.pose_auc is summary.epipolar_accuracy is None


def test_corner_errors_have_their_own_area():
    summary = summarize([scored(homography_error=9.0, corner_error=0.0)])
    assert summary.corner_auc == (1.0, 1.0, 1.0)
    assert summary.homography_auc[:2] == (0.0, 0.0)


def test_poses():
    summary = summarize([scored("pose", pose_error_degrees=e) for e in (0.0, 10.0, np.inf)])
    thirds = np.array((5 / 3, 10 / 3 + 10 * 1 / 6, 10 / 3 + 10 / 6 + 10 * 2 / 3))
    expected = (5 / 3 / 5, (10 / 3) / 10, thirds[2] / 20)
    assert summary.pose_auc == pytest.approx(expected)
    assert summary.pose_curve == (1 / 3,) * 9 + (2 / 3,) * 11
    assert summary.pose_error_degrees == Spread(np.inf, 10.0)


def test_curves_are_means_over_the_pairs_that_have_them():
    low, high = tuple(np.linspace(0, 0.9, 10)), (1.0,) * 10
    summary = summarize(
        [
            scored("twoview", epipolar_curve=low),
            scored("twoview", epipolar_curve=high),
            scored("planar", accuracy=low),
            scored("unrelated", verdict="none"),
        ]
    )
    assert summary.epipolar_curve == pytest.approx((np.array(low) + 1) / 2)
    assert summary.epipolar_accuracy.mean == pytest.approx((0.45 + 1) / 2)
    assert summary.accuracy == pytest.approx(low)
    assert summary.num_pairs == 4
    assert summary.num_measured == {"twoview": 2, "planar": 1, "unrelated": 1}


def test_verdicts_are_counted_apart():
    kinds = [("planar", True), ("pose", False), ("unrelated", True), ("unrelated", False)]
    summary = summarize(
        [scored(kind, verdict="scene" if accepted else "none") for kind, accepted in kinds]
    )
    assert (summary.accepted, summary.false_accepts) == (0.5, 0.5)
    assert summarize([scored("related", verdict="part")]).accepted == 1
    assert summarize([scored()]).false_accepts is None
    assert summarize([scored("unrelated")]).accepted is None


def test_counts_and_times():
    summary = summarize(
        [
            scored(seconds=1.0, num_processes=2),
            scored(seconds=2.0, stage_seconds={"read": 0.3}, answered_by="sift"),
            scored(seconds=9.0, step_seconds={"orb": 0.7, "sift": 2.0}, num_matches=20),
        ]
    )
    assert summary.seconds == Spread(4.0, 2.0)
    assert summary.num_keypoints == Spread(200.0, 200.0)
    assert summary.num_matches == Spread(40.0, 50.0)
    assert summary.num_inliers == Spread(20.0, 20.0)
    assert summary.stage_seconds == {"read": 0.1}
    assert summary.step_seconds == {"orb": 0.5, "sift": 2.0}
    assert summary.answered_by == {"orb": 2, "sift": 1}
    assert summary.num_processes == (1, 2)


def test_a_group_is_named():
    assert summarize([scored()], "easy").group == "easy"
    assert summarize([scored()]).group == ""


@settings(max_examples=30)
@given(ERRORS, st.randoms(use_true_random=False))
def test_order_does_not_matter(errors, random):
    scores = [scored(homography_error=error) for error in errors]
    shuffled = scores.copy()
    random.shuffle(shuffled)
    first, second = summarize(scores), summarize(shuffled)
    assert first.homography_auc == pytest.approx(second.homography_auc)
    assert first.homography_curve == second.homography_curve
    assert first.homography_error.median == second.homography_error.median


@settings(max_examples=30)
@given(ERRORS)
def test_areas_lie_between_the_shares(errors):
    """Recall rises, so its mean up to 10 px is no more than at 10 px."""
    summary = summarize([scored(homography_error=error) for error in errors])
    assert 0 <= summary.homography_auc[2] <= summary.homography_curve[-1] + 1e-12


def test_limits_fit_the_curves():
    curve = tuple(np.linspace(0, 1, 10))
    summary = summarize(
        [
            scored(homography_error=1.0, corner_error=1.0, accuracy=curve),
            scored("pose", pose_error_degrees=2.0, epipolar_curve=curve),
        ]
    )
    assert {name: len(getattr(summary, name)) for name in LIMITS} == {
        name: len(limits) for name, limits in LIMITS.items()
    }
