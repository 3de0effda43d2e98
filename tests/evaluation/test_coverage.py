"""Coverage of a grid, against closed forms and a histogram."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.evaluation.metrics.coverage import coverage


def test_a_point_in_every_pixel_covers_all():
    points = np.stack(np.meshgrid(np.arange(32), np.arange(24)), -1).reshape(-1, 2)
    assert coverage(points, (32, 24)) == 1
    assert coverage(points[:, ::-1], (24, 32)) == 1


@pytest.mark.parametrize("points", [[(0, 0)], [(0, 0), (9.4, 9.4)], [(-0.5, -0.5), (3, 3)]])
def test_points_in_one_cell_cover_one(points):
    assert coverage(points, (160, 120)) == 1 / 192


def test_cells_end_between_pixels():
    # 16 cells of 10 pixels each: 0 to 9, 10 to 19.
    assert coverage([(9, 0), (9.4, 0)], (160, 120)) == 1 / 192
    assert coverage([(9, 0), (9.6, 0)], (160, 120)) == 2 / 192


def test_points_at_the_far_edge_count_for_the_last_cell():
    assert coverage([(159.5, 119.5), (159, 119)], (160, 120)) == 1 / 192


def test_no_points_cover_nothing():
    assert coverage(np.zeros((0, 2)), (160, 120)) == 0
    assert coverage([], (160, 120)) == 0


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 300))
def test_agrees_with_a_histogram(seed, num):
    width, height = 120, 333
    points = np.random.default_rng(seed).uniform(-0.5, (width - 0.5, height - 0.5), (num, 2))
    edges = [(-0.5, width - 0.5), (-0.5, height - 0.5)]
    counts, _, _ = np.histogram2d(*points.T, bins=(12, 16), range=edges)
    assert coverage(points, (width, height)) == np.count_nonzero(counts) / 192
