"""Fields of cubic B-splines: they say what was put in, can be undone, and tell when they fold."""

from __future__ import annotations

import numpy as np
import pytest

from featmatch.alignment.blocks import Blocks
from featmatch.alignment.equations import Equations, Frame
from featmatch.alignment.field import Field, field_shape
from featmatch.alignment.warp import Warp

SIZE = (300, 200)
POINTS = np.random.default_rng(0).uniform((0, 0), np.subtract(SIZE, 1), (800, 2))


def moves(points):
    x, y = points.T / 100
    return np.column_stack([3 * np.sin(x) + y, 2 * np.cos(x + y)])


def fitted(points, moved, num_spans, information=None):
    """The field that takes points of the fixed image by so much."""
    blocks = Blocks.of_matches(points + moved, points)
    if information is not None:
        blocks = Blocks(blocks.moving, blocks.fixed, information, blocks.pinned)
    frame = Frame("field", Warp("homography", np.eye(3)), SIZE, num_spans)
    ones, parts = np.ones(len(points)), np.zeros(len(points), np.int64)
    return Equations.of(frame, blocks, ones, parts).solved().field


def test_a_field_says_what_was_put_in():
    field = fitted(POINTS, moves(POINTS), 6)
    assert field.num_spans == 6
    assert np.abs(field.moves(POINTS) - moves(POINTS)).max() < 0.05
    x, y = np.arange(5.0), np.arange(3.0)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    assert np.allclose(field.on_grid(x, y), field.moves(grid.reshape(-1, 2)).reshape(3, 5, 2))


def test_what_only_one_axis_tells_is_told_by_that_axis():
    information = np.zeros((len(POINTS), 2, 2))
    information[::2, 0, 0] = information[1::2, 1, 1] = 1.0
    field = fitted(POINTS, moves(POINTS), 4, information)
    assert np.abs(field.moves(POINTS) - moves(POINTS)).max() < 0.3


def test_slopes_are_those_of_the_moves():
    field, step = fitted(POINTS, moves(POINTS), 5), 1e-4
    inner = POINTS[(POINTS > 2).all(axis=1)][:50]
    for axis in (0, 1):
        off = np.eye(2)[axis] * step
        slope = (field.moves(inner + off) - field.moves(inner - off)) / (2 * step)
        assert np.allclose(field.jacobians(inner)[:, :, axis], slope + np.eye(2)[axis], atol=1e-6)


def test_moves_can_be_undone():
    field = fitted(POINTS, moves(POINTS), 6)
    assert not field.folds()
    beyond = np.vstack([POINTS, [(-50.0, 20.0), (500.0, 400.0)]])
    moved = beyond + field.moves(beyond)
    assert np.abs(field.unmoved(moved) - beyond).max() < 1e-4


def test_beyond_the_border_moves_stay_as_they_are():
    field = fitted(POINTS, moves(POINTS), 6)
    assert np.allclose(
        field.moves(np.array([[-0.5, 50.0]])), field.moves(np.array([[-99.0, 50.0]]))
    )


@pytest.mark.parametrize("factor", [-3.0, -1.4])
def test_a_fold_is_seen(factor):
    """Points that are drawn together until they change their order."""
    near = np.exp(-(((POINTS[:, :1] - 150) / 30) ** 2)) * (POINTS - (150, 100)) * (1, 0)
    assert fitted(POINTS, factor * near, 12).folds()
    assert not fitted(POINTS, 0.2 * factor * near, 12).folds()


@pytest.mark.parametrize(("size", "shape"), [((300, 200), (7, 9)), ((200, 300), (9, 7))])
def test_pieces_are_as_long_along_both_sides(size, shape):
    assert field_shape(size, 6) == shape
    assert Field(size, np.zeros((*shape, 2))).num_spans == 6
