"""Models of few right matches, by what their frames say; the truth is that of made cameras."""

import cv2
import numpy as np
import pytest
from two_view_scenes import SIZE, cross_matrix, random_cameras, random_points, unit

from featmatch.errors import ArgumentError
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.frame_constraints import (
    epipolar_constraints,
    homography_constraints,
    null_matrices,
)
from featmatch.geometry.frame_search import (
    search_fundamental_by_frames,
    search_homography_by_frames,
)
from featmatch.geometry.residuals import epipolar_residuals, map_residuals

NOISE, FRAME_NOISE = 0.5, 0.05  # px, and the error of a map's entries


def derivative(homography, point0):
    """Of a homography at a point, by central differences."""
    step = 1e-4
    offsets = point0 + step * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    right, left, below, above = cv2.perspectiveTransform(offsets[None], homography)[0]
    return np.column_stack([right - left, below - above]) / (2 * step)


def facets(rng, num, *, flat=False):
    """Points on facets in space, or all on one plane, as both cameras see them, and F or H."""
    camera0, camera1, rotation, translation = random_cameras(rng)
    pixels = np.column_stack([random_points(rng, num), np.ones(num)])
    rays = pixels @ np.linalg.inv(camera0).T
    normals = np.column_stack([rng.normal(0, 0.5, (num, 2)), -np.ones(num)])
    distances = np.einsum("ni,ni->n", normals, rays) * rng.uniform(4, 10, num)
    if flat:
        normals[:], distances[:] = normals[0], -6.0
    maps, points1 = np.empty((num, 2, 2)), np.empty((num, 2))
    for row, (normal, distance) in enumerate(zip(normals, distances, strict=True)):
        homography = (
            camera1 @ (rotation + np.outer(translation, normal) / distance) @ np.linalg.inv(camera0)
        )
        points1[row] = cv2.perspectiveTransform(pixels[row, :2].reshape(1, 1, 2), homography)
        maps[row] = derivative(homography, pixels[row, :2])
    essential = cross_matrix(translation) @ rotation
    fundamental = np.linalg.inv(camera1).T @ essential @ np.linalg.inv(camera0)
    return pixels[:, :2], points1, maps, homography if flat else fundamental


def few_right(seed, num, share, **options):
    """Matches of which a share is right, but for noise, in any order; which; and the model."""
    rng = np.random.default_rng(seed)
    num_right = round(share * num)
    points0, points1, maps, model = facets(rng, num_right, **options)
    num_wrong = num - num_right
    angles, zooms = rng.uniform(-np.pi, np.pi, num_wrong), np.exp(rng.normal(0, 0.5, num_wrong))
    cosines, sines = zooms * np.cos(angles), zooms * np.sin(angles)
    turned = np.array([[cosines, -sines], [sines, cosines]]).transpose(2, 0, 1)
    noisy = maps @ (np.eye(2) + rng.normal(0, FRAME_NOISE, maps.shape))
    order = rng.permutation(num)
    matched = Correspondences(
        np.concatenate([points0, random_points(rng, num_wrong)])[order],
        np.concatenate(
            [points1 + rng.normal(0, NOISE, points1.shape), random_points(rng, num_wrong)]
        )[order],
        sizes=(SIZE, SIZE),
        maps=np.concatenate([noisy, turned])[order],
    )
    return matched, order < num_right, model


def samples(rng, num, size, **options):
    points0, points1, maps, model = facets(rng, num * size, **options)
    shape = num, size
    return (
        points0.reshape(*shape, 2) / 100,
        points1.reshape(*shape, 2) / 100,
        maps.reshape(*shape, 2, 2),
        np.diag([0.01, 0.01, 1.0]),
        model,
    )


def test_the_true_homography_is_what_two_frames_demand():
    *given, to_units, homography = samples(np.random.default_rng(0), 5, 2, flat=True)
    constraints = homography_constraints(*given)
    assert constraints.shape == (5, 12, 9)
    expected = unit(to_units @ homography @ np.linalg.inv(to_units))
    assert np.abs(constraints @ expected.ravel()).max() < 1e-6
    for matrix in null_matrices(constraints, 3):
        assert unit(matrix) == pytest.approx(expected, abs=1e-5)


def test_the_true_fundamental_matrix_is_what_three_frames_demand():
    *given, to_units, fundamental = samples(np.random.default_rng(1), 5, 3)
    constraints = epipolar_constraints(*given)
    assert constraints.shape == (5, 9, 9)
    back = np.linalg.inv(to_units)
    expected = unit(back.T @ fundamental @ back)
    assert np.abs(constraints @ expected.ravel()).max() < 1e-5
    for matrix in null_matrices(constraints, 2):
        assert unit(matrix) == pytest.approx(expected, abs=1e-3)
        assert np.linalg.matrix_rank(matrix) == 2


@pytest.mark.slow
@pytest.mark.parametrize("flat", [True, False])
def test_one_right_match_in_twenty_is_enough(flat):
    kind = "homography" if flat else "fundamental"
    residuals = map_residuals if flat else epipolar_residuals
    found = {False: 0.0, True: 0.0}
    for seed in range(3):
        matched, is_right, model = few_right(seed, 1000, 0.05, flat=flat)
        assert residuals(model, matched.points0, matched.points1)[is_right].max() < 3.0
        for by_frames in found:
            geometry = Estimator(by_frames=by_frames).estimate(kind, matched)
            found[by_frames] += geometry.inliers[is_right].mean() / 3
    assert found[True] > 0.9
    assert found[False] < 0.3


@pytest.mark.parametrize("kind", ["homography", "fundamental"])
def test_where_points_suffice_frames_are_not_asked(kind):
    matched, _, _ = few_right(0, 200, 0.8, flat=kind == "homography")
    plain = Estimator().estimate(kind, matched)
    also = Estimator(by_frames=True).estimate(kind, matched)
    np.testing.assert_array_equal(plain.matrix, also.matrix)


@pytest.mark.parametrize("search", [search_homography_by_frames, search_fundamental_by_frames])
def test_nothing_is_found_where_nothing_is_told(search):
    for num in (0, 1, 2):
        points = random_points(np.random.default_rng(0), num)
        assert search(points, points, np.zeros((num, 2, 2)), 3.0, 0) == []
    points = random_points(np.random.default_rng(0), 50)
    assert search(points, points, np.zeros((50, 2, 2)), 3.0, 0) == []


@pytest.mark.parametrize("search", [search_homography_by_frames, search_fundamental_by_frames])
def test_a_seed_of_the_frames_repeats_itself_to_the_bit(search):
    matched, _, _ = few_right(0, 100, 0.2, flat=True)
    given = matched.points0, matched.points1, matched.maps
    first, again = (search(*given, 3.0, 5) for _ in range(2))
    assert len(first)
    np.testing.assert_array_equal(first, again)


def test_one_map_a_match():
    points = np.zeros((3, 2))
    with pytest.raises(ArgumentError, match=r"maps: expected shape \(3, 2, 2\), got \(2, 2, 2\)"):
        Correspondences(points, points, maps=np.zeros((2, 2, 2)))
