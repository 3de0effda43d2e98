"""Every method goes through the same tests."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from known_warps import noise, picture, project

import featmatch
from featmatch import METHODS, ArgumentTypeError, MissingExtraError
from featmatch.auto import PLANS
from featmatch.images.image import read_image
from featmatch.methods import with_options

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
USABLE = [name for name, pipeline in METHODS.items() if not pipeline.extractor.unavailable]
SPREADING = [name for name in USABLE if hasattr(METHODS[name].extractor, "spread")]
WITHOUT_ANGLES = ("cnn",)  # all are 0: its descriptors are turned when they are matched
COLUMNS = ("keypoints", "descriptors", "scores", "scales", "angles")
every_method = pytest.mark.parametrize("method", METHODS)
every_usable_method = pytest.mark.parametrize("method", USABLE)
every_spreading_method = pytest.mark.parametrize("method", SPREADING)


@cache
def features_of_picture(method):
    return featmatch.detect(picture(), method=method)


def assert_identical(features0, features1):
    for name in COLUMNS:
        column0, column1 = getattr(features0, name), getattr(features1, name)
        assert column0.dtype == column1.dtype
        np.testing.assert_array_equal(column0, column1, err_msg=name)


def test_orb_and_sift_are_always_usable():
    assert {"orb", "sift"} <= set(USABLE)
    for plan in PLANS.values():
        assert {step.pipeline.extractor.name for step in plan.steps} <= set(USABLE)


class Own:
    """An extractor that is no dataclass: its options cannot be replaced."""

    max_keypoints = 5

    def __getattr__(self, name):
        return getattr(METHODS["orb"].extractor, name)

    def __repr__(self):
        return "Own()"


def test_options_of_ones_own_extractor_are_set_on_it():
    own = replace(METHODS["orb"], extractor=Own())
    assert with_options(own, {"max_keypoints": None, "max_error": 2.0}).estimator.max_error == 2.0
    with pytest.raises(ArgumentTypeError) as caught:
        with_options(own, {"max_keypoints": 7})
    assert str(caught.value) == (
        "max_keypoints: expected a method whose options are the fields of a dataclass, got Own(); "
        "set it where that is made"
    )


@every_method
def test_registry_entry(method):
    extractor = METHODS[method].extractor
    assert extractor.name == method
    assert extractor.summary
    assert extractor.descriptor
    assert extractor.norm in ("l2", "hamming", "hamming2")
    assert is_dataclass(extractor)
    for field in fields(extractor):
        assert f"{field.name}=" in repr(extractor)
        assert field.name in inspect.getdoc(type(extractor))


def test_registry_is_read_only():
    with pytest.raises(TypeError):
        METHODS["mine"] = METHODS["orb"]


@every_method
def test_a_missing_package_is_named(method):
    """The package that a method needs is named where it is missing; else the method works."""
    extractor = METHODS[method].extractor
    if not extractor.unavailable:
        assert len(features_of_picture(method)) > 50
        return
    for call in (
        lambda: featmatch.detect(picture(), method=method),
        lambda: featmatch.match(picture(), picture(), method=method),
        lambda: extractor.extract(read_image(picture())),
    ):
        with pytest.raises(MissingExtraError, match=f"{method}: .*opencv-contrib-python"):
            call()


@every_method
def test_an_unavailable_method_says_what_to_install(method, monkeypatch):
    monkeypatch.setattr(type(METHODS[method].extractor), "unavailable", "pip install magic")
    with pytest.raises(MissingExtraError, match=f"^method {method}: pip install magic$"):
        featmatch.detect(picture(), method=method)


@every_method
def test_misspelt_option_is_refused(method):
    with pytest.raises(TypeError, match="max_keypoint"):
        type(METHODS[method].extractor)(max_keypoint=5)


@every_usable_method
@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_image_has_no_keypoints(method, value):
    features = featmatch.detect(np.full((90, 120), value, np.uint8), method=method)
    assert len(features) == 0
    assert features.keypoints.shape == (0, 2)
    assert features.image_size == (120, 90)
    assert features.norm == METHODS[method].extractor.norm


@every_usable_method
@pytest.mark.parametrize(
    "shape",
    [(1, 1), (1, 2), (2, 1), (1, 300), (300, 1), (2, 2), (3, 3), (2, 200), (7, 9), (16, 16)],
)
@pytest.mark.parametrize("make", [np.zeros, noise], ids=["blank", "noise"])
def test_tiny_image(method, shape, make):
    pixels = make(shape, np.uint8) if make is np.zeros else make(*shape)
    features = featmatch.detect(pixels, method=method)
    assert features.image_size == shape[::-1]
    assert_inside(features)


def assert_inside(features):
    """Pixels are squares around their centers."""
    assert (features.keypoints >= -0.5).all()
    assert (features.keypoints <= np.array(features.image_size) - 0.5).all()


@every_usable_method
@pytest.mark.parametrize("shape", [(100, 140), (64, 300, 3)])
def test_noise(method, shape):
    features = featmatch.detect(noise(*shape), method=method)
    assert len(features) > 10
    assert_inside(features)


@every_usable_method
def test_shapes_types_and_units(method):
    features = features_of_picture(method)
    num, extractor = len(features), METHODS[method].extractor
    assert num > 50
    assert features.keypoints.shape == (num, 2)
    assert features.scores.shape == features.scales.shape == features.angles.shape == (num,)
    for name in ("keypoints", "scores", "scales", "angles"):
        assert getattr(features, name).dtype == np.float32
    assert features.image_size == (360, 270)
    assert (features.method, features.norm) == (method, extractor.norm)
    assert features.pixel_size == 1
    size, unit = extractor.descriptor.split()
    if features.norm == "l2":
        assert unit == "floats"
        assert features.descriptors.dtype == np.float32
        assert features.descriptors.shape == (num, int(size))
        np.testing.assert_allclose(np.linalg.norm(features.descriptors, axis=1), 1, atol=1e-5)
    else:
        assert unit == "bits"
        assert features.descriptors.dtype == np.uint8
        assert features.descriptors.shape == (num, -(-int(size) // 8))
    assert_inside(features)
    assert (features.scales > 1).all()
    assert (features.scales < 270).all()
    assert (np.abs(features.angles) <= 2 * np.pi).all()
    if method in WITHOUT_ANGLES:
        assert not features.angles.any()
    else:
        assert np.ptp(features.angles) > np.pi  # degrees divided by 57, not by 3000


@every_usable_method
def test_two_runs_are_identical(method):
    assert_identical(featmatch.detect(picture(), method=method), features_of_picture(method))


@every_usable_method
def test_array_file_and_pil_image_are_alike(method, tmp_path):
    image = PIL.Image.fromarray(picture())
    image.save(tmp_path / "picture.png")
    for source in (image, tmp_path / "picture.png", str(tmp_path / "picture.png")):
        assert_identical(featmatch.detect(source, method=method), features_of_picture(method))


@every_usable_method
@pytest.mark.parametrize("max_keypoints", [0, 1, 2, 50])
def test_max_keypoints(method, max_keypoints):
    features = featmatch.detect(picture(), method=method, max_keypoints=max_keypoints)
    assert len(features) == max_keypoints


@every_spreading_method
@pytest.mark.parametrize("max_keypoints", [0, 1, 2, 50])
def test_max_keypoints_that_are_not_spread(method, max_keypoints):
    extractor = replace(METHODS[method].extractor, spread=False, max_keypoints=max_keypoints)
    features = extractor.extract(read_image(picture()))
    assert len(features) <= max_keypoints
    if max_keypoints == 50:
        assert len(features) > 30


@every_usable_method
@pytest.mark.parametrize("max_keypoints", [-1, 2.5, "many"])
def test_impossible_max_keypoints(method, max_keypoints):
    with pytest.raises((ValueError, TypeError), match=r"^max_keypoints: expected .*, got "):
        featmatch.detect(picture(), method=method, max_keypoints=max_keypoints)


@every_spreading_method
def test_spread_reaches_more_of_the_image(method):
    """The right half keeps a third of its contrast, so that the strongest lie in the left."""
    pixels = picture().copy()
    pixels[:, 180:] = pixels[:, 180:] // 3 + 80
    image = read_image(pixels)
    coverage = {}
    for spread in (True, False):
        extractor = replace(METHODS[method].extractor, spread=spread, max_keypoints=150)
        columns, rows = (extractor.extract(image).keypoints // 45).astype(int).T
        coverage[spread] = len(set(zip(columns.tolist(), rows.tolist(), strict=True)))
    assert coverage[True] > coverage[False]


@every_usable_method
def test_mask_is_respected(method):
    mask = np.zeros((270, 360), np.uint8)
    cv2.circle(mask, (200, 130), 90, 1, -1)
    features = featmatch.detect(picture(), method=method, mask=mask)
    assert 20 < len(features) < len(features_of_picture(method))
    columns, rows = np.rint(features.keypoints).astype(int).T
    assert mask[rows, columns].all()


@every_usable_method
def test_mask_of_a_larger_image_is_respected(method):
    """The mask has the size of the original, and pixels of the image worked on are 2 wide."""
    mask = np.zeros((540, 720), bool)
    mask[100:400, 301:] = True
    features = featmatch.detect(enlarged(picture()), method=method, mask=mask, max_size=360)
    assert len(features) > 20
    x, y = features.keypoints.T
    assert x.min() >= 299.5
    assert y.min() >= 99.5
    assert y.max() <= 399.5


@every_usable_method
def test_empty_and_full_mask(method):
    empty, full = np.zeros((270, 360), bool), np.ones((270, 360), bool)
    assert len(featmatch.detect(picture(), method=method, mask=empty)) == 0
    assert_identical(
        featmatch.detect(picture(), method=method, mask=full), features_of_picture(method)
    )


def enlarged(pixels):
    """Double the size by repeating pixels: area averaging gives back the very same image."""
    return pixels.repeat(2, axis=0).repeat(2, axis=1)


@every_usable_method
def test_points_of_a_resized_image_are_in_original_pixels(method):
    features = featmatch.detect(enlarged(picture()), method=method, max_size=360)
    small = features_of_picture(method)
    np.testing.assert_allclose(features.descriptors, small.descriptors, atol=1e-3)
    np.testing.assert_allclose(features.keypoints, (small.keypoints + 0.5) * 2 - 0.5, atol=1e-3)
    np.testing.assert_allclose(features.scales, small.scales * 2, rtol=1e-6)
    np.testing.assert_array_equal(features.angles, small.angles)
    assert features.image_size == (720, 540)
    assert features.pixel_size == 2


@every_usable_method
def test_resizing_can_be_turned_off(method):
    large = picture("poster_0", 420)
    for max_size in (0, 420):
        features = featmatch.detect(large, method=method, max_size=max_size)
        assert features.pixel_size == 1
    assert featmatch.detect(large, method=method, max_size=210).pixel_size == 2


def turned_and_resized(pixels, scale=0.7):
    """Turn by 90 degrees against the clock, then resize; return the image and its homography."""
    height, width = pixels.shape[:2]
    new_width, new_height = round(height * scale), round(width * scale)
    turned = np.ascontiguousarray(np.rot90(pixels))
    resized = cv2.resize(turned, (new_width, new_height), interpolation=cv2.INTER_AREA)
    turn = np.array([[0, 1, 0], [-1, 0, width - 1], [0, 0, 1.0]])
    scale_x, scale_y = new_width / height, new_height / width
    resize = np.array([[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2], [0, 0, 1]])
    return resized, resize @ turn


@every_usable_method
@pytest.mark.parametrize("name", ["poster_0", "room_0"])
def test_known_turn_and_resize(method, name):
    before = picture(name, 480)
    after, H = turned_and_resized(before)
    result = featmatch.match(before, after, method=method)
    assert result.verdict.accepted
    assert result.geometry.kind == "homography"

    errors = np.linalg.norm(project(H, result.points0) - result.points1, axis=1)
    assert len(errors) > 100
    assert np.median(errors) < 1
    assert np.mean(errors < 1.5) > 0.6

    grid = np.stack(np.meshgrid(np.linspace(0, 479, 9), np.linspace(0, 359, 7)), -1).reshape(-1, 2)
    deviations = project(H, grid) - project(result.homography, grid)
    assert np.linalg.norm(deviations, axis=1).max() < 1.5

    rows0, rows1 = result.matches.indices[errors < 1.5].T
    scales = result.features1.scales[rows1] / result.features0.scales[rows0]
    assert np.median(scales) == pytest.approx(0.7, rel=0.25)
    if method not in WITHOUT_ANGLES:
        turns = result.features1.angles[rows1] - result.features0.angles[rows0]
        # To learned descriptors, the several orientations of one of SIFT's places are all the same.
        share = 0.7 if method == "sift-cnn" else 0.9
        assert np.mean(np.cos(turns + np.pi / 2) > np.cos(0.35)) > share


@pytest.mark.parametrize("root", [True, False])
def test_sift_as_opencv_computes_it(root):
    """RootSIFT: square roots of histograms that sum to 1 (Arandjelovic & Zisserman 2012)."""
    extractor = replace(METHODS["sift"].extractor, root=root, spread=False, max_keypoints=10**5)
    gray = read_image(picture()).gray()
    features = extractor.extract(read_image(picture()))
    detector = cv2.SIFT.create(
        nfeatures=10**5,
        contrastThreshold=extractor.contrast_threshold,
        edgeThreshold=extractor.edge_threshold,
        enable_precise_upscale=True,
    )
    points, histograms = detector.detectAndCompute(gray, None)
    np.testing.assert_array_equal(features.keypoints, np.float32([point.pt for point in points]))
    if root:
        expected = np.sqrt(histograms / histograms.sum(axis=1, keepdims=True))
    else:
        expected = histograms / np.linalg.norm(histograms, axis=1, keepdims=True)
    np.testing.assert_allclose(features.descriptors, expected, atol=1e-5)


@pytest.mark.parametrize("wta_k", [2, 3, 4])
def test_orb_as_opencv_computes_it(wta_k):
    extractor = replace(METHODS["orb"].extractor, wta_k=wta_k, spread=False, max_keypoints=200)
    gray = read_image(picture()).gray()
    detector = cv2.ORB.create(nfeatures=200, WTA_K=wta_k, fastThreshold=extractor.fast_threshold)
    points, bits = detector.detectAndCompute(gray, None)
    features = extractor.extract(read_image(picture()))
    chosen = np.argsort([-point.response for point in points], kind="stable")[:200]
    np.testing.assert_array_equal(features.descriptors, bits[np.sort(chosen)])
    assert features.norm == ("hamming" if wta_k == 2 else "hamming2")
