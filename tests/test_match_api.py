"""`featmatch.match` and `featmatch.detect`, from pictures to verdicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

import featmatch
from featmatch import METHODS, Estimator, ImageReadError, Matcher, Pipeline
from featmatch.features.orb import ORB
from featmatch.images.image import unseen_image
from featmatch.images.view import View
from featmatch.verification import MatchedPair

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PAIRS = {
    pair["name"]: pair
    for pair in json.loads((SAMPLES / "pairs.json").read_text(encoding="utf-8"))["pairs"]
}
CHOICES = ("auto", "orb", "sift", "cnn", "sift-cnn")


@cache
def match_pair(name, method):
    """Match a sample pair, once for all tests."""
    pair = PAIRS[name]
    return featmatch.match(SAMPLES / pair["image0"], SAMPLES / pair["image1"], method=method)


@cache
def picture(file, width=400):
    """Return a sample as RGB, made smaller."""
    pixels = cv2.imread(str(SAMPLES / file))[..., ::-1]
    height = round(pixels.shape[0] * width / pixels.shape[1])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    small.flags.writeable = False
    return small


def small_pair(name="poster"):
    return picture(f"{name}_0.jpg"), picture(f"{name}_1.jpg")


def homogeneous(points):
    return np.column_stack([points, np.ones(len(points))])


def true_points(name):
    points = np.array(PAIRS[name]["points"])
    return points[:, :2], points[:, 2:]


def transfer_errors(H, points0, points1):
    mapped = homogeneous(points0) @ np.asarray(H).T
    return np.linalg.norm(mapped[:, :2] / mapped[:, 2:] - points1, axis=1)


def epipolar_errors(F, points0, points1):
    """Return the larger of the distances to the two epipolar lines."""
    x0, x1 = homogeneous(points0), homogeneous(points1)
    lines1, lines0 = x0 @ np.asarray(F).T, x1 @ np.asarray(F)
    product = np.abs((x1 * lines1).sum(axis=1))
    return product / np.minimum(*(np.hypot(*lines[:, :2].T) for lines in (lines0, lines1)))


def fingerprint(result):
    """Everything but the time it took, as bytes and words."""
    arrays = [result.matches.indices, result.matches.distances, result.matches.ratios]
    arrays += [result.geometry.inliers, result.geometry.residuals]
    for features in (result.features0, result.features1):
        arrays += [features.keypoints, features.descriptors, features.scales, features.angles]
    matrix = result.geometry.matrix
    return (
        [array.tobytes() for array in arrays],
        None if matrix is None else matrix.tobytes(),
        result.geometry.kind,
        result.geometry.reason,
        result.verdict,
        result.method,
        [step.method for step in result.steps],
    )


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("method", CHOICES)
def test_verdict_on_the_samples(name, method):
    result = match_pair(name, method)
    same = PAIRS[name]["kind"] != "unrelated"
    assert result.verdict.accepted == same
    assert (result.verdict.confidence > 0.9) if same else (result.verdict.confidence < 0.2)
    assert result.verdict.reason


@pytest.mark.parametrize("method", CHOICES)
def test_poster_is_a_plane(method):
    result = match_pair("poster", method)
    assert result.geometry.kind == "homography"
    assert result.fundamental is None
    points0, points1 = true_points("poster")
    errors = transfer_errors(result.homography, points0, points1)
    assert errors.mean() < 0.75
    assert errors.max() < 1.5
    corners = np.array([[0, 0], [899, 0], [899, 674], [0, 674.0]])
    mapped = homogeneous(corners) @ np.array(PAIRS["poster"]["homography"]).T
    mapped = mapped[:, :2] / mapped[:, 2:]
    assert transfer_errors(result.homography, corners, mapped).mean() < 3


@pytest.mark.parametrize("method", CHOICES)
def test_room_has_depth(method):
    result = match_pair("room", method)
    assert result.geometry.kind == "fundamental"
    assert result.homography is None
    errors = epipolar_errors(result.fundamental, *true_points("room"))
    assert np.median(errors) < 0.3
    assert errors.max() < 2


@pytest.mark.parametrize("method", ["orb", "sift"])
def test_gallery_turned_by_90_degrees(method):
    files = (SAMPLES / PAIRS["gallery"][f"image{number}"] for number in (0, 1))
    result = featmatch.match(*files, method=method, model="fundamental")
    assert result.geometry.kind == "fundamental"
    assert np.median(epipolar_errors(result.fundamental, *true_points("gallery"))) < 1


@pytest.mark.parametrize("method", ["auto", "sift"])
def test_both_models_are_there_whatever_was_chosen(method):
    """Most of the gallery is one wall: the plane is chosen, and the depth is known too."""
    result = match_pair("gallery", method)
    assert list(result.models) == ["homography", "fundamental"]
    for kind, evidence in result.models.items():
        assert evidence.geometry.kind == kind
        assert len(evidence.geometry.inliers) == len(result.matches)
    assert result.models[result.geometry.kind].geometry.matrix is result.geometry.matrix
    lines = result.models["fundamental"].geometry.matrix
    assert np.median(epipolar_errors(lines, *true_points("gallery"))) < 1


def test_a_homography_is_polished_on_the_images():
    polished = match_pair("poster", "orb")
    seen = View(polished.image0), View(polished.image1)
    unseen = [View(unseen_image(view.image.size, "unseen")) for view in seen]
    rest = polished.features0, polished.features1, polished.matches
    geometry, own = (
        METHODS["orb"].verify(MatchedPair(*views, *rest)).chosen.geometry
        for views in (unseen, seen)
    )
    np.testing.assert_array_equal(own.matrix, polished.homography)
    points = true_points("poster")
    before, after = (transfer_errors(one.matrix, *points).mean() for one in (geometry, own))
    assert after < 0.5 * before
    assert own.predicted_error < 0.1 < geometry.predicted_error


@pytest.mark.parametrize("name", ["poster", "room"])
@pytest.mark.parametrize("method", CHOICES)
def test_inliers_agree_with_the_truth(name, method):
    result, pair = match_pair(name, method), PAIRS[name]
    points = result.points0[result.inliers], result.points1[result.inliers]
    if pair["kind"] == "planar":
        errors = transfer_errors(pair["homography"], *points)
    else:
        errors = epipolar_errors(pair["fundamental"], *points)
    assert len(errors) == result.num_inliers > 100
    assert np.mean(errors < 4) > 0.97


def test_what_a_result_holds():
    result = match_pair("poster", "orb")
    assert result.image0.size == result.image1.size == (900, 675)
    assert result.image0.name == str(SAMPLES / "poster_0.jpg")
    assert result.points0.shape == result.points1.shape == (len(result.matches), 2)
    rows0, rows1 = result.matches.indices.T
    np.testing.assert_array_equal(result.points0, result.features0.keypoints[rows0])
    np.testing.assert_array_equal(result.points1, result.features1.keypoints[rows1])
    assert set(result.seconds) == {"read", "extract", "match", "estimate"}
    assert all(seconds >= 0 for seconds in result.seconds.values())
    assert result.seed == 0


def test_residuals_are_those_of_the_homography():
    """The larger of the transfer errors, there and back."""
    result = match_pair("poster", "orb")
    forth = transfer_errors(result.homography, result.points0, result.points1)
    back = transfer_errors(np.linalg.inv(result.homography), result.points1, result.points0)
    expected = np.maximum(forth, back)[result.inliers]
    np.testing.assert_allclose(result.geometry.residuals[result.inliers], expected, rtol=1e-3)
    np.testing.assert_array_equal(
        result.inliers, result.geometry.residuals <= result.geometry.max_error
    )


@pytest.mark.parametrize(
    ("method", "seed"), [("auto", 0), ("orb", 7), ("sift", 2**31 - 1), ("cnn", 5), ("sift-cnn", 1)]
)
def test_same_seed_same_result(method, seed):
    first, second = (featmatch.match(*small_pair(), method=method, seed=seed) for _ in range(2))
    assert fingerprint(first) == fingerprint(second)
    assert first.seed == seed


def test_threads_do_not_disturb_each_other():
    jobs = [("poster", "orb", 0), ("poster", "sift", 5), ("room", "cnn", 5), ("room", "sift", 0)]

    def run(job):
        name, method, seed = job
        images = small_pair(name)
        result = featmatch.match(*images, method=method, seed=seed, max_keypoints=1000)
        return fingerprint(result)

    expected = [run(job) for job in jobs]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, jobs * 3)) == expected * 3


@pytest.mark.parametrize("method", CHOICES[1:])
def test_same_image_twice_is_the_identity(method):
    image, _ = small_pair()
    result = featmatch.match(image, image, method=method)
    assert result.verdict.accepted
    assert result.geometry.kind == "homography"
    corners = np.array([[0, 0], [399, 0], [399, 299], [0, 299.0]])
    assert transfer_errors(result.homography, corners, corners).max() < 1e-2
    assert result.num_inliers > 0.99 * len(result.matches)


@pytest.mark.parametrize("method", CHOICES[1:])
def test_swapped_images_give_the_inverse(method):
    image0, image1 = small_pair()
    forth = featmatch.match(image0, image1, method=method)
    back = featmatch.match(image1, image0, method=method)
    points = np.stack(np.meshgrid(np.linspace(0, 399, 5), np.linspace(0, 299, 4)), -1)
    there = homogeneous(points.reshape(-1, 2)) @ forth.homography.T
    there = there[:, :2] / there[:, 2:]
    assert np.median(transfer_errors(back.homography, there, points.reshape(-1, 2))) < 1.5


@pytest.mark.parametrize("convert", ["file", "PIL", "Image"])
def test_every_source_gives_the_same(convert, tmp_path):
    image0, image1 = small_pair()
    if convert == "file":
        PIL.Image.fromarray(image1).save(tmp_path / "image 1.png")
        source = tmp_path / "image 1.png"
    else:
        source = {"PIL": PIL.Image.fromarray, "Image": featmatch.read_image}[convert](image1)
    assert fingerprint(match_few(image0, source)) == fingerprint(match_few(image0, image1))


def test_floats_are_taken():
    image0, image1 = small_pair()
    result = match_few(image0 / 255, image1.astype(np.float32) / 255)
    assert result.num_inliers == pytest.approx(match_few(image0, image1).num_inliers, rel=0.1)


def match_few(image0, image1):
    return featmatch.match(image0, image1, method="orb", max_keypoints=1500)


def test_points_are_in_original_pixels():
    """Images of 900 x 675 worked on at 450: errors stay those of pixels that are twice as wide."""
    files = (SAMPLES / PAIRS["poster"][f"image{number}"] for number in (0, 1))
    result = featmatch.match(*files, method="sift", max_size=450)
    assert result.features0.image_size == (900, 675)
    assert result.features0.pixel_size == 2
    assert result.points0.max() > 450
    assert transfer_errors(result.homography, *true_points("poster")).mean() < 1


@pytest.mark.parametrize("method", CHOICES)
def test_masks(method):
    image0, image1 = small_pair()
    mask0, mask1 = np.zeros((300, 400), bool), np.full((300, 400, 3), 255, np.uint8)
    mask0[:, :200] = True
    mask1[:150] = 0
    result = featmatch.match(image0, image1, method=method, mask0=mask0, mask1=mask1)
    assert len(result.features0) > 20
    assert len(result.features1) > 20
    assert result.features0.keypoints[:, 0].max() < 199.5
    assert result.features1.keypoints[:, 1].min() >= 149.5


@pytest.mark.parametrize("argument", ["mask0", "mask1"])
def test_mask_of_another_size(argument):
    with pytest.raises(
        ValueError, match=rf"^{argument}: expected 400 x 300 \(the size of its image\), got 300 x 4"
    ):
        featmatch.match(*small_pair(), **{argument: np.ones((400, 300), bool)})


@pytest.mark.parametrize("argument", ["mask0", "mask1"])
def test_empty_mask(argument):
    result = featmatch.match(*small_pair(), **{argument: np.zeros((300, 400), bool)})
    assert not result.verdict
    assert result.verdict.reason.startswith(f"image {argument[-1]} has no keypoints")


@pytest.mark.parametrize("name", ["poster", "room"])
@pytest.mark.parametrize("model", ["homography", "fundamental", "affine", "similarity"])
def test_model_asked_for(name, model):
    result = featmatch.match(*small_pair(name), method="sift", model=model)
    assert result.verdict.accepted
    assert result.geometry.kind in (model, "none")
    if (name, model) in [("poster", "homography"), ("room", "fundamental")]:
        assert result.geometry


ESSENTIAL = """
import json
import featmatch
pair = next(p for p in json.load(open("pairs.json"))["pairs"] if p["name"] == "room")
cameras = pair["intrinsics0"], pair["intrinsics1"]
images = pair["image0"], pair["image1"]
result = featmatch.match(*images, method="orb", model="essential", camera=cameras)
print(json.dumps([result.geometry.kind, result.fundamental.tolist()]))
"""


def test_essential_matrix_with_true_cameras():
    """In a process of its own: some of OpenCV's searches for essential matrices crash theirs."""
    run = subprocess.run(
        [sys.executable, "-c", ESSENTIAL],
        cwd=SAMPLES,
        env=os.environ | {"PYTHONPATH": str(SAMPLES.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0
    kind, fundamental = json.loads(run.stdout)
    assert kind == "essential"
    assert np.median(epipolar_errors(fundamental, *true_points("room"))) < 0.5


def test_essential_matrix_needs_cameras():
    with pytest.raises(ValueError, match=r"^camera: expected those of both images"):
        featmatch.match(*small_pair(), model="essential")


BLANK = np.full((200, 300), 90, np.uint8)
DOT = np.zeros((1, 1), np.uint8)
LINE = np.zeros((1, 200), np.uint8)


def noise(seed):
    return np.random.default_rng(seed).integers(0, 256, (200, 300)).astype(np.uint8)


@pytest.mark.parametrize("method", CHOICES)
@pytest.mark.parametrize(
    ("image0", "image1", "reason"),
    [
        (BLANK, BLANK, "image 0 has no keypoints"),
        (picture("poster_0.jpg"), BLANK, "image 1 has no keypoints"),
        (DOT, picture("poster_0.jpg"), "image 0 has no keypoints"),
        (LINE, DOT, "image 0 has no keypoints"),
        (noise(1), noise(2), ""),
        (noise(1), picture("poster_0.jpg"), ""),
    ],
    ids=["blank", "one blank", "dot", "line and dot", "noise", "noise and picture"],
)
def test_images_that_do_not_match(method, image0, image1, reason):
    result = featmatch.match(image0, image1, method=method)
    assert not result.verdict
    assert result.verdict.confidence < 0.5
    assert reason in result.verdict.reason
    assert len(result.verdict.reason) > 10
    assert len(result.inliers) == len(result.matches)
    if reason:
        assert not result.geometry
        assert result.points0.shape == result.points1.shape == (0, 2)
        assert result.homography is result.fundamental is None


@pytest.mark.parametrize(
    "call", [featmatch.detect, lambda image, **o: featmatch.match(image, image, **o)]
)
def test_unknown_method(call):
    with pytest.raises(ValueError, match=r"^method: expected .*orb, sift.*, got 'surf'$"):
        call(BLANK, method="surf")


def test_detect_has_no_auto():
    with pytest.raises(ValueError, match=r"^method: expected one of orb, sift.*, got 'auto'$"):
        featmatch.detect(BLANK, method="auto")


@pytest.mark.parametrize("image", [BLANK, picture("poster_0.jpg")], ids=["blank", "picture"])
def test_unknown_model(image):
    with pytest.raises(
        ValueError, match=r"^model: expected one of auto, homography.*, got 'rigid'$"
    ):
        featmatch.match(image, image, model="rigid")


@pytest.mark.parametrize(
    ("seed", "error"), [(-1, ValueError), (2**31, ValueError), (1.0, TypeError), (True, TypeError)]
)
def test_impossible_seed(seed, error):
    with pytest.raises(error, match=f"^seed: expected .*, got {seed}$"):
        featmatch.match(BLANK, BLANK, seed=seed)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_ratio", 0),
        ("max_ratio", 1.5),
        ("max_error", 0),
        ("max_error", float("nan")),
        ("max_size", -1),
        ("exif", "maybe"),
        ("max_keypoints", -1),
    ],
)
def test_impossible_option(option, value):
    with pytest.raises(ValueError, match=f"^{option}: expected .*, got "):
        featmatch.match(BLANK, BLANK, **{option: value})


@pytest.mark.parametrize("call", [featmatch.match, featmatch.detect])
def test_misspelt_option(call):
    images = (BLANK, BLANK) if call is featmatch.match else (BLANK,)
    with pytest.raises(TypeError, match="max_keypoint"):
        call(*images, max_keypoint=5)


@pytest.mark.parametrize("position", [0, 1])
def test_image_with_nan(position):
    images = [np.zeros((40, 40)), np.zeros((40, 40))]
    images[position][3, 3] = np.nan
    with pytest.raises(ValueError, match=r"^image.*: expected finite values, got 1 "):
        featmatch.match(*images)


@pytest.mark.parametrize("position", [0, 1])
def test_image_that_cannot_be_read(position, tmp_path):
    images = [BLANK, BLANK]
    images[position] = tmp_path / "missing.jpg"
    with pytest.raises(ImageReadError, match=r"missing\.jpg"):
        featmatch.match(*images)


def test_options_reach_their_component():
    images = small_pair()

    def match(**options):
        return featmatch.match(*images, method="orb", max_keypoints=600, **options)

    default = match()
    assert len(default.features0) == len(default.features1) == 600
    strict = match(max_ratio=0.6)
    assert 0 < len(strict.matches) < len(default.matches)
    assert strict.matches.ratios.max() <= 0.6
    every = match(max_ratio=1, mutual=False)
    assert len(every.matches) == 600
    narrow = match(max_error=1.0)
    assert narrow.geometry.max_error == 1
    assert narrow.geometry.residuals[narrow.inliers].max() <= 1


def test_pipeline_of_ones_own():
    pipeline = Pipeline(ORB(max_keypoints=500), Matcher(max_ratio=0.8), Estimator(max_error=2))
    result = featmatch.match(*small_pair(), method=pipeline)
    assert len(result.features0) <= 500
    assert result.geometry.max_error == 2
    same = featmatch.match(
        *small_pair(), method="orb", max_keypoints=500, max_ratio=0.8, max_error=2
    )
    assert fingerprint(result) == fingerprint(same)
    assert len(featmatch.detect(small_pair()[0], method=pipeline, max_keypoints=7)) == 7


@pytest.mark.parametrize(
    ("call", "method", "name"),
    [
        (featmatch.match, "sift", "sift"),
        (featmatch.match, Pipeline(ORB()), "orb"),
        (featmatch.detect, "orb", "orb"),
        (featmatch.detect, Pipeline(ORB()), "orb"),
    ],
)
def test_an_option_that_only_other_methods_have(call, method, name):
    images = (BLANK, BLANK) if call is featmatch.match else (BLANK,)
    expected = f"^weights: expected a method with this option, cnn or sift-cnn, got {name}$"
    with pytest.raises(TypeError, match=expected):
        call(*images, method=method, weights="own.npz")


def test_registry_keeps_its_defaults():
    before = dict(METHODS)
    featmatch.match(*small_pair(), max_keypoints=50, max_ratio=0.5, max_error=9)
    assert dict(METHODS) == before
    assert replace(METHODS["orb"]) == METHODS["orb"]


def test_images_of_the_caller_are_not_changed():
    image0, image1 = (image.copy() for image in small_pair())
    featmatch.match(image0, image1, max_size=200)
    np.testing.assert_array_equal(image0, small_pair()[0])
    np.testing.assert_array_equal(image1, small_pair()[1])
    assert image0.flags.writeable


@pytest.mark.parametrize(
    ("name", "method"), [("poster_0", "orb"), ("unrelated_1", "orb"), ("gallery_1", "auto")]
)
def test_a_mirrored_photograph_is_no_match(name, method):
    pixels = featmatch.read_image(SAMPLES / f"{name}.jpg").pixels
    verdict = featmatch.match(pixels, pixels[:, ::-1], method=method).verdict
    assert not verdict.accepted
    assert "mirror" in verdict.reason


def test_unrelated_pictures_behind_small_masks_are_no_match():
    """All matches lie in a small part of the images, where any two agree."""
    rng = np.random.default_rng(0)
    for _ in range(8):
        masks = []
        for _ in range(2):
            mask = np.zeros((675, 900), np.uint8)
            x, y = rng.integers(150, 600), rng.integers(200, 450)
            mask[y : y + 140, x : x + 140] = 1
            masks.append(mask)
        result = featmatch.match(
            SAMPLES / "unrelated_0.jpg",
            SAMPLES / "unrelated_1.jpg",
            method="orb",
            mask0=masks[0],
            mask1=masks[1],
        )
        assert not result.verdict.accepted
