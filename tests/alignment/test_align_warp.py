"""Warps take points there and back; what lies beyond a horizon is nowhere."""

from __future__ import annotations

import numpy as np
import pytest

from featmatch.alignment.field import Field
from featmatch.alignment.warp import Warp

TILTED = np.array([[1.1, 0.1, 5.0], [-0.05, 0.9, 8.0], [1e-3, 2e-4, 1.0]])
POINTS = np.random.default_rng(1).uniform(0, 200, (60, 2))


def bent():
    controls = np.random.default_rng(2).uniform(-4, 4, (6, 7, 2))
    return Warp("field", TILTED, Field((260, 220), controls))


@pytest.mark.parametrize("warp", [Warp("homography", TILTED), bent()], ids=["flat", "bent"])
def test_there_and_back(warp):
    fixed = warp.to_fixed(POINTS)
    assert np.abs(warp.to_moving(fixed) - POINTS).max() < 1e-4
    assert np.abs(warp.errors(POINTS, fixed)).max() < 1e-4
    x, y = np.unique(fixed[:7, 0]), np.unique(fixed[:5, 1])
    along_x, along_y = warp.places(x, y)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    assert np.allclose(np.stack([along_x, along_y], -1).reshape(-1, 2), warp.to_moving(grid))


@pytest.mark.parametrize("warp", [Warp("homography", TILTED), bent()], ids=["flat", "bent"])
def test_jacobians_are_slopes(warp):
    step = 1e-4
    for axis in (0, 1):
        off = np.eye(2)[axis] * step
        slope = (warp.to_moving(POINTS + off) - warp.to_moving(POINTS - off)) / (2 * step)
        assert np.allclose(warp.jacobians(POINTS)[:, :, axis], slope, atol=1e-5)


@pytest.mark.parametrize("sign", [1, -1])
def test_nothing_is_seen_beyond_the_horizon(sign):
    warp = Warp("homography", sign * TILTED)
    beyond = np.array([[-1500.0, 0.0], [0.0, 0.0]])
    assert np.isnan(warp.to_fixed(beyond)).all(axis=1).tolist() == [True, False]
    away = TILTED @ (-1500.0, 0.0, 1.0)
    x, y = away[:2] / away[2]
    assert np.isnan(warp.places(np.array([x]), np.array([y]))).all()
    assert np.isnan(warp.to_moving(np.array([[x, y]]))).all()
