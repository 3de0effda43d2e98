"""Options of `featmatch.match` and `featmatch.detect`: what they do, and mistakes in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matched_samples import BLANK, fingerprint, picture, small_pair

import featmatch
from featmatch import METHODS, Estimator, Matcher, Pipeline
from featmatch.features.orb import ORB


def test_essential_matrix_needs_cameras():
    with pytest.raises(ValueError, match=r"^camera: expected those of both images"):
        featmatch.match(*small_pair(), model="essential")


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
