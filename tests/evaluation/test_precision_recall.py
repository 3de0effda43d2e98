"""Precision and recall, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve

from featmatch.evaluation.metrics.precision_recall import PrecisionRecall, precision_recall

SAMPLES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, 3.0]), st.booleans()),
    min_size=1,
    max_size=60,
)


@settings(max_examples=30)
@given(SAMPLES)
def test_agrees_with_scikit_learn(samples):
    distances, correct = (np.array(column) for column in zip(*samples, strict=True))
    if not correct.any():
        return
    found = precision_recall(distances, correct, int(correct.sum()))
    assert found.average_precision == pytest.approx(average_precision_score(correct, -distances))
    precision, recall, _ = precision_recall_curve(correct, -distances)
    np.testing.assert_allclose(found.recall, recall[:-1][::-1])
    np.testing.assert_allclose(found.precision, precision[:-1][::-1])


def test_what_is_missing_costs_recall():
    found = precision_recall([0.1, 0.2, 0.3], [True, False, True], 4)
    assert found == PrecisionRecall(
        precision=(1.0, 1 / 2, 2 / 3),
        recall=(1 / 4, 1 / 4, 2 / 4),
        average_precision=pytest.approx(1 / 4 * 1 + 1 / 4 * 2 / 3),
    )


def test_a_long_curve_is_thinned_and_its_area_is_not():
    rng = np.random.default_rng(0)
    distances = rng.random(5000)
    correct = rng.random(5000) > distances
    found = precision_recall(distances, correct, int(correct.sum()))
    assert len(found.precision) == len(found.recall) == 100
    assert list(found.recall) == sorted(found.recall)
    assert (found.recall[-1], found.precision[-1]) == (1.0, pytest.approx(correct.mean()))
    assert found.average_precision == pytest.approx(average_precision_score(correct, -distances))


@pytest.mark.parametrize(("num_possible", "average_precision"), [(0, None), (1, 0.0), (5, 0.0)])
def test_without_matches(num_possible, average_precision):
    assert precision_recall([], [], num_possible) == PrecisionRecall((), (), average_precision)


def test_matches_of_which_none_could_be_right():
    assert precision_recall([0.1, 0.2], [False, False], 0) == PrecisionRecall((), (), None)


def test_one_match():
    assert precision_recall([7.0], [True], 1) == PrecisionRecall((1.0,), (1.0,), 1.0)
    assert precision_recall([7.0], [False], 2) == PrecisionRecall((0.0,), (0.0,), 0.0)


@pytest.mark.parametrize(
    ("distances", "correct", "num_possible", "message"),
    [
        ([1.0, 2.0], [True], 1, r"correct: expected shape \(2,\) as that of distances, got \(1,\)"),
        (
            [1.0, 2.0],
            [True, True],
            1,
            "num_possible: expected at least the 2 that are right, got 1",
        ),
    ],
)
def test_bad_input_is_told(distances, correct, num_possible, message):
    with pytest.raises(ValueError, match=message):
        precision_recall(distances, correct, num_possible)
