"""Places of peaks, against least squares and tops that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.learned.extraction.peaks import fit_peaks

Y, X = np.mgrid[-1:2, -1:2].astype(float)
PEAK = np.array([[1, 1]])


def paraboloid(a, b, c, x=0.0, y=0.0):
    """Heights around a top at (x, y), 3 x 3."""
    return -(a * (X - x) ** 2 + 2 * b * (X - x) * (Y - y) + c * (Y - y) ** 2)


@given(
    a=st.floats(0.1, 5),
    c=st.floats(0.1, 5),
    share=st.floats(-0.9, 0.9),
    x=st.floats(-0.74, 0.74),
    y=st.floats(-0.74, 0.74),
)
@settings(max_examples=30)
def test_the_top_of_a_paraboloid_is_found(a, c, share, x, y):
    heights = paraboloid(a, share * np.sqrt(a * c), c, x, y).astype(np.float32)
    np.testing.assert_allclose(fit_peaks(heights, PEAK), [[1 + x, 1 + y]], atol=1e-3)


def test_the_fit_is_the_one_of_least_squares():
    rng = np.random.default_rng(2)
    columns = [np.ones(9), *(term.ravel() for term in (X, Y, X**2, X * Y, Y**2))]
    tops = []
    for _ in range(50):
        heights = paraboloid(1, 0.2, 0.8) + rng.normal(scale=0.2, size=(3, 3))
        (_, x, y, xx, xy, yy), *_ = np.linalg.lstsq(np.stack(columns, 1), heights.ravel())
        top = np.linalg.solve([[2 * xx, xy], [xy, 2 * yy]], [-x, -y])
        tops.append(top)
        found = fit_peaks(heights.astype(np.float32), PEAK)[0] - 1
        np.testing.assert_allclose(found, np.clip(top, -0.75, 0.75), atol=1e-4)
    assert np.ptp(tops, axis=0).min() > 0.2


def test_peaks_are_placed_each_by_itself():
    rng = np.random.default_rng(3)
    heights, peaks = rng.normal(size=(30, 40)).astype(np.float32), rng.integers(1, 29, (25, 2))
    alone = [fit_peaks(heights, peak[None])[0] for peak in peaks]
    np.testing.assert_array_equal(fit_peaks(heights, peaks), alone)
    np.testing.assert_array_equal(fit_peaks(heights, peaks[:0]), np.zeros((0, 2)))


def test_x_is_to_the_right():
    heights = np.zeros((5, 9), np.float32)
    heights[1:4, 4:7] = (0, 1, 0), (1, 3, 2), (0, 1, 0)
    ((x, y),) = fit_peaks(heights, np.array([[5, 2]]))
    assert 5.05 < x < 5.5
    assert y == pytest.approx(2)


@pytest.mark.parametrize(
    "heights",
    [np.zeros((3, 3)), paraboloid(-1, 0, -1, 0.3), paraboloid(1, 0, -1), paraboloid(1, 1, 1) + X],
    ids=["level", "bowl", "saddle", "ridge"],
)
def test_a_peak_without_a_top_stays(heights):
    np.testing.assert_array_equal(fit_peaks(heights.astype(np.float32), PEAK), PEAK)


def test_a_top_far_away_is_not_gone_to():
    far = paraboloid(1, 0, 1, x=3, y=-0.2).astype(np.float32)
    np.testing.assert_allclose(fit_peaks(far, PEAK), [[1.75, 0.8]], atol=1e-5)
