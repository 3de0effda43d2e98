"""Areas under ROC curves against scikit-learn, and what channels are said to answer to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from featmatch.compare.separability import answers, auroc, lift


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 4), st.integers(1, 12))
@settings(max_examples=30)
def test_auroc_is_that_of_sklearn_also_with_ties(num_positive, num_negative, channels, levels):
    rng = np.random.default_rng(num_positive * 61 + num_negative)
    positive = rng.integers(0, levels, (num_positive, channels)).astype(np.float32)
    negative = rng.integers(0, levels, (num_negative, channels)).astype(np.float32)
    labels = np.repeat([1, 0], [num_positive, num_negative])
    scores = np.concatenate([positive, negative])
    expected = [roc_auc_score(labels, column) for column in scores.T]
    np.testing.assert_allclose(auroc(positive, negative), expected, atol=1e-12)
    np.testing.assert_allclose(auroc(negative, positive), 1 - np.array(expected), atol=1e-12)


def test_auroc_of_gaussians_is_known():
    """Of two normal distributions a distance d apart it is Phi(d / sqrt 2): 0.760 for d = 1."""
    rng = np.random.default_rng(0)
    positive, negative = rng.normal(1, 1, (20000, 1)), rng.normal(0, 1, (20000, 1))
    assert auroc(positive, negative)[0] == pytest.approx(0.7602, abs=0.01)


def test_lift_is_a_ratio_of_positive_means():
    everywhere = np.array([[1.0, -1, 0], [3, -2, 4], [-100, -3, 0]])
    found = lift(np.array([[2.0, -1, 8], [4, 5, 8]]), everywhere)
    np.testing.assert_allclose(found, [3 / (4 / 3), 2.5, 8 / (4 / 3)])
    np.testing.assert_array_equal(lift(-np.ones((2, 1)), -np.ones((3, 1))), [0])


def places(rng, num=60, **shifts):
    """Values of one channel, normal around a shift for each kind."""
    return {
        name.replace("_", " "): rng.normal(shift, 1, (num, 1)) for name, shift in shifts.items()
    }


@pytest.mark.parametrize("best", ["corner", "edge", "blob", "flat"])
def test_a_channel_answers_to_where_it_is_large(best):
    rng = np.random.default_rng(1)
    shifts = {name: 2.0 * (name == best) for name in ("corner", "edge", "blob", "flat")}
    assert answers(places(rng, **shifts)) == (best,)


def test_edges_of_one_direction_are_enough():
    rng = np.random.default_rng(2)
    assert answers(places(rng, corner=0, flat=0, edge_0=-2, edge_1=2, edge_2=-2)) == ("edge",)


@pytest.mark.parametrize("shift", [0, 2])
def test_kinds_that_are_alike_are_mixed(shift):
    rng = np.random.default_rng(3)
    found = answers(places(rng, 2000, corner=shift, edge_0=shift, edge_1=0, flat=0))
    assert found == ("mixed",)


def test_each_channel_gets_its_own_word():
    corner, flat = np.zeros((30, 3)), np.zeros((30, 3))
    corner[:, 0], flat[:, 1] = 1, 1
    assert answers({"corner": corner, "flat": flat}) == ("corner", "flat", "mixed")


@pytest.mark.parametrize("num", [0, 1, 24])
def test_too_few_places_say_nothing(num):
    values = np.ones((num, 2))
    assert answers({"corner": values, "flat": np.zeros((100, 2))}) == ()
    assert answers({"corner": np.ones((99, 2)), "flat": values, "edge 1": values}) == ()
    assert answers({}) == ()
