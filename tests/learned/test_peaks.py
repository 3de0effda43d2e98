"""Peaks against SciPy's maximum filter."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter, minimum_filter

from featmatch.learned.extraction.peaks import RADIUS, find_peaks


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


@settings(max_examples=30)
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
