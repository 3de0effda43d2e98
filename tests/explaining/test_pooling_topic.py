"""Pooling: what is kept and what is lost, in NumPy's own terms."""

from __future__ import annotations

import numpy as np
import pytest

from featmatch.explaining.pooling import pooling
from featmatch.images.image import read_image

GRAY = np.random.default_rng(10).integers(0, 256, (67, 90), dtype=np.uint8)
DATA = pooling(read_image(GRAY)).data
CURVES = {curve.label: curve.changes for curve in DATA["curves"]}


def windows(numbers, factor):
    """(rows, columns, factor * factor): the numbers in each whole window."""
    height, width = (side // factor for side in numbers.shape)
    whole = numbers[: height * factor, : width * factor].astype(float)
    cells = whole.reshape(height, factor, width, factor).swapaxes(1, 2)
    return cells.reshape(height, width, -1)


def root_mean_square(numbers):
    return np.sqrt(np.mean(np.square(numbers)))


def test_numbers_shown_are_pooled_by_the_engine():
    cells = windows(DATA["crop"][:8, :8], 2)
    np.testing.assert_array_equal(DATA["maxima"], cells.max(axis=-1))
    np.testing.assert_array_equal(DATA["means"], cells.mean(axis=-1))


@pytest.mark.parametrize("pooled", DATA["pictures"], ids=lambda each: str(each.factor))
def test_pictures_repeat_what_is_kept(pooled):
    cells = windows(GRAY, pooled.factor)
    assert pooled.num_kept == cells.shape[0] * cells.shape[1]
    corner = pooled.maxima[:: pooled.factor, :: pooled.factor]
    np.testing.assert_array_equal(corner, cells.max(axis=-1))
    assert np.abs(pooled.means[:: pooled.factor, :: pooled.factor] - cells.mean(-1)).max() <= 0.5
    np.testing.assert_array_equal(windows(pooled.maxima, pooled.factor).std(axis=-1), 0)


@pytest.mark.parametrize("pooled", DATA["pictures"], ids=lambda each: str(each.factor))
def test_errors_are_those_of_the_repeated_numbers(pooled):
    cells = windows(GRAY, pooled.factor)
    lost = root_mean_square(cells - cells.max(axis=-1, keepdims=True))
    assert pooled.max_error == pytest.approx(lost, abs=1e-3)
    assert pooled.mean_error == pytest.approx(np.sqrt(cells.var(axis=-1).mean()), abs=1e-3)
    assert pooled.mean_error < pooled.max_error


def test_changes_by_a_shift():
    assert DATA["shifts"] == tuple(range(9))
    for changes in CURVES.values():
        assert changes[0] == 0
        assert len(changes) == 9
    width = 90 - 8
    still, moved = GRAY[:, :width], GRAY[:, 3 : 3 + width]
    by_hand = {
        "the picture itself": still.astype(float) - moved,
        "every fourth pixel": still[::4, ::4].astype(float) - moved[::4, ::4],
        "max pooling, 4 x 4": windows(still, 4).max(-1) - windows(moved, 4).max(-1),
        "average pooling, 4 x 4": windows(still, 4).mean(-1) - windows(moved, 4).mean(-1),
    }
    for label, difference in by_hand.items():
        assert CURVES[label][3] == pytest.approx(root_mean_square(difference), abs=1e-3)


def test_what_repeats_with_the_shift_does_not_change():
    stripes = np.tile(np.arange(8, dtype=np.uint8) * 30, (40, 10))
    for curve in pooling(read_image(stripes)).data["curves"]:
        assert curve.changes[8] == 0
        assert curve.changes[4] > 0
