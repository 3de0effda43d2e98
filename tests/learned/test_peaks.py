"""Peaks against SciPy's maximum filter, and their positions against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from gradient_check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter, minimum_filter

from featmatch import nn
from featmatch.learned.peaks import RADIUS, find_peaks, length, refine_peaks

OFFSETS = [(x, y) for y in range(-RADIUS, RADIUS + 1) for x in range(-RADIUS, RADIUS + 1)]


def noise(height, width, seed=0, levels=None):
    """Random logits, of a few levels only if there shall be plateaus."""
    rng, shape = np.random.default_rng(seed), (height, width)
    values = rng.normal(size=shape) if levels is None else rng.integers(levels, size=shape)
    return values.astype(np.float32)


def expected_peaks(logits, border):
    """(x, y) of all peaks, by SciPy."""
    size = 2 * RADIUS + 1
    highest = maximum_filter(logits, size, mode="nearest")
    lowest = minimum_filter(logits, size, mode="nearest")
    y, x = np.nonzero((logits == highest) & (logits > lowest))
    inside = (x >= border) & (x < logits.shape[1] - border)
    inside &= (y >= border) & (y < logits.shape[0] - border)
    return set(zip(x[inside].tolist(), y[inside].tolist(), strict=True))


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(RADIUS, 6), st.sampled_from([None, 2, 4])
)
def test_peaks_are_those_of_a_maximum_filter(height, width, border, levels):
    logits = noise(height, width, levels=levels)
    found = find_peaks(logits, 10_000, border=border)
    assert found.dtype == np.int64
    assert set(map(tuple, found.tolist())) == expected_peaks(logits, border)
    heights = logits[found[:, 1], found[:, 0]]
    assert (np.diff(heights) <= 0).all()
    np.testing.assert_array_equal(find_peaks(logits, 5, border=border), found[:5])


def test_a_flat_map_has_no_peaks():
    assert find_peaks(np.full((30, 40), 1.5, np.float32), 100).shape == (0, 2)


def test_peaks_lie_where_they_may():
    logits = noise(40, 50)
    usable = np.zeros((40, 50), bool)
    usable[10:20, 25:] = True
    everywhere = find_peaks(logits, 1000)
    chosen = usable[everywhere[:, 1], everywhere[:, 0]]
    assert 0 < chosen.sum() < len(everywhere)
    np.testing.assert_array_equal(find_peaks(logits, 1000, usable=usable), everywhere[chosen])


def test_equal_peaks_come_row_by_row():
    logits = np.zeros((20, 30), np.float32)
    logits[[4, 4, 12], [20, 8, 14]] = 1
    assert find_peaks(logits, 10).tolist() == [[8, 4], [20, 4], [14, 12]]


def bump(x, y, size=15, sigma=1.5, height=1.0):
    """Logits of a Gaussian bump of scores."""
    rows, columns = np.mgrid[:size, :size]
    scores = height * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    scores = np.clip(scores, 1e-4, 1 - 1e-4)
    return np.log(scores / (1 - scores))[None, ..., None]


@settings(max_examples=30, deadline=None)
@given(st.floats(-0.45, 0.45), st.floats(-0.45, 0.45))
def test_a_peak_moves_towards_the_true_centre(x, y):
    logits = bump(7 + x, 7 + y)
    (peak,) = find_peaks(logits[0, ..., 0].astype(np.float32), 1)
    assert peak.tolist() == [7, 7]
    positions, _ = refine_peaks(nn.Tensor(logits), peak[None])
    for moved, true in zip(positions.data[0] - 7, (x, y), strict=True):
        assert moved * true >= 0
        assert abs(moved - true) <= 0.25 * abs(true) + 1e-9


def test_positions_and_spreads_are_those_of_the_softmax():
    logits = np.random.default_rng(0).normal(size=(1, 12, 12, 1))
    peaks = np.array([(5, 6), (2, 9)])
    positions, spreads = refine_peaks(nn.Tensor(logits), peaks)
    for (x, y), position, spread in zip(peaks, positions.data, spreads.data, strict=True):
        scores = np.array([1 / (1 + np.exp(-logits[0, y + v, x + u, 0])) for u, v in OFFSETS])
        weights = np.exp(scores / 0.1) / np.exp(scores / 0.1).sum()
        mean = weights @ np.array(OFFSETS)
        np.testing.assert_allclose(position - (x, y), mean, rtol=1e-6)
        distances = np.linalg.norm(np.array(OFFSETS) - mean, axis=1)
        assert spread == pytest.approx(weights @ distances, rel=1e-3)


def test_a_flat_window_is_spread_evenly():
    positions, spreads = refine_peaks(nn.Tensor(np.zeros((1, 9, 9, 1))), np.array([(4, 4)]))
    np.testing.assert_allclose(positions.data, [(4, 4)], atol=1e-6)
    assert spreads.item() == pytest.approx(np.mean([np.hypot(x, y) for x, y in OFFSETS]), rel=1e-3)


def test_a_pointed_peak_spreads_less():
    wide, pointed = (
        refine_peaks(nn.Tensor(bump(7, 7, sigma=sigma)), np.array([(7, 7)]))[1].item()
        for sigma in (2.0, 0.7)
    )
    assert pointed < 0.5 * wide


def test_there_may_be_no_peaks_to_refine():
    positions, spreads = refine_peaks(
        nn.Tensor(noise(9, 9)[None, ..., None]), np.zeros((0, 2), int)
    )
    assert (positions.shape, spreads.shape) == ((0, 2), (0,))


def test_positions_and_spreads_have_the_right_gradients():
    logits = np.random.default_rng(0).normal(size=(1, 7, 8, 1))
    peaks = np.array([(3, 3), (5, 4), (2, 2)])
    check_gradients(lambda x: refine_peaks(x, peaks)[0], logits)
    check_gradients(lambda x: refine_peaks(x, peaks)[1], logits, tolerance=1e-5)


def test_lengths_are_euclidean_and_have_a_gradient_at_zero():
    vectors = np.array([(3.0, 4.0), (0, 0), (-1, 0)])
    x = nn.Tensor(vectors, requires_grad=True)
    np.testing.assert_allclose(length(x).data, [5, 1e-3, 1], rtol=1e-6)
    (gradient,) = nn.grad(length(x).sum(), [x])
    np.testing.assert_allclose(gradient, [(0.6, 0.8), (0, 0), (-1, 0)], rtol=1e-6)
