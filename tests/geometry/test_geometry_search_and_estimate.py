"""Robust estimation: known models among wrong matches, and every way to have no model."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from two_view_scenes import estimate_points, make_scene, random_points, slow_residuals, unit

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.models import MODELS, label_of
from featmatch.geometry.solve import solve

KINDS = list(MODELS)
MAPS = ["homography", "affine", "similarity"]
CAMERA = np.array([[800.0, 0, 400], [0, 800, 300], [0, 0, 1]])
CAMERAS = {"intrinsics0": CAMERA, "intrinsics1": CAMERA}


def estimate(scene, **options):
    points = scene.points0, scene.points1
    return estimate_points(scene.kind, *points, **scene.cameras, **options)


def scattered(num, seed=0):
    rng = np.random.default_rng(seed)
    return random_points(rng, num), random_points(rng, num)


def assert_no_model(geometry, num, *causes):
    assert not geometry
    assert geometry.kind == "none"
    assert geometry.matrix is None
    assert geometry.inliers.shape == geometry.residuals.shape == (num,)
    assert not geometry.inliers.any()
    assert np.isposinf(geometry.residuals).all()
    for cause in causes:
        assert cause in geometry.reason


@pytest.mark.parametrize("wrong", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_a_known_model_is_found(kind, seed, wrong):
    scene = make_scene(kind, seed, wrong=wrong)
    geometry = estimate(scene, seed=seed)
    assert geometry
    assert geometry.kind == kind
    assert geometry.reason == ""

    right = scene.is_right
    error = slow_residuals(geometry, scene.points0[right], scene.exact1[right])
    assert np.sqrt((error**2).mean()) < (0.5 if kind in MAPS else 1.0)
    assert (geometry.inliers == right).mean() >= 0.97

    recomputed = slow_residuals(geometry, scene.points0, scene.points1)
    np.testing.assert_allclose(geometry.residuals, recomputed, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(geometry.inliers, geometry.residuals <= geometry.max_error)
    assert recomputed[geometry.inliers].max() <= 3.0 + 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_tens_of_thousands_of_matches(kind):
    """OpenCV's graph cut runs out of its numbers from 46,341 matches on, and crashes."""
    scene = make_scene(kind, 0, num=50_000, wrong=0.3)
    geometry = estimate(scene)
    assert geometry.kind == kind
    assert (geometry.inliers == scene.is_right).mean() >= 0.97


@pytest.mark.parametrize("kind", KINDS)
def test_exact_matches_give_the_exact_model(kind):
    scene = make_scene(kind, 8, wrong=0.3, noise=0)
    geometry = estimate(scene)
    right = scene.is_right
    error = slow_residuals(geometry, scene.points0[right], scene.exact1[right])
    # A wrong match that happens to lie near its epipolar line bends the fit a little.
    assert error.max() < (0.01 if kind in MAPS else 0.5)
    assert geometry.inliers[right].all()


@pytest.mark.parametrize("kind", KINDS)
def test_scale_of_the_matrix(kind):
    matrix = estimate(make_scene(kind, 1)).matrix
    if kind in MAPS:
        assert matrix[2, 2] == 1
    else:
        assert np.linalg.norm(matrix) == pytest.approx(1)
    if kind in ("affine", "similarity"):
        np.testing.assert_array_equal(matrix[2], [0, 0, 1])
    if kind == "similarity":
        np.testing.assert_allclose([matrix[0, 0], matrix[0, 1]], [matrix[1, 1], -matrix[1, 0]])
    if kind == "fundamental":
        assert abs(np.linalg.det(matrix)) < 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_an_essential_matrix_and_its_fundamental_matrix(seed):
    scene = make_scene("essential", seed, wrong=0.3, noise=0.2)
    geometry = estimate(scene)
    first, second, third = np.linalg.svd(geometry.matrix, compute_uv=False)
    assert first == pytest.approx(second, rel=1e-6)
    assert third == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(unit(geometry.matrix), scene.matrix, atol=0.03)

    right = scene.is_right
    x0, x1 = (
        np.column_stack([points[right], np.ones(right.sum())])
        for points in (scene.points0, scene.exact1)
    )
    lines = x0 @ geometry.fundamental.T
    error = (x1 * lines).sum(axis=1) / np.hypot(lines[:, 0], lines[:, 1])
    assert np.abs(error).max() < 1.0
    np.testing.assert_array_equal(geometry.intrinsics0, scene.camera0)
    np.testing.assert_array_equal(geometry.intrinsics1, scene.camera1)
    assert geometry.homography is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_repeats_itself_to_the_bit_also_in_threads(kind):
    scene = make_scene(kind, 2, wrong=0.5)

    def outcome(seed):
        geometry = estimate(scene, seed=seed)
        return tuple(a.tobytes() for a in (geometry.matrix, geometry.inliers, geometry.residuals))

    once = outcome(7)
    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(outcome, [7] * 4)) == {once}


def test_the_seed_and_the_ratios_reach_the_search():
    points = scattered(60)
    ratios = np.random.default_rng(1).random(60)
    for kind in ("homography", "fundamental", "similarity"):
        found = {np.array(MODELS[kind].search(*points, 3.0, seed)).tobytes() for seed in range(5)}
        assert len(found) > 1
    plain = solve("fundamental", Correspondences(*points), 3.0, 0)
    trusting = solve("fundamental", Correspondences(*points, ratios), 3.0, 0)
    assert plain.tobytes() != trusting.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_the_matches_does_not_matter(kind):
    scene = make_scene(kind, 3)
    order = np.random.default_rng(0).permutation(len(scene.points0))
    geometry = estimate_points(kind, scene.points0[order], scene.points1[order], **scene.cameras)
    assert (geometry.inliers == scene.is_right[order]).mean() >= 0.97


@pytest.mark.parametrize("kind", KINDS)
def test_swapped_images_give_the_inverse_relation(kind):
    scene = make_scene(kind, 4, wrong=0.3)
    cameras = {"intrinsics0": scene.camera1, "intrinsics1": scene.camera0}
    there = estimate(scene)
    back = estimate_points(kind, scene.points1, scene.points0, **cameras)
    assert (there.inliers == back.inliers).mean() >= 0.98


@pytest.mark.parametrize("kind", KINDS)
def test_good_ratios_and_misleading_ratios(kind):
    scene = make_scene(kind, 5, wrong=0.5)
    for ratios in (1 - 0.5 * scene.is_right, 0.5 + 0.5 * scene.is_right):
        geometry = estimate(scene, ratios=ratios)
        assert (geometry.inliers == scene.is_right).mean() >= 0.97


@pytest.mark.parametrize("kind", KINDS)
def test_max_error_grows_with_pixel_size_and_never_shrinks(kind):
    scene = make_scene(kind, 6, wrong=0.3, noise=2.0)
    fine, coarse = estimate(scene, pixel_sizes=(0.5, 0.5)), estimate(scene, pixel_sizes=(4.0, 1.0))
    assert (fine.max_error, coarse.max_error) == (3.0, 12.0)
    assert coarse.residuals[coarse.inliers].max() <= 12.0
    assert coarse.inliers[scene.is_right].mean() > 0.95
    if kind in MAPS:
        assert fine.inliers[scene.is_right].mean() < 0.9


def test_max_error_is_the_estimators():
    scene = make_scene("homography", 6, wrong=0.3, noise=1.0)
    strict = Estimator(max_error=0.5).estimate(
        "homography", Correspondences(scene.points0, scene.points1)
    )
    assert strict.max_error == 0.5
    assert strict.residuals[strict.inliers].max() <= 0.5
    assert strict.num_inliers < estimate(scene).num_inliers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("num", [0, 1, 2, 3])
def test_few_matches(kind, num):
    points0 = scattered(5)[0][:num]
    geometry = estimate_points(kind, points0, points0 + np.array([10, 5]), **CAMERAS)
    needed = MODELS[kind].min_matches
    if num < needed:
        causes = label_of(kind), str(num), f"at least {needed}"
        assert_no_model(geometry, num, *causes)
    else:
        assert geometry.num_inliers == num
        expected = [[1, 0, 10], [0, 1, 5], [0, 0, 1]]
        np.testing.assert_allclose(geometry.matrix, expected, atol=1e-6)


def test_a_minimal_sample_of_a_homography():
    points0 = np.array([[0.0, 0], [100, 0], [100, 100], [0, 100]])
    points1 = np.array([[10.0, 5], [120, -5], [90, 130], [0, 90]])
    geometry = estimate_points("homography", points0, points1)
    expected = cv2.getPerspectiveTransform(points0.astype("f4"), points1.astype("f4"))
    np.testing.assert_allclose(geometry.matrix, expected, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", [(100.0, 50.0), (0.1, 0.3)])
def test_one_match_over_and_over(kind, at):
    points = np.full((30, 2), at)
    geometry = estimate_points(kind, points, points + 1, **CAMERAS)
    assert_no_model(geometry, 30, label_of(kind), "distinct")


@pytest.mark.parametrize("image", [0, 1])
@pytest.mark.parametrize("at", [(100.0, 50.0), (0.1, 0.3)])
@pytest.mark.parametrize("kind", KINDS)
def test_all_points_of_one_image_are_the_same(kind, at, image):
    points = [scattered(20)[0], np.full((20, 2), at)]
    geometry = estimate_points(kind, points[1 - image], points[image], **CAMERAS)
    assert_no_model(geometry, 20, f"image {image}", "same")


@pytest.mark.parametrize("image", [0, 1])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "similarity"])
def test_all_points_of_one_image_lie_on_one_line(kind, image):
    anywhere, _ = scattered(20)
    line = np.column_stack([anywhere[:, 0], 0.3 * anywhere[:, 0] + 17])
    points = [line, anywhere] if image == 0 else [anywhere, line]
    geometry = estimate_points(kind, *points, **CAMERAS)
    assert_no_model(geometry, 20, label_of(kind), f"image {image}", "line")


@pytest.mark.parametrize("kind", ["affine", "homography", "fundamental", "essential"])
def test_matches_on_a_line_among_far_fewer_wrong_ones(kind):
    x = np.linspace(20, 700, 40)
    line = np.column_stack([x, 0.5 * x + 50])
    outliers = [[[700, 20], [30, 560]], [[60, 50], [500, 30]]]
    points0, points1 = np.vstack([line, outliers[0]]), np.vstack([line * 1.1 + 3, outliers[1]])
    geometry = estimate_points(kind, points0, points1, **CAMERAS)
    if geometry:  # the points off the line complete the model, but then they must agree with it
        recomputed = slow_residuals(geometry, points0, points1)
        assert recomputed[geometry.inliers].max() <= 3.0
        assert geometry.inliers[40:].any()
    else:
        assert_no_model(geometry, 42, "line")


@pytest.mark.parametrize("seed", range(4))
def test_a_homography_needs_two_points_off_a_line(seed):
    rng = np.random.default_rng(seed)
    x = np.linspace(20, 700, 40)
    line = np.column_stack([x, 0.5 * x + 50])
    points0 = np.vstack([line, random_points(rng, 30)])
    points1 = np.vstack([line * 1.1 + [5, -7], random_points(rng, 30)])
    geometry = estimate_points("homography", points0, points1)
    assert not geometry or geometry.inliers[40:].sum() >= 2


@pytest.mark.parametrize("kind", KINDS)
def test_duplicated_matches_change_nothing(kind):
    scene = make_scene(kind, 9, wrong=0.3)
    points = [np.repeat(points, 3, axis=0) for points in (scene.points0, scene.points1)]
    geometry = estimate_points(kind, *points, **scene.cameras)
    assert (geometry.inliers == np.repeat(scene.is_right, 3)).mean() >= 0.97
    np.testing.assert_array_equal(geometry.inliers[::3], geometry.inliers[1::3])


def test_duplicates_do_not_count_as_a_sample():
    points0, points1 = scattered(3)
    geometry = estimate_points("homography", np.tile(points0, (9, 1)), np.tile(points1, (9, 1)))
    assert_no_model(geometry, 27, "3 distinct matches, at least 4")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_wrong_matches_alone_agree_on_little(kind, seed):
    geometry = estimate_points(kind, *scattered(100, seed), seed=seed, **CAMERAS)
    if geometry:
        assert geometry.num_inliers <= (8 if kind in MAPS else 25)
    else:
        assert_no_model(geometry, 100, label_of(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_stay_as_they_are_and_may_be_anything_like_arrays(kind):
    scene = make_scene(kind, 1, wrong=0.2)
    for array in (scene.points0, scene.points1):
        array.flags.writeable = False
    plain = estimate(scene)
    lists = estimate_points(kind, scene.points0.tolist(), scene.points1.tolist(), **scene.cameras)
    np.testing.assert_array_equal(plain.matrix, lists.matrix)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["points0", "points1"])
def test_points_must_be_finite(name, bad):
    points = dict(zip(("points0", "points1"), scattered(10), strict=True))
    points[name][3, 1] = bad
    with pytest.raises(ValueError, match=f"{name}: expected finite"):
        estimate_points("homography", **points)


@pytest.mark.parametrize("shape", [(10,), (10, 3), (2, 10), (10, 1, 2), (0,)])
@pytest.mark.parametrize("name", ["points0", "points1"])
def test_points_must_be_pairs(name, shape):
    points = dict(zip(("points0", "points1"), scattered(10), strict=True))
    points[name] = np.zeros(shape)
    with pytest.raises(ValueError, match=f"{name}: expected shape"):
        estimate_points("homography", **points)


def test_as_many_points_in_both_images():
    points0, points1 = scattered(10)
    with pytest.raises(ValueError, match="points1: expected 10 points, got 9"):
        estimate_points("homography", points0, points1[:9])


@pytest.mark.parametrize("num", [5, 11])
def test_as_many_ratios_as_matches(num):
    with pytest.raises(ValueError, match="ratios"):
        estimate_points("homography", *scattered(10), ratios=np.zeros(num))


@pytest.mark.parametrize("kind", ["none", "auto", "Homography", ""])
def test_the_kind_must_be_one_of_the_models(kind):
    with pytest.raises(ValueError, match="expected one of homography"):
        estimate_points(kind, *scattered(10))


@pytest.mark.parametrize("max_error", [0, -1, np.nan, np.inf])
def test_max_error_must_be_positive(max_error):
    with pytest.raises(ValueError, match="max_error"):
        Estimator(max_error=max_error)


BAD_CAMERAS = {
    "missing": None,
    "four columns": np.eye(3, 4),
    "a list": [800, 800, 400, 300],
    "no focal length": np.diag([0.0, 800, 1]),
    "mirrored": np.diag([800.0, -800, 1]),
    "not a number": np.full((3, 3), np.nan),
    "last row": np.array([[800.0, 0, 0], [0, 800, 0], [400, 300, 1]]),
    "no inverse": np.array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]]),
}


@pytest.mark.parametrize("image", [0, 1])
@pytest.mark.parametrize("bad", BAD_CAMERAS)
def test_cameras_are_checked(image, bad):
    cameras = [CAMERA, CAMERA]
    cameras[image] = BAD_CAMERAS[bad]
    with pytest.raises(ValueError, match=f"camera{image}: expected"):
        Correspondences(*scattered(10), cameras=tuple(cameras))


def test_an_essential_matrix_needs_both_cameras():
    with pytest.raises(ValueError, match="cameras: expected two for an essential matrix"):
        estimate_points("essential", *scattered(10))


def test_the_other_models_ignore_cameras():
    scene = make_scene("homography", 1)
    geometry = estimate(scene)
    with_cameras = estimate_points("homography", scene.points0, scene.points1, **CAMERAS)
    np.testing.assert_array_equal(geometry.matrix, with_cameras.matrix)
    assert with_cameras.intrinsics0 is None
