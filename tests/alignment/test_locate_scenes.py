"""Every kind of thing that is looked for: where it is found, how often, and where it is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from known_warps import picture
from placed_objects import place_all
from placed_scenes import PlacedScene, made, photograph_files, text_page

import featmatch

pytestmark = pytest.mark.slow

FILES = photograph_files()
THING = picture("gallery_0", 300)
WALL = picture("unrelated_0", 640)


def scene_with(sides, seed=0, thing=THING, wall=WALL, **how):
    scene, placed = place_all(thing, wall, sides, seed, **how)
    outlines = tuple(one.outline(thing.shape[1::-1]) for one in placed)
    return PlacedScene(thing, scene, tuple(sides), outlines)


def located(known, **options):
    """Return what is found, after checking that it is all there is, and nothing else."""
    found = featmatch.locate(known.thing, known.scene, **options)
    flags, errors, num_false = known.score([one.outline for one in found])
    assert flags == [True] * len(known.outlines)
    assert num_false == 0
    assert list(found) == sorted(found, key=lambda one: one.log10_false_alarms)
    return found, errors


@pytest.mark.parametrize("num", [1, 5])
def test_each_of_several_is_found_once_and_to_a_fraction_of_a_pixel(num):
    known = scene_with([100, 60, 80, 60, 60][:num], seed=3)
    found, errors = located(known)
    assert {one.kind for one in found} == {"plane"}
    assert np.max(errors) < 0.5
    assert min(one.visible for one in found) > 0.8


def test_scale_and_angle_are_those_of_the_map():
    known = scene_with([120], seed=1, tilt=0.0)
    (one,), _ = located(known)
    across = known.outlines[0][1] - known.outlines[0][0]
    assert one.scale == pytest.approx(np.hypot(*across) / 300, rel=0.005)
    assert one.angle == pytest.approx(np.arctan2(across[1], across[0]), abs=0.005)
    corners = cv2.perspectiveTransform(np.array([[[-0.5, -0.5], [299.5, 224.5]]]), one.homography)
    assert np.abs(corners[0] - known.outlines[0][[0, 2]]).max() < 0.5
    left, top, right, bottom = one.box
    assert (left, top) == tuple(one.outline.min(axis=0))
    assert (right, bottom) == tuple(one.outline.max(axis=0))


def test_what_is_covered_by_half_is_found_whole():
    (one,), (error,) = located(scene_with([140], seed=2, hidden=0.5))
    assert error < 1
    assert 0.3 < one.visible < 0.75


def test_identical_icons_are_all_found_and_no_other():
    located(made("icons on a screen", 1, FILES, 4))


def test_a_page_is_not_another_one_with_its_letterhead_and_layout():
    rng = np.random.default_rng(4)
    thing, other = text_page(rng), text_page(rng)
    taken = np.zeros((560, 760), np.uint8)
    desk = cv2.resize(WALL, (760, 560))
    scene, _ = place_all(other, desk, [300], 1, turn=0.2, taken=taken)
    assert not featmatch.locate(thing, scene)
    scene, placed = place_all(thing, scene, [300], 2, turn=0.2, taken=taken)
    located(PlacedScene(thing, scene, (300,), (placed[0].outline(thing.shape[1::-1]),)))


def test_a_thing_with_depth_is_boxed_by_what_agrees():
    files = [FILES[index] for index in (0, 4, 2, 6)]  # that have nothing in common
    known = made("box with depth", 0, files, 1)
    (one,), _ = located(known)
    if one.kind == "depth":
        assert one.homography is None
        assert np.ptp(one.points1, axis=0) == pytest.approx(np.ptp(one.outline, axis=0))
    assert one.num_inliers >= 8


def test_nothing_is_found_where_the_thing_is_not():
    for seed in range(4):
        thing = picture(("gallery_0", "room_0")[seed % 2], 200 + 60 * seed)
        assert len(featmatch.locate(thing, picture(f"unrelated_{seed // 2}", 640))) == 0


PIECES = {  # of photographs: left, top, and seed of the noise around them
    "letters": ("poster_0", 260, 180, 2),
    "bricks": ("poster_0", 551, 43, 3),
    "frames": ("gallery_0", 578, 321, 0),
}


def on_noise(shown, seed):
    scene = np.random.default_rng(seed).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    height, width = shown.shape[:2]
    scene[200 : 200 + height, 300 : 300 + width] = shown
    return scene


@pytest.mark.parametrize("kind", PIECES)
def test_a_mirror_image_is_not_the_thing(kind):
    name, left, top, seed = PIECES[kind]
    thing = picture(name, 900)[top : top + 150, left : left + 200]
    assert not featmatch.locate(thing, on_noise(thing[:, ::-1], seed))
    (one,) = featmatch.locate(thing, on_noise(thing, seed))
    np.testing.assert_allclose(one.box, (299.5, 199.5, 499.5, 349.5), atol=0.5)


def test_what_is_its_own_mirror_image_is_found():
    half = picture("poster_0", 900)[180:330, 260:460]
    thing = np.hstack([half, half[:, ::-1]])
    assert featmatch.locate(thing, on_noise(thing, 0))


def test_a_mask_leaves_out_what_is_not_the_thing():
    known = scene_with([120], seed=6, tilt=0.0)
    framed = np.full((285, 360, 3), 90, np.uint8)
    framed[30:-30, 30:-30] = THING
    mask = np.zeros(framed.shape[:2], np.uint8)
    mask[30:-30, 30:-30] = 255
    (one,) = featmatch.locate(framed, known.scene, mask=mask)
    inner = np.array([[[29.5, 29.5], [329.5, 29.5], [329.5, 254.5], [29.5, 254.5]]])
    corners = cv2.perspectiveTransform(inner, one.homography)[0]
    assert np.abs(corners - known.outlines[0]).max() < 1


def test_the_same_again_for_the_same_seed():
    known = scene_with([100, 60], seed=8)
    first, second = (featmatch.locate(known.thing, known.scene, seed=3) for _ in range(2))
    assert first.to_dict() == second.to_dict()
