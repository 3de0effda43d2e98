"""Probes against scikit-learn's logistic regression."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from featmatch.compare.separability import probe, probe_chance, train_probe


def examples(num=400, channels=6, seed=0):
    """Channels that tell labels from each other, but not surely, in either half."""
    rng = np.random.default_rng(seed)
    labels = rng.random(num) < 0.3
    values = rng.normal(size=(num, channels)).astype(np.float32)
    values[:, 0] += 1.2 * labels
    values[:, 1] = 5 + 100 * (values[:, 1] - 0.8 * labels)
    return values, labels, rng.random(num) < 0.5


def test_weights_are_those_of_sklearn():
    values, labels, _ = examples()
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    weight, bias = train_probe(scaled.astype(np.float32), labels, 1000)
    # scikit-learn: sum of losses * C + |w|^2 / 2; here: mean of losses + 0.001 |w|^2
    expected = LogisticRegression(C=1 / (2e-3 * len(labels)), tol=1e-8).fit(scaled, labels)
    np.testing.assert_allclose(weight[:, 0], expected.coef_[0], atol=2e-3)
    np.testing.assert_allclose(bias, expected.intercept_, atol=2e-3)


def test_average_precision_is_that_of_sklearn_on_the_other_half():
    values, labels, half = examples(seed=1)
    expected = []
    for train in (half, ~half):
        mean, deviation = values[train].mean(axis=0), values[train].std(axis=0)
        scaled = (values - mean) / deviation
        model = LogisticRegression(C=1 / (2e-3 * train.sum())).fit(scaled[train], labels[train])
        scores = model.decision_function(scaled[~train])
        expected.append(average_precision_score(labels[~train], scores))
    assert probe(values, labels, half) == pytest.approx(np.mean(expected), abs=0.01)
    assert probe(values, labels, half) == probe(values, labels, half)


def test_what_tells_all_is_read_off_and_what_tells_nothing_is_not():
    values, labels, half = examples(1000)
    assert probe(np.column_stack([values, 3.0 * labels]), labels, half) == pytest.approx(1)
    noise = np.random.default_rng(0).normal(size=(1000, 3))
    assert probe(noise, labels, half) == pytest.approx(probe_chance(labels, half), abs=0.06)
    assert probe(np.full((1000, 1), 7.0), labels, half) == probe_chance(labels, half)


def test_chance_is_the_share_of_the_property_in_each_half():
    labels = np.array([True, False, True, True])
    assert probe_chance(labels, np.array([True, True, False, False])) == pytest.approx(0.75)
    assert probe_chance(labels, np.ones(4, bool)) == pytest.approx(0.75)
    assert probe_chance(np.zeros(0, bool), np.zeros(0, bool)) is None


@pytest.mark.parametrize("few", [0, 1, 9])
@pytest.mark.parametrize("kind", [True, False])
@pytest.mark.parametrize("side", [True, False])
def test_too_few_places_say_nothing(few, kind, side):
    values, labels, half = examples(200)
    rare = np.flatnonzero((labels == kind) & (half == side))
    assert len(rare) > 10
    keep = np.ones(200, bool)
    keep[rare[few:]] = False
    assert probe(values[keep], labels[keep], half[keep]) is None
    keep[rare[:10]] = True
    assert probe(values[keep], labels[keep], half[keep], num_steps=3) is not None
