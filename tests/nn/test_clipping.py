"""Clipped gradients: their length, their direction, messages."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from featmatch.nn.clipping import clip_grad_norm


def test_long_gradients_are_clipped_and_short_ones_kept():
    own = [np.array([[3.0, 0.0]]), np.array([0.0, 4.0])]
    clipped, norm = clip_grad_norm(own, 1)
    assert norm == 5
    np.testing.assert_allclose(clipped[0], [[0.6, 0]])
    np.testing.assert_allclose(clipped[1], [0, 0.8])
    np.testing.assert_array_equal(own[0], [[3, 0]])
    for limit in (5, 7.5, math.inf):
        kept, norm = clip_grad_norm(own, limit)
        assert norm == 5
        for array, original in zip(kept, own, strict=True):
            np.testing.assert_array_equal(array, original)


@settings(max_examples=30)
@given(
    own=st.lists(
        st.integers(0, 3).flatmap(
            lambda size: arrays(np.float32, (size, 2), elements=st.floats(-100, 100, width=32))
        ),
        max_size=3,
    ),
    limit=st.floats(1e-3, 1e3),
)
def test_clipping_keeps_the_direction(own, limit):
    clipped, norm = clip_grad_norm(own, limit)
    flat = np.concatenate([np.zeros(1), *(array.ravel() for array in own)]).astype(np.float64)
    assert norm == pytest.approx(np.linalg.norm(flat), rel=1e-5)
    assert math.hypot(*(np.linalg.norm(array) for array in clipped)) <= limit * (1 + 1e-5)
    for array, original in zip(clipped, own, strict=True):
        assert array.dtype == np.float32
        np.testing.assert_allclose(
            array, original * min(1, limit / max(norm, 1e-30)), rtol=1e-5, atol=1e-30
        )


@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        *[(np.float32, size) for size in (1e30, 3.4e38, 1e-30, 1e-45)],
        *[(np.float64, size) for size in (1e200, 1.7e308, 1e-200, 5e-324)],
    ],
)
def test_gradients_of_any_size_are_clipped(dtype, size):
    """However large or small, no square overflows or vanishes."""
    own = [np.full((3, 1), size / 2, dtype), np.full(1, -size, dtype)]
    limit = size / 64 if size > 1 else 64 * size
    shares = [float(array.flat[0] / abs(own[1][0])) for array in own]
    length = math.sqrt(3 * shares[0] ** 2 + 1)
    clipped, norm = clip_grad_norm(own, limit)
    assert norm == pytest.approx(abs(float(own[1][0])) * length, rel=1e-6)
    factor = min(limit / norm, 1) if math.isfinite(norm) else limit / size / length
    for array, original in zip(clipped, own, strict=True):
        assert array.dtype == dtype
        np.testing.assert_allclose(array, original * factor, rtol=1e-6)


def test_refused_clipping():
    for value in (np.nan, np.inf, -np.inf):
        message = rf"gradients\[1\]: expected finite numbers, got {value} at index \(0\)"
        with pytest.raises(ValueError, match=message):
            clip_grad_norm([np.ones(2), np.array([value])], 1)
    with pytest.raises(TypeError, match=r"gradients\[0\]: expected an ndarray, got \[1\.0\]"):
        clip_grad_norm([[1.0]], 1)
    for limit in (0, -1, math.nan):
        with pytest.raises(ValueError, match="max_norm: expected a number above 0, got"):
            clip_grad_norm([np.ones(2)], limit)
