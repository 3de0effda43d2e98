"""Which matches look alike: known warps of a photograph, and matches moved off their places."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from photographs import photograph, seen_through, turned

import featmatch
from featmatch.geometry.alike import local_maps, look_alike
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.residuals import homogeneous, transfer
from featmatch.geometry.solve import with_matrix
from featmatch.geometry.two_views import TwoViews
from featmatch.images.view import View

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PIXELS = photograph()
WARPS = {
    "turned": turned(30, 1.1),
    "upside down": turned(180, 1.0),
    "foreshortened": turned(-20, 1.2, perspective=(5e-4, -4e-4)),
    "twice as large": turned(10, 2.0),
}


def corners_in_both(pixels, warp):
    """(M, 2) corners of an image whose surroundings another one shows too, and (M, 2) where."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    points = cv2.goodFeaturesToTrack(gray, 400, 1e-2, 5).reshape(-1, 2).astype(float)
    there = transfer(warp, points)
    size = np.array(gray.shape[::-1])
    inside = [((of > 20) & (of < size - 21)).all(axis=1) for of in (points, there)]
    return points[inside[0] & inside[1]], there[inside[0] & inside[1]]


@pytest.mark.parametrize("warp", WARPS.values(), ids=WARPS)
def test_right_matches_look_alike_in_both_directions_and_moved_ones_do_not(warp):
    views = View.read(PIXELS), View.read(seen_through(PIXELS, warp))
    points0, points1 = corners_in_both(PIXELS, warp)
    assert len(points0) > 40
    rng = np.random.default_rng(0)
    wrong = rng.random(len(points0)) < 0.2
    angles = rng.uniform(0, 2 * np.pi, len(points0))
    points1 += np.where(wrong, 15.0, 0)[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    for places, flags in (
        ((*views,), look_alike(*views, Correspondences(points0, points1))),
        ((*views[::-1],), look_alike(*views[::-1], Correspondences(points1, points0))),
    ):
        assert flags[~wrong].mean() > 0.9, places
        assert flags[wrong].mean() < 0.1


@pytest.mark.parametrize("num", [0, 1, 2])
def test_few_matches(num):
    view = View.read(PIXELS)
    points = corners_in_both(PIXELS, np.eye(3))[0][:num]
    alike = look_alike(view, view, Correspondences(points, points))
    assert alike.tolist() == [num > 1] * num  # a single one does not say how the images are turned


def test_a_patch_that_is_plain_or_not_within_its_image_does_not_look_alike():
    pixels = PIXELS.copy()
    pixels[100:160, 100:160] = 90
    view = View.read(pixels)
    points = np.array([[130.0, 130.0], [3.0, 100.0], [200.0, 334.0], [0.0, 0.0]])
    assert not look_alike(view, view, Correspondences(points, points)).any()


@given(
    st.lists(st.floats(-2, 2), min_size=4, max_size=4).map(lambda m: np.reshape(m, (2, 2))),
    st.integers(0, 60),
    st.integers(0, 2**32 - 1),
)
def test_matches_that_follow_an_affine_map_are_bent_by_it(matrix, num, seed):
    points = np.random.default_rng(seed).uniform(0, 100, (num, 2))
    maps = local_maps(points, points @ matrix.T + (5, -3), matrix, 30.0)
    np.testing.assert_allclose(maps, np.broadcast_to(matrix, (num, 2, 2)), atol=1e-8)


def test_memory_does_not_hold_all_neighbors():
    """All matches are neighbors: 10,000 x 500 offsets would take 80 MB, and all else as much."""
    points = np.random.default_rng(0).uniform(0, 40, (10_000, 2))
    tracemalloc.start()
    try:
        local_maps(points, points, np.eye(2), 100.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60e6


def test_each_part_is_bent_in_its_own_way():
    """Two planes side by side: far from the border, each has its own map."""
    points = np.random.default_rng(0).uniform(0, 1000, (800, 2))
    left = points[:, 0] < 500
    parts = np.where(left[:, None, None], np.diag([1.0, 1.0]), np.diag([1.5, 0.8]))
    maps = local_maps(points, np.einsum("nij,nj->ni", parts, points), np.eye(2), 100.0)
    far = np.abs(points[:, 0] - 500) > 100
    np.testing.assert_allclose(maps[far], parts[far], atol=0.1)


def test_wrong_matches_along_the_lines_are_told_from_right_ones():
    """In a room with depth: matches of `match`, every fourth one moved along its epipolar line."""
    paths = [SAMPLES / f"room_{number}.jpg" for number in (0, 1)]
    result = featmatch.match(*paths, method="sift", max_keypoints=800)
    lines = result.models["fundamental"]
    rows = np.flatnonzero(lines.geometry.inliers)
    points0, points1 = result.points0[rows], result.points1[rows].astype(float)
    directions = (homogeneous(points0) @ lines.geometry.matrix.T)[:, :2] @ [[0, 1], [-1, 0]]
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    wrong = np.arange(len(rows)) % 4 == 0
    points1[wrong] += 25 * directions[wrong]
    matched = Correspondences(points0, points1)
    views = TwoViews(matched, tuple(map(View.read, paths)))
    believing = replace(lines, geometry=with_matrix(lines.geometry, lines.geometry.matrix, matched))
    assert believing.geometry.inliers.all()
    kept = views.keep_alike(believing).geometry
    assert kept.inliers[wrong].mean() < 0.2  # the same pattern again
    assert kept.inliers[~wrong].mean() > 0.85
    assert (kept.residuals[kept.inliers] <= kept.max_error).all()
    told = f"of {len(rows)} matches that agree, the {kept.num_inliers} that look alike are kept"
    assert kept.reason.endswith(told)


def test_all_are_kept_where_few_look_alike_or_no_image_is_seen():
    paths = [SAMPLES / f"room_{number}.jpg" for number in (0, 1)]
    result = featmatch.match(*paths, method="sift", max_keypoints=800)
    lines = replace(result.models["fundamental"])
    matched = Correspondences(result.points0, result.points1)
    other = View.read(SAMPLES / "unrelated_1.jpg")
    for views in (None, (View.read(paths[0]), other)):
        assert TwoViews(matched, views).keep_alike(lines) is lines
    plane = result.models["homography"]
    assert TwoViews(matched, tuple(map(View.read, paths))).keep_alike(plane) is plane
