"""The sample pairs are what they claim: exact geometry, matching light, known sources."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from known_warps import project

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PAIRS = json.loads((SAMPLES / "pairs.json").read_text(encoding="utf-8"))["pairs"]
PLANAR, POSE, NEGATIVE = (
    [pair for pair in PAIRS if pair["kind"] == kind] for kind in ("planar", "pose", "unrelated")
)


def name_of(pair):
    return pair["name"]


def gray(pair, number):
    image = cv2.imread(str(SAMPLES / pair[f"image{number}"]), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return image.astype(np.float32)


def points_of(pair):
    points = np.array(pair["points"])
    return points[:, :2], points[:, 2:]


def rotation_homography(pair):
    """Image 0 to image 1 for points infinitely far away."""
    K0, K1, T = (np.array(pair[key]) for key in ("intrinsics0", "intrinsics1", "pose"))
    return K1 @ T[:3, :3] @ np.linalg.inv(K0)


def patches(image, centers, size=17):
    return np.stack([cv2.getRectSubPix(image, (size, size), tuple(c)) for c in centers.tolist()])


def mean_correlation(image0, image1, x0, x1, shift=(0.0, 0.0)):
    """Mean correlation of the patches that have texture in image 0."""
    first, second = patches(image0, x0), patches(image1, x1 + shift)
    textured = first.std(axis=(1, 2)) > 12
    assert textured.sum() > 50
    first, second = (
        p[textured] - p[textured].mean(axis=(1, 2), keepdims=True) for p in (first, second)
    )
    norms = np.linalg.norm(first, axis=(1, 2)) * np.linalg.norm(second, axis=(1, 2))
    return float(np.mean((first * second).sum(axis=(1, 2)) / (norms + 1e-6)))


def aligned(pair, H):
    """Image 0, image 1 seen through H from image 0, and the listed points in both, well inside."""
    image0, image1 = gray(pair, 0), gray(pair, 1)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = 2 * image0.shape[1], 2 * image0.shape[0]
    center = np.array([[1, 0, -image0.shape[1] / 2], [0, 1, -image0.shape[0] / 2], [0, 0, 1]])
    warped = cv2.warpPerspective(image1, np.asarray(H) @ center, size, flags=flags)
    x0, x1 = points_of(pair)
    x1 = project(np.linalg.inv(np.asarray(H) @ center), x1)
    inside = np.all((x1 > 20) & (x1 < np.array(size) - 20), axis=1)
    return image0, warped, x0[inside], x1[inside]


def test_every_kind_is_there():
    assert {pair["kind"] for pair in PAIRS} == {"planar", "pose", "unrelated"}
    assert len({pair["name"] for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
def test_images_decode_and_are_small(pair):
    for number in (0, 1):
        assert gray(pair, number).shape == (675, 900)
        assert (SAMPLES / pair[f"image{number}"]).stat().st_size < 200_000


def test_folder_is_small():
    assert sum(file.stat().st_size for file in SAMPLES.iterdir() if file.is_file()) < 2_000_000


@pytest.mark.parametrize("pair", PLANAR + POSE, ids=name_of)
def test_points_lie_in_both_images(pair):
    for x in points_of(pair):
        assert len(x) >= 200
        assert np.all((x >= 0) & (x <= [899, 674]))


@pytest.mark.parametrize("pair", NEGATIVE, ids=name_of)
def test_unrelated_pairs_claim_no_geometry(pair):
    assert set(pair) == {"name", "image0", "image1", "kind"}


@pytest.mark.parametrize("pair", PLANAR, ids=name_of)
def test_homography_maps_the_points(pair):
    x0, x1 = points_of(pair)
    assert np.abs(project(pair["homography"], x0) - x1).max() < 0.01


@pytest.mark.parametrize("pair", POSE, ids=name_of)
def test_fundamental_agrees_with_the_pose(pair):
    keys = ("intrinsics0", "intrinsics1", "pose", "fundamental")
    K0, K1, T, F = (np.array(pair[key]) for key in keys)
    R, (x, y, z) = T[:3, :3], T[:3, 3]
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-10)
    assert np.linalg.det(R) == pytest.approx(1)
    E = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ R
    expected = np.linalg.inv(K1).T @ E @ np.linalg.inv(K0)
    expected /= np.linalg.norm(expected)
    np.testing.assert_allclose(F * np.sign(np.sum(F * expected)), expected, atol=1e-10)


@pytest.mark.parametrize("pair", POSE, ids=name_of)
def test_points_lie_on_their_epipolar_lines(pair):
    F = np.array(pair["fundamental"])
    x0, x1 = (np.column_stack([x, np.ones(len(x))]) for x in points_of(pair))
    algebraic = np.abs(np.sum(x1 * (x0 @ F.T), axis=1))
    assert (algebraic / np.linalg.norm((x0 @ F.T)[:, :2], axis=1)).max() < 0.01
    assert (algebraic / np.linalg.norm((x1 @ F)[:, :2], axis=1)).max() < 0.01


@pytest.mark.parametrize("pair", POSE, ids=name_of)
def test_points_triangulate_in_front_and_reproject(pair):
    K0, K1, T = (np.array(pair[key]) for key in ("intrinsics0", "intrinsics1", "pose"))
    x0, x1 = points_of(pair)
    P0, P1 = K0 @ np.eye(3, 4), K1 @ T[:3]
    X = cv2.triangulatePoints(P0, P1, x0.T, x1.T)
    X = X[:3] / X[3]
    for P, x in ((P0, x0), (P1, x1)):
        seen = P @ np.vstack([X, np.ones(X.shape[1])])
        assert np.all((seen[2] > 0.5) & (seen[2] < 10))
        assert np.abs((seen[:2] / seen[2]).T - x).max() < 0.01


def test_room_fits_no_homography():
    (pair,) = (pair for pair in POSE if pair["name"] == "room")
    _, inliers = cv2.findHomography(*points_of(pair), cv2.RANSAC, 3.0)
    assert inliers.mean() < 0.75


@pytest.mark.parametrize("pair", PLANAR, ids=name_of)
def test_planar_images_align_to_a_fraction_of_a_pixel(pair):
    image0, image1 = gray(pair, 0), gray(pair, 1)
    H, size = np.array(pair["homography"]), image0.shape[::-1]
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(image1, H, size, flags=flags)
    seen = cv2.warpPerspective(np.full(image1.shape, 255, np.uint8), H, size, flags=flags)
    mask = cv2.erode((seen > 254).astype(np.uint8), np.ones((15, 15)))
    assert mask.mean() > 0.5
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-6)
    correlation, moved = cv2.findTransformECC(
        image0, warped, np.eye(2, 3, dtype=np.float32), cv2.MOTION_AFFINE, stop, mask, 5
    )
    corners = np.array([[0, 0, 1], [899, 0, 1], [0, 674, 1], [899, 674, 1]])
    assert correlation > 0.9
    assert np.abs(corners @ moved.T - corners[:, :2]).max() < 0.2


@pytest.mark.parametrize("pair", PLANAR + POSE, ids=name_of)
def test_images_look_alike_at_the_points_and_not_beside_them(pair):
    H = pair["homography"] if "homography" in pair else rotation_homography(pair)
    views = aligned(pair, H)
    true = mean_correlation(*views)
    assert true > 0.65
    for shift in ((3, 0), (-3, 0), (0, 3), (0, -3)):
        assert mean_correlation(*views, shift) < true - 0.15


@pytest.mark.parametrize("pair", PLANAR + POSE, ids=name_of)
def test_correlation_peaks_within_a_fifth_of_a_pixel(pair):
    H = pair["homography"] if "homography" in pair else rotation_homography(pair)
    views = aligned(pair, H)
    middle = mean_correlation(*views)
    for axis in np.eye(2):
        before, after = mean_correlation(*views, -axis), mean_correlation(*views, axis)
        peak = 0.5 * (before - after) / (before - 2 * middle + after)
        assert abs(peak) < 0.2


@pytest.mark.parametrize("pair", PLANAR, ids=name_of)
def test_inverse_homography_does_not_align(pair):
    x0, _ = points_of(pair)
    wrong = project(np.linalg.inv(np.array(pair["homography"])), x0)
    inside = np.all((wrong > 20) & (wrong < [880, 655]), axis=1)
    assert mean_correlation(gray(pair, 0), gray(pair, 1), x0[inside], wrong[inside]) < 0.3


def test_sources_name_every_photograph():
    script = ast.parse((SAMPLES / "materials.py").read_text(encoding="utf-8"))
    (photos,) = (
        ast.literal_eval(node.value)
        for node in script.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "PHOTOS"
    )
    rows = (SAMPLES / "SOURCES.md").read_text(encoding="utf-8").splitlines()
    licenses = {
        row.split("|")[1].strip(" `"): row.split("|")[5].strip()
        for row in rows
        if row.count("|") == 6
    }
    assert len(photos) == 10
    assert {licenses[photo] for photo in photos} <= {"CC0", "public domain"}


# The ray-caster itself, against closed forms.


@pytest.fixture(scope="module")
def scene():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SAMPLES)
        yield importlib.import_module("scene")


@pytest.fixture(scope="module")
def photograph(scene):
    return importlib.import_module("photograph")


def wall(scene, depth, width, height, texture):
    """A frontal rectangle around the view axis of a camera at the origin that looks along y."""
    corner = (-width / 2, depth, height / 2)
    return scene.rectangle(corner, (width, 0, 0), (0, 0, -height), texture)


def white():
    return np.ones((4, 4, 3), np.float32)


def test_frontal_plane_is_seen_at_its_scale(scene):
    camera = scene.look_at((0, 0, 0), (0, 1, 0), 100.0, (201, 101))
    x, y = np.array([100.0, 0.0, 150.0, 120.0]), np.array([50.0, 20.0, 50.0, 0.0])
    index, u, v, depth = scene.cast([wall(scene, 4.0, 10.0, 6.0, white())], camera, x, y)
    assert index.tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(u, ((x - 100) * 4 / 100 + 5) / 10)
    np.testing.assert_allclose(v, ((y - 50) * 4 / 100 + 3) / 6)
    np.testing.assert_allclose(depth, 4.0)


def test_stepping_forward_scales_about_the_principal_point(scene):
    size = 201, 101
    camera0 = scene.look_at((0, 0, 0), (0, 1, 0), 100.0, size)
    camera1 = scene.look_at((0, 1.5, 0), (0, 2, 0), 100.0, size)
    H = scene.plane_homography(wall(scene, 4.0, 10.0, 6.0, white()), camera0, camera1)
    scale = 4.0 / 2.5
    expected = [[scale, 0, 100 * (1 - scale)], [0, scale, 50 * (1 - scale)], [0, 0, 1]]
    np.testing.assert_allclose(H, expected, atol=1e-9)


def test_positive_roll_turns_the_image_anticlockwise(scene):
    camera = scene.look_at((0, 0, 0), (0, 1, 0), 100.0, (201, 101), roll=np.pi / 2)
    np.testing.assert_allclose(camera.project(np.array([[0.2, 1.0, 0.0]])), [[100, 30]])


def test_a_texel_a_pixel_gives_the_texture_itself(scene, photograph):
    texture = np.random.default_rng(0).uniform(size=(12, 16, 3)).astype(np.float32)
    camera = scene.look_at((0, 0, 0), (0, 1, 0), 20.0, (16, 12))
    surface = wall(scene, 2.0, 16 * 2 / 20, 12 * 2 / 20, texture)
    image = photograph.render([surface], [white()], camera, samples=1)
    np.testing.assert_allclose(image, texture, atol=1e-5)


@pytest.mark.parametrize("texels", [16, 64, 128])
def test_a_ramp_keeps_its_place_at_every_level_of_detail(scene, photograph, texels):
    u = (np.arange(texels) + 0.5) / texels
    texture = np.broadcast_to(u[None, :, None], (texels, texels, 3)).astype(np.float32)
    camera = scene.look_at((0, 0, 0), (0, 1, 0), 20.0, (16, 16))
    surface = wall(scene, 2.0, 1.6, 1.6, texture)
    row = photograph.render([surface], [white()], camera)[8, 2:-2, 0]
    np.testing.assert_allclose(row, (np.arange(2, 14) + 0.5) / 16, atol=1e-5)


def test_fine_stripes_blur_to_gray_instead_of_aliasing(scene, photograph):
    stripes = np.zeros((512, 512, 3), np.float32)
    stripes[:, ::2] = 1
    camera = scene.look_at((0, 0, 0), (0, 1, 0), 20.0, (16, 16))
    surface = wall(scene, 2.0, 1.6, 1.6, stripes)
    image = photograph.render([surface], [white()], camera)
    np.testing.assert_allclose(image, 0.5, atol=0.02)


def test_correspondences_shift_by_depth_and_respect_occlusion(scene):
    surfaces = [wall(scene, 4.0, 20.0, 20.0, white()), wall(scene, 2.0, 1.0, 1.0, white())]
    camera0 = scene.look_at((0, 0, 0), (0, 1, 0), 100.0, (201, 201))
    camera1 = scene.look_at((1, 0, 0), (1, 1, 0), 100.0, (201, 201))
    points = scene.correspondences(surfaces, camera0, camera1, 300, np.random.default_rng(0))
    x0, x1 = points[:, :2], points[:, 2:]
    in_front = np.all(np.abs(x0 - 100) <= 25, axis=1)
    assert in_front.any()
    assert not in_front.all()
    np.testing.assert_allclose(x1[in_front] - x0[in_front], [[-50, 0]] * in_front.sum(), atol=1e-9)
    np.testing.assert_allclose(
        x1[~in_front] - x0[~in_front], [[-25, 0]] * (~in_front).sum(), atol=1e-9
    )
    hidden = np.all(np.abs(x1[~in_front] - [50, 100]) < 25, axis=1)
    assert not hidden.any()


def test_lamps_obey_the_inverse_square_law_and_cast_shadows(scene):
    light = importlib.import_module("light")
    lamp = light.Lamp((0, 0, 0), (0, 1, 0), (1, 1, 1), radius=0.0)
    points, toward = np.array([[0.0, 2.0, 0.0], [0.0, 4.0, 0.0]]), np.array([0.0, -1.0, 0.0])
    np.testing.assert_allclose(light.lamp_light([], lamp, points, toward), [1 / 4, 1 / 16])
    screen = wall(scene, 3.0, 1.0, 1.0, white())
    np.testing.assert_allclose(light.lamp_light([screen], lamp, points, toward), [1 / 4, 0])


def test_developing_is_repeatable_and_follows_the_exposure(photograph):
    radiance = np.full((32, 32, 3), 0.3, np.float32)

    def developed(**options):
        exposure = photograph.Exposure(**options)
        file = photograph.develop(radiance, exposure, np.random.default_rng(1))
        return file, cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR).astype(float)

    plain, image = developed()
    assert plain == developed()[0]
    assert developed(gain=2.0)[1].mean() > image.mean() + 20
    blue, _, red = developed(cast=(1.5, 1.0, 0.7))[1].mean(axis=(0, 1))
    assert red > blue + 20
    sloped = developed(gradient=(0.4, 0.0))[1]
    assert sloped[:, 16:].mean() > sloped[:, :16].mean() + 10
