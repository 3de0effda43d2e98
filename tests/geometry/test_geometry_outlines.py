from __future__ import annotations

import numpy as np
import pytest

from featmatch.geometry.outlines import epipolar_lines, warped_border, well_spread


@pytest.mark.parametrize("sign", [1, -1])
def test_border_beyond_the_horizon_is_cut_off(sign: int) -> None:
    # Depth is 1 - x / 200: the right half of an image of 400 pixels lies behind the camera.
    homography = sign * np.array([[1, 0, 0], [0, 1, 0], [-1 / 200, 0, 1.0]])
    border = warped_border(homography, (400, 300), np.array([[50.0, 150.0]]))
    assert len(border) == 4
    assert np.isfinite(border).all()
    assert border[:, 0].min() == pytest.approx(-0.5 / (1 + 0.5 / 200))
    assert border[:, 0].max() > 10_000  # where it left off is far outside of any image


def test_epipolar_lines_cross_the_whole_image() -> None:
    rng = np.random.default_rng(2)
    fundamental = rng.normal(size=(3, 3))
    points = rng.uniform(0, 100, (20, 2))
    lines = epipolar_lines(fundamental, points, (100, 80))
    assert lines.shape == (20, 2, 2)
    for point, ends in zip(points, lines, strict=True):
        a, b, c = fundamental @ [*point, 1]
        np.testing.assert_allclose((ends @ [a, b] + c) / np.hypot(a, b), 0, atol=1e-6)
        foot = ends.mean(axis=0)  # of the middle of the image
        assert np.dot(foot - [49.5, 39.5], ends[1] - ends[0]) == pytest.approx(0, abs=1e-6)
        assert np.linalg.norm(ends - foot, axis=1).min() >= np.hypot(100, 80) / 2


def test_the_epipole_has_no_line() -> None:
    skew = np.array([[0.0, -1, 7], [1, 0, -5], [-7, 5, 0]])  # lines through (5, 7)
    assert np.isnan(epipolar_lines(skew, np.array([[5.0, 7.0]]), (100, 80))).all()


def test_well_spread_covers_a_grid_evenly() -> None:
    grid = np.stack(np.meshgrid(np.arange(30), np.arange(30)), axis=-1).reshape(-1, 2)
    chosen = well_spread(grid.astype(float), 9)
    assert len(set(chosen)) == 9
    gaps = np.linalg.norm(grid[chosen][:, None] - grid[chosen], axis=2)
    assert gaps[~np.eye(9, dtype=bool)].min() >= 10
    np.testing.assert_array_equal(well_spread(grid[:5].astype(float), 9), np.arange(5))
    assert len(set(well_spread(np.zeros((20, 2)), 5))) == 5
