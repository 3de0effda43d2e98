"""Which pixels ORB compares: what was found out predicts what OpenCV answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from featmatch.explaining.orb_bits import (
    RADIUS,
    ask_for_pairs,
    bits_at,
    smoothed,
    turned_pairs,
    unpacked,
)
from featmatch.images.image import read_image

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
GRAY = read_image(SAMPLES / "gallery_0.jpg").gray()
PAIRS = ask_for_pairs()


def test_pairs_lie_in_the_patch_and_differ():
    assert PAIRS.shape == (256, 4)
    assert PAIRS.dtype == np.int64
    assert np.abs(PAIRS).max() == 13  # as the paper's pattern on 31 x 31 pixels
    assert len({tuple(pair) for pair in PAIRS.tolist()}) == 256
    assert (PAIRS[:, :2] != PAIRS[:, 2:]).any(axis=1).all()


@pytest.mark.parametrize("angle", [0.0, 0.7, 2.5, 4.0, 6.1])
def test_they_predict_the_bits_of_a_photograph(angle):
    points = np.random.default_rng(1).integers(40, min(GRAY.shape) - 40, (400, 2))
    bits = bits_at(GRAY, points, np.full(400, angle))
    x, y = points[:, :1], points[:, 1:]
    pairs = turned_pairs(PAIRS, angle)
    smooth = smoothed(GRAY).astype(int)
    difference = smooth[y + pairs[:, 3], x + pairs[:, 2]] - smooth[y + pairs[:, 1], x + pairs[:, 0]]
    clear = np.abs(difference) > 4
    assert clear.mean() > 0.3
    assert ((difference > 0) == bits)[clear].mean() > 0.995


def test_a_wrong_pair_would_predict_less():
    points = np.random.default_rng(1).integers(40, min(GRAY.shape) - 40, (400, 2))
    bits = bits_at(GRAY, points, np.zeros(400))
    x, y = points[:, :1], points[:, 1:]
    smooth = smoothed(GRAY).astype(int)
    x0, y0, x1, y1 = np.roll(PAIRS, 1, axis=0).T
    wrong = (smooth[y + y0, x + x0] < smooth[y + y1, x + x1]) == bits
    assert wrong.mean() < 0.75


def test_pairs_are_turned_from_the_x_axis_to_the_y_axis():
    pairs = np.array([(5, 0, 0, -7)])
    np.testing.assert_array_equal(turned_pairs(pairs, np.pi / 2), [(0, 5, 7, 0)])
    np.testing.assert_array_equal(turned_pairs(pairs, np.pi), [(-5, 0, 0, 7)])
    turns = np.linspace(0, 2 * np.pi, 60)
    assert max(np.abs(turned_pairs(PAIRS, turn)).max() for turn in turns) <= RADIUS


def test_bits_are_unpacked_from_the_lowest():
    descriptor = np.zeros((1, 32), np.uint8)
    descriptor[0, :2] = 0b00000101, 0b10000000
    assert np.flatnonzero(unpacked(descriptor)).tolist() == [0, 2, 15]
