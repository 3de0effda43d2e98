"""Warps are fitted in spite of wrong points, and the stiffest that does as well is chosen."""

from __future__ import annotations

import numpy as np
import pytest

from featmatch.alignment.blocks import Blocks
from featmatch.alignment.equations import Frame
from featmatch.alignment.fit import fit_warp
from featmatch.alignment.held_out import choose_warp, fit_held_out
from featmatch.alignment.smooth_matches import smooth_matches
from featmatch.alignment.warp import WARP_KINDS, Warp

SIZE = (800, 600)
TRUE = {
    "translation": np.array([[1, 0, 7.0], [0, 1, -4.0], [0, 0, 1]]),
    "similarity": np.array([[1.2, -0.3, 7.0], [0.3, 1.2, -4.0], [0, 0, 1]]),
    "affine": np.array([[1.2, -0.1, 7.0], [0.3, 0.9, -4.0], [0, 0, 1]]),
    "homography": np.array([[1.1, -0.1, 7.0], [0.1, 0.9, -4.0], [1e-4, -5e-5, 1]]),
}
IDENTITY = Warp("homography", np.eye(3))


def blocks_of(kind, noise=0.1, num_wrong=0, bend=0.0):
    rng = np.random.default_rng(3)
    fixed = rng.uniform(0, SIZE, (400, 2))
    bent = fixed + bend * np.sin(fixed[:, ::-1] / 150)
    moving = Warp("homography", TRUE[kind]).to_moving(bent)
    fixed = fixed + rng.normal(0, noise, fixed.shape)
    fixed[:num_wrong] += rng.uniform(-40, 40, (num_wrong, 2))
    return Blocks.of_matches(moving, fixed)


def near(kind):
    """The true matrix, a little off."""
    return Warp("homography", TRUE[kind] @ np.array([[1.001, 0, 0.5], [0, 1, -0.5], [0, 0, 1]]))


@pytest.mark.parametrize("kind", TRUE)
def test_each_kind_is_found_in_spite_of_wrong_points(kind):
    warp = fit_warp(Frame(kind, near(kind), SIZE), blocks_of(kind, num_wrong=80))
    corners = np.array([(0, 0), (799, 0), (0, 599), (799, 599)], float)
    true = Warp("homography", TRUE[kind]).to_moving(corners)
    assert np.linalg.norm(warp.to_moving(corners) - true, axis=1).max() < 0.1


@pytest.mark.parametrize("kind", TRUE)
def test_the_stiffest_is_chosen_that_does_as_well(kind):
    chosen = choose_warp(WARP_KINDS, blocks_of(kind, num_wrong=40), near(kind), SIZE)
    assert chosen.warp.kind == kind


def test_a_field_is_chosen_where_the_page_bends():
    chosen = choose_warp(WARP_KINDS, blocks_of("affine", bend=6.0), near("affine"), SIZE)
    assert chosen.warp.kind == "field"
    assert np.median(chosen.lengths) < 0.2
    assert not chosen.warp.field.folds()


@pytest.mark.parametrize(("kind", "noise"), [("homography", 0.1), ("similarity", 0.4)])
def test_held_out_and_expected_errors_are_the_true_ones(kind, noise):
    true = Warp("homography", TRUE[kind])
    blocks = blocks_of(kind, noise)
    fitted = fit_held_out(Frame(kind, near(kind), SIZE), blocks)
    rms = np.sqrt(np.mean(fitted.errors**2))
    assert rms == pytest.approx(noise, rel=0.1)
    inner = np.random.default_rng(4).uniform(0, SIZE, (200, 2))
    off = np.linalg.norm(fitted.warp.to_fixed(true.to_moving(inner)) - inner, axis=1)
    assert fitted.expected_error == pytest.approx(off.mean(), rel=1.2)
    assert fitted.expected_error < noise / 4


@pytest.mark.parametrize("kind", [*TRUE, "field"])
@pytest.mark.parametrize("num", [0, 3, 7])
def test_too_few_points_fix_nothing(kind, num):
    few = blocks_of("affine")[np.arange(num)]
    assert fit_warp(Frame(kind, IDENTITY, SIZE, 3), few) is None


@pytest.mark.parametrize("kind", ["affine", "homography"])
def test_points_on_a_line_fix_no_map_of_the_plane(kind):
    line = np.linspace(0, 500, 30)[:, None] * (1.0, 0.5)
    assert fit_warp(Frame(kind, IDENTITY, SIZE), Blocks.of_matches(line, line)) is None


def test_a_field_that_would_fold_is_none():
    rng = np.random.default_rng(5)
    fixed = rng.uniform(0, SIZE, (600, 2))
    moving = np.column_stack([400 - 0.5 * (fixed[:, 0] - 400), fixed[:, 1]])  # a mirror
    frame = Frame("field", IDENTITY, SIZE, 4)
    assert fit_warp(frame, Blocks.of_matches(moving, fixed)) is None


def test_matches_that_move_with_their_neighbors_are_smooth():
    rng = np.random.default_rng(6)
    points1 = rng.uniform(0, SIZE, (500, 2))
    points0 = points1 + 30 * np.sin(points1[:, ::-1] / 200)
    points0[:150] = rng.uniform(0, SIZE, (150, 2))
    found = smooth_matches(points0, points1, np.eye(3), 1.0)
    assert np.count_nonzero(found < 150) < 8
    assert np.count_nonzero(found >= 150) > 330
    assert len(smooth_matches(points0[:8], points1[:8], np.eye(3), 1.0)) == 0
