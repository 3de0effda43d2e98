"""Pairs with depth: what is the same in both images, against rays followed one by one."""

from __future__ import annotations

from dataclasses import replace
from math import pi

import numpy as np
import pytest
from tiny_training import photographs

from featmatch.learned.training.pairs import PairOptions
from featmatch.learned.training.scene_pairs import make_scene_pair
from featmatch.learned.training.scenes import draw_scene

SIZE = 64  # px
PHOTOS = photographs(4, 160)
OPTIONS = PairOptions(size=SIZE, photometric=0.0)
SEEDS = range(8)


def pair_and_scene(seed, options=OPTIONS, strength=1.0):
    """A pair, and the scene that it shows: the last that was drawn for it."""
    drawn = []

    def draw(*given):
        drawn.append(draw_scene(*given))
        return drawn[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("featmatch.learned.training.scene_pairs.draw_scene", draw)
        pair = make_scene_pair(PHOTOS, np.random.default_rng(seed), options, strength)
    return pair, drawn[-1]


def first_hit(scene, start, way):
    """Follow a ray: the number of the first surface and the place (3,), or None."""
    best = None
    for number, surface in enumerate(scene.surfaces):
        sides = np.stack([surface.edge_u, surface.edge_v, -way], axis=1)
        u, v, t = np.linalg.solve(sides, start - surface.corner)
        if t > 0 and 0 <= u <= 1 and 0 <= v <= 1 and (best is None or t < best[0]):
            best = t, number, start + t * way
    return best


def project(camera, place):
    x, y, z = camera.intrinsics @ camera.rotation @ (place - camera.center)
    return np.array((x / z, y / z)), z


def ray(camera, point):
    way = camera.rotation.T @ np.linalg.solve(camera.intrinsics, (*point, 1.0))
    return camera.center, way


@pytest.mark.parametrize("seed", SEEDS)
def test_points_go_where_their_rays_say(seed):
    pair, scene = pair_and_scene(seed)
    points = np.random.default_rng(seed).uniform(0, SIZE - 1, (300, 2))
    mapped = pair.relation.there(points)
    num_seen = num_hidden = 0
    for point, found in zip(points, mapped, strict=True):
        hit = first_hit(scene, *ray(scene.cameras[0], point))
        expected, depth = (None, 0) if hit is None else project(scene.cameras[1], hit[2])
        if hit is None or depth <= 0 or ((expected < -0.5) | (expected > SIZE - 0.5)).any():
            assert np.isnan(found).all()
            continue
        seen = first_hit(scene, *ray(scene.cameras[1], expected))
        if seen[1] != hit[1]:
            num_hidden += 1
            assert np.isnan(found).all()
        elif np.isfinite(found).all():
            num_seen += 1
            np.testing.assert_allclose(found, expected, atol=1e-6)
    assert num_seen > 15  # some are left out: those beside the edges of surfaces
    back = pair.relation.back(mapped[np.isfinite(mapped[:, 0])])
    np.testing.assert_allclose(back, points[np.isfinite(mapped[:, 0])], atol=1e-6)


def test_some_things_hide_others():
    """Points whose surface goes on into image 1, and that image 1 shows something before."""
    num_hidden = 0
    for seed in SEEDS:
        _, scene = pair_and_scene(seed)
        for x in np.arange(2.0, SIZE, 6):
            for y in np.arange(2.0, SIZE, 6):
                hit = first_hit(scene, *ray(scene.cameras[0], (x, y)))
                if hit is None:
                    continue
                expected, depth = project(scene.cameras[1], hit[2])
                if depth <= 0 or ((expected < 0) | (expected > SIZE - 1)).any():
                    continue
                num_hidden += first_hit(scene, *ray(scene.cameras[1], expected))[1] != hit[1]
    assert num_hidden > 10


@pytest.mark.parametrize("seed", SEEDS)
def test_the_images_show_what_the_relation_says(seed):
    """Without changes of light, points look alike in both."""
    pair, _ = pair_and_scene(seed, replace(OPTIONS, max_zoom=1.0), 0.4)
    points = np.stack(np.meshgrid(*[np.arange(4.0, SIZE - 4)] * 2), axis=-1).reshape(-1, 2)
    mapped = pair.relation.there(points)
    seen = ((mapped > 0) & (mapped < SIZE - 1)).all(axis=1)
    x, y = points[seen].astype(int).T
    x1, y1 = np.rint(mapped[seen]).astype(int).T
    values0, values1 = pair.image0[y, x], pair.image1[y1, x1]
    assert np.corrcoef(values0, values1)[0, 1] > 0.6
    assert np.corrcoef(values0, values1[::-1])[0, 1] < 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_image_1_is_turned_by_the_turn(seed):
    pair, _ = pair_and_scene(seed, replace(OPTIONS, upright_share=0.0), 0.0)
    assert pair.turn in range(1, 8)
    middle = np.full((1, 2), SIZE / 2)
    for k in range(len(pair.relation.homographies)):
        homography = pair.relation.homographies[k]
        start, end = (
            np.append(place[0], 1.0) @ homography.T
            for place in (middle, middle + np.array((0.01, 0)))
        )
        if start[2] <= 0:
            continue
        step = end[:2] / end[2] - start[:2] / start[2]
        angle = np.arctan2(step[1], step[0]) % (2 * pi)
        assert angle == pytest.approx(pair.turn * pi / 4, abs=1e-3)


def test_the_same_state_gives_the_same_pair():
    (pair, _), (again, _), (other, _) = (
        pair_and_scene(seed, replace(OPTIONS, photometric=1.0)) for seed in (0, 0, 1)
    )
    for name in ("image0", "image1"):
        np.testing.assert_array_equal(getattr(pair, name), getattr(again, name))
    np.testing.assert_array_equal(pair.relation.homographies, again.relation.homographies)
    assert (pair.image0 != other.image0).any()


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_images_are_gray_values(strength):
    pair, _ = pair_and_scene(3, replace(OPTIONS, photometric=1.0), strength)
    for image in (pair.image0, pair.image1):
        assert (image.shape, image.dtype) == ((SIZE, SIZE), np.float32)
        assert 0 <= image.min() < image.max() <= 1


def test_gray_photographs_will_do():
    gray = [photo[..., 0] for photo in PHOTOS]
    pair = make_scene_pair(gray, np.random.default_rng(0), OPTIONS)
    assert pair.image0.std() > 0


@pytest.mark.parametrize("strength", [-0.1, 1.1, np.nan])
def test_a_wrong_strength_is_told(strength):
    with pytest.raises(ValueError, match="strength"):
        make_scene_pair(PHOTOS, np.random.default_rng(0), OPTIONS, strength)
