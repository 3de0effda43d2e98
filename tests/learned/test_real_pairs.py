"""Views of two photographs, against the map that one of them was warped by."""

from __future__ import annotations

from dataclasses import replace
from math import pi

import cv2
import numpy as np
import pytest
from known_real_pairs import HEIGHT, TO_SECOND, WIDTH, known_pair
from known_warps import project

from featmatch.learned.training import real_pairs
from featmatch.learned.training.local_relation import NearMatches
from featmatch.learned.training.pairs import MAX_ZOOM, MIN_ZOOM, RESIDUAL, PairOptions
from featmatch.learned.training.real_pairs import RealPair, make_real_pair
from featmatch.learned.training.views import view_map

SIZE = 96  # px
OPTIONS = PairOptions(size=SIZE, photometric=0.0)
SEEDS = range(24)
GRID = np.stack(np.meshgrid(*2 * [np.arange(6.0, SIZE, 6)]), axis=-1).reshape(-1, 2)


def pair_and_quads(seed, real=None, options=OPTIONS, strength=1.0):
    """A pair, and the parts of the photographs that image 0 and image 1 show, in their order."""
    taken = []

    def photographed(photograph, quad, *given):
        taken.append((quad, real_photographed(photograph, quad, *given)))
        return taken[-1][1]

    real_photographed = real_pairs.photographed
    rng = np.random.default_rng(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(real_pairs, "photographed", photographed)
        pair = make_real_pair(known_pair() if real is None else real, rng, options, strength)
    quads = [quad for quad, _ in taken]
    return pair, quads, pair.image0 is not taken[0][1]


def true_map(quads, is_reversed):
    """The homography from image 0 to image 1, of the warp and the parts that were cut out."""
    first, second = (view_map(quad, SIZE) for quad in quads)
    forward = np.linalg.inv(second) @ TO_SECOND @ first
    return np.linalg.inv(forward) if is_reversed else forward


def linear_at_middle(homography):
    middle = np.full((1, 2), (SIZE - 1) / 2)
    steps = 1e-3 * np.eye(2)
    ahead, behind = project(homography, middle + steps), project(homography, middle - steps)
    return (ahead - behind).T / 2e-3


# --- what corresponds


@pytest.mark.parametrize("seed", SEEDS)
def test_points_go_where_the_warp_takes_them(seed):
    pair, quads, is_reversed = pair_and_quads(seed)
    truth = true_map(quads, is_reversed)
    there = pair.relation.there(GRID)
    known = np.isfinite(there).all(axis=1)
    assert known.mean() > 0.1
    assert np.linalg.norm(there - project(truth, GRID), axis=1)[known].max() < 0.3
    back = pair.relation.back(GRID)
    known = np.isfinite(back).all(axis=1)
    assert known.any()
    errors = np.linalg.norm(back - project(np.linalg.inv(truth), GRID), axis=1)[known]
    assert errors.max() < 0.3


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_both_images_show_the_same_there(seed):
    pair, _, _ = pair_and_quads(seed)
    there = pair.relation.there(GRID)
    inside = ((there > 0) & (there < SIZE - 1)).all(axis=1)
    own, other = (
        cv2.remap(image, points[inside].astype(np.float32), None, cv2.INTER_LINEAR).ravel()
        for image, points in ((pair.image0, GRID), (pair.image1, there))
    )
    assert inside.sum() > 15
    assert np.corrcoef(own, other)[0, 1] > 0.9


def test_both_photographs_are_image_0():
    orders = [pair_and_quads(seed)[2] for seed in range(40)]
    assert 8 < sum(orders) < 32


# --- turns and zooms


@pytest.mark.parametrize("num_turns", [1, 4, 8])
def test_the_turn_is_that_of_the_scene(num_turns):
    step, turns = 2 * pi / num_turns, set()
    for seed in SEEDS:
        options = replace(OPTIONS, num_turns=num_turns, upright_share=0.2)
        pair, quads, is_reversed = pair_and_quads(seed, options=options)
        (a, b), (c, d) = linear_at_middle(true_map(quads, is_reversed))
        rest = (np.arctan2(c - b, a + d) - pair.turn * step + pi) % (2 * pi) - pi
        assert abs(rest) < (RESIDUAL + 0.1) * step
        assert 0 <= pair.turn < num_turns
        turns.add(pair.turn)
    assert len(turns) > min(num_turns, 4) - 1


def test_views_are_as_large_as_those_of_one_photograph():
    for seed in SEEDS:
        _, quads, is_reversed = pair_and_quads(seed)
        scales = [np.sqrt(cv2.contourArea(quad.astype(np.float32))) / SIZE for quad in quads]
        ratio = np.sqrt(abs(np.linalg.det(linear_at_middle(true_map(quads, is_reversed)))))
        assert 0.5**0.5 / 1.2 < ratio**0.5 < 2**0.5 * 1.2
        assert np.sqrt(np.prod(scales)) < MAX_ZOOM * 1.01
        assert np.sqrt(np.prod(scales)) > MIN_ZOOM * 0.99


def test_without_strength_views_differ_by_the_turn_alone():
    options = replace(OPTIONS, upright_share=1.0)
    pair, quads, is_reversed = pair_and_quads(3, options=options, strength=0.0)
    truth = true_map(quads, is_reversed)
    (a, b), (c, d) = linear_at_middle(truth)
    assert abs(np.arctan2(c - b, a + d)) < 0.1
    assert np.sqrt(np.linalg.det([(a, b), (c, d)])) == pytest.approx(1, abs=0.1)
    assert pair.turn == 0


def test_views_lie_inside_their_photographs():
    for seed in SEEDS:
        _, quads, _ = pair_and_quads(seed, options=replace(OPTIONS, size=SIZE))
        for quad in quads:
            assert (quad > -1e-6).all()
            assert (quad < np.array((WIDTH, HEIGHT)) - 1 + 1e-6).all()


# --- chance and edges


def test_the_same_seed_gives_the_same_pair():
    pair, again, other = (
        make_real_pair(known_pair(), np.random.default_rng(seed), PairOptions(size=SIZE))
        for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(pair.image0, again.image0)
    np.testing.assert_array_equal(pair.image1, again.image1)
    np.testing.assert_array_equal(pair.relation.points0, again.relation.points0)
    assert pair.turn == again.turn
    assert not np.array_equal(pair.image0, other.image0)


def test_light_changes_by_half_of_what_it_does_for_one_photograph(monkeypatch):
    amounts = []
    real = real_pairs.photographed
    monkeypatch.setattr(
        real_pairs, "photographed", lambda *given: amounts.append(given[-1]) or real(*given)
    )
    make_real_pair(known_pair(), np.random.default_rng(0), PairOptions(size=SIZE), 0.8)
    assert amounts == [pytest.approx(0.4)] * 2


@pytest.mark.parametrize("side", [8, 20, 60])
def test_small_photographs_will_do(side):
    image = np.random.default_rng(0).integers(0, 256, (side, side + 3, 3)).astype(np.uint8)
    points = np.random.default_rng(1).uniform(0, side - 1, (40, 2))
    pair = make_real_pair(RealPair(image, image, points, points), np.random.default_rng(2), OPTIONS)
    assert pair.image0.shape == pair.image1.shape == (SIZE, SIZE)
    assert np.isfinite(pair.image0).all()


@pytest.mark.parametrize("kind", ["one place", "far apart", "by chance"])
def test_matches_that_tell_nothing_ask_for_nothing(kind):
    rng = np.random.default_rng(0)
    points0, points1 = {
        "one place": (np.full((9, 2), 50.0), np.full((9, 2), 60.0)),
        "far apart": 2 * (np.stack([np.linspace(0, 400, 9), np.linspace(0, 300, 9) ** 1.1], 1),),
        "by chance": (rng.uniform(0, 300, (60, 2)), rng.uniform(0, 300, (60, 2))),
    }[kind]
    real = RealPair(known_pair().image0, known_pair().image1, points0, points1)
    pair = make_real_pair(real, rng, OPTIONS)
    assert isinstance(pair.relation, NearMatches)
    assert np.isfinite(pair.relation.there(GRID)).mean() < 0.05


# --- mistakes


@pytest.mark.parametrize(
    ("points0", "points1", "words"),
    [
        (0, 0, r"points0: expected \(M, 2\) with at least 8 matches, got shape \(0, 2\)"),
        (1, 1, r"points0: .* got shape \(1, 2\)"),
        (7, 7, r"points0: .* got shape \(7, 2\)"),
        (9, 8, "points1: expected 9 points, as points0, got 8"),
    ],
)
def test_too_few_matches_are_refused(points0, points1, words):
    image = np.zeros((9, 9), np.uint8)
    with pytest.raises(ValueError, match=f"^{words}$"):
        RealPair(image, image, np.zeros((points0, 2)), np.zeros((points1, 2)))


def test_what_is_no_pair_is_refused():
    image, points = np.zeros((9, 9), np.uint8), np.zeros((9, 2))
    with pytest.raises(ValueError, match=r"^points1: expected finite numbers$"):
        RealPair(image, image, points, points + np.nan)
    with pytest.raises(ValueError, match=r"^points0: expected \(M, 2\) .* got shape \(9, 3\)$"):
        RealPair(image, image, np.zeros((9, 3)), points)
    with pytest.raises(TypeError, match=r"^photograph: expected uint8, got float64$"):
        RealPair(image, np.zeros((9, 9)), points, points)
    with pytest.raises(ValueError, match=r"^strength: expected a number from 0 to 1, got 2$"):
        make_real_pair(known_pair(), np.random.default_rng(0), OPTIONS, 2)
