"""The whole comparison, as `featmatch.compare_cnn` makes it."""

from __future__ import annotations

import json
import pickle
from functools import cache

import numpy as np
import pytest
from comparison_cases import BLANK, SAMPLES, small_sample_pair
from json_schemas import check_schema

import featmatch
from featmatch import FeatmatchError, ImageReadError, WeightsError
from featmatch.blas import find_openblas
from featmatch.compare.comparison import PARTS
from featmatch.compare.pair import warped_pair
from featmatch.images.image import read_image
from featmatch.learned.network.weights import SHIPPED

KEYS = [
    *("version", "seed", "quick", "weights", "pair", "verdict", "contrast", "changes"),
    *("feature_maps", "receptive_fields", "followed", "seconds"),
]
CHANGES = ["rotation", "scale", "blur", "noise", "brightness", "jpeg"]
PHOTOGRAPH = SAMPLES / "gallery_0.jpg"
BLAS = find_openblas()


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def compared(*images, **options):
    """A comparison that has been checked for what all have in common."""
    options = {"quick": True, "max_keypoints": 60, "max_size": 160} | options
    comparison = featmatch.compare_cnn(*images, **options)
    document = comparison.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    check_schema("compare-cnn", document)
    assert list(document) == KEYS
    assert list(document["pair"]["image0"]) == ["size", "name"]
    verdict = comparison.verdict
    assert len(verdict.details) <= 8
    assert (not verdict.details) is (verdict.outcome == "nothing")
    assert list(comparison.seconds) == list(PARTS)
    return comparison


@cache
def one_image():
    told = []
    comparison = compared(PHOTOGRAPH, seed=4, progress=lambda *news: told.append(news))
    return comparison, told


def test_the_sample_pair():
    comparison = compared(max_keypoints=100)
    assert comparison.pair.origin == "sample"
    np.testing.assert_array_equal(comparison.pair.homography, small_sample_pair().homography)
    assert [method.name for method in comparison.contrast.methods] == ["orb", "sift", "cnn"]
    assert [change.name for change in comparison.changes] == CHANGES
    assert comparison.contrast.methods[2].num_correct > 0


def test_one_image_and_a_known_warp():
    comparison, _ = one_image()
    image = read_image(PHOTOGRAPH, max_size=160)
    warped = warped_pair(image, 4)
    assert comparison.pair.origin == "warp"
    np.testing.assert_array_equal(comparison.pair.homography, warped.homography)
    np.testing.assert_array_equal(comparison.pair.image1.pixels, warped.image1.pixels)
    assert comparison.pair.image0.name == str(PHOTOGRAPH)


def test_what_was_asked_for_is_noted():
    comparison, _ = one_image()
    assert comparison.version == featmatch.__version__
    assert (comparison.seed, comparison.quick, comparison.weights) == (4, True, "cnn.npz")
    assert comparison.contrast.max_keypoints == 60
    assert max(len(method.points0) for method in comparison.contrast.methods) <= 60
    assert len(comparison.feature_maps.points0) <= 60
    assert comparison.feature_maps.size == comparison.pair.image0.size == (160, 120)


@pytest.mark.skipif(BLAS is None, reason="NumPy is built on another BLAS than OpenBLAS")
def test_blas_has_one_thread_meanwhile():
    before, seen = BLAS.get_num_threads(), set()
    BLAS.set_num_threads(3)
    try:
        compared(BLANK, progress=lambda part, done: seen.add(BLAS.get_num_threads()))
        assert seen == {1}
        assert BLAS.get_num_threads() == 3
    finally:
        BLAS.set_num_threads(before)


def test_progress_is_told_part_by_part():
    _, told = one_image()
    assert list(dict.fromkeys(part for part, _ in told)) == list(PARTS)
    for part in PARTS:
        done = [share for name, share in told if name == part]
        assert done == sorted(done)
        assert (done[0], done[-1]) == (0.0, 1.0)


def without_times(comparison):
    document = comparison.to_dict()
    del document["seconds"], document["verdict"]["details"][:2]
    for method in document["contrast"]["methods"]:
        del method["extract_seconds"], method["match_seconds"]
    return document


def as_another_process_gets_it(work):
    return pickle.loads(pickle.dumps(work))


@pytest.mark.slow
@pytest.mark.parametrize("apart", [None, as_another_process_gets_it])
def test_same_seed_same_numbers(apart):
    comparison, _ = one_image()
    again = compared(PHOTOGRAPH, seed=4, apart=apart)
    assert without_times(again) == without_times(comparison)


def test_the_document_holds_numbers_and_no_pictures():
    comparison, _ = one_image()
    document = comparison.to_dict()
    assert document["pair"]["image0"] == {"size": [160, 120], "name": str(PHOTOGRAPH)}
    np.testing.assert_allclose(document["pair"]["homography"], comparison.pair.homography, 1e-6)
    for method, scores in zip(
        comparison.contrast.methods, document["contrast"]["methods"], strict=True
    ):
        np.testing.assert_allclose(scores["points0"], method.points0, 1e-6)
        assert scores["num_matches"] == len(scores["matches"]) == len(scores["correct"])
    assert "mosaic" not in document["feature_maps"]["layers"][0]
    assert document["verdict"]["headline"] == comparison.verdict.headline


@pytest.mark.parametrize("as_file", [True, False])
def test_a_homography_is_in_pixels_of_the_originals(tmp_path, as_file):
    """A cut at full size, worked on at a fifth of it."""
    pixels = read_image(PHOTOGRAPH, max_size=0).pixels
    homography = np.array([(1, 0, -40), (0, 1, -20), (0, 0, 1)], float)
    path = tmp_path / "homography.txt"
    np.savetxt(path, homography)
    comparison = compared(
        pixels[:-20, :-40], pixels[20:, 40:], homography=path if as_file else homography
    )
    scale = comparison.pair.image0.size[0] / (pixels.shape[1] - 40)
    assert comparison.pair.origin == "given"
    np.testing.assert_allclose(comparison.pair.homography[:2, 2], [-40 * scale, -20 * scale], 1e-2)
    assert comparison.contrast.methods[0].accuracy[2] > 0.6


def test_two_images_of_unknown_geometry():
    pixels = read_image(PHOTOGRAPH, max_size=320).pixels
    comparison = compared(pixels[:-8, :-16], pixels[8:, 16:], max_keypoints=150, max_size=0)
    assert comparison.pair.origin == "estimated"
    shift = np.array([(1, 0, -16), (0, 1, -8), (0, 0, 1)])
    np.testing.assert_allclose(comparison.pair.homography[:2, 2], shift[:2, 2], atol=0.7)


@pytest.mark.slow
@pytest.mark.parametrize(
    "images",
    [
        (BLANK,),
        (BLANK, BLANK),
        (noise(1, 1),),
        (noise(20, 20), noise(20, 20)),
        (noise(40, 50), BLANK),
        (noise(5, 200),),
        (noise(60, 60, 3) / 255.0, noise(60, 60)),
    ],
    ids=["blank", "two blank", "one pixel", "tiny", "noise and blank", "thin", "color and gray"],
)
def test_images_that_give_little(images):
    comparison = compared(*images)
    for method in comparison.contrast.methods:
        assert min(method.num_keypoints) == 0 or images[0].shape[0] == 60
        assert not method.num_correct


def test_images_without_overlap():
    comparison = compared(noise(60, 80), noise(60, 80, seed=1))
    assert comparison.pair.origin == "none"
    assert all(method.num_correct is None for method in comparison.contrast.methods)
    assert comparison.verdict.outcome in ("unrelated", "nothing")


def test_weights_by_their_file(tmp_path):
    path = tmp_path / "mine.npz"
    path.write_bytes(SHIPPED.read_bytes())
    assert compared(noise(40, 40), weights=path).weights == "mine.npz"


@pytest.mark.parametrize(
    ("images", "options", "error", "message"),
    [
        ((None, BLANK), {}, ValueError, r"^image1: expected it together with image0, got it al"),
        ((), {"homography": np.eye(3)}, ValueError, r"^homography: expected it together with two"),
        ((BLANK,), {"homography": "h.txt"}, ValueError, r"^homography: expected it together wit"),
        ((BLANK, BLANK), {"homography": np.eye(2)}, ValueError, r"^homography: .*shape \(2, 2\)"),
        ((BLANK, BLANK), {"homography": "no/h.txt"}, FeatmatchError, r"no/h\.txt"),
        (("no.png",), {}, ImageReadError, r"no\.png"),
        ((BLANK,), {"weights": "no.npz"}, WeightsError, r"no\.npz"),
        ((BLANK,), {"seed": -1}, ValueError, "^seed: "),
        ((BLANK,), {"seed": 1.0}, TypeError, "^seed: "),
        (
            (BLANK,),
            {"max_keypoints": 0},
            ValueError,
            "^max_keypoints: expected an integer from 1 to 20,000, got 0$",
        ),
        ((BLANK,), {"quick": 1}, TypeError, "^quick: expected True or False, got 1$"),
        ((BLANK,), {"max_size": -1}, ValueError, "^max_size: "),
        ((BLANK,), {"exif": "maybe"}, ValueError, "^exif: "),
        ((3,), {}, TypeError, "^image0: "),
        ((BLANK, 3), {}, TypeError, "^image1: "),
    ],
)
def test_what_is_refused(images, options, error, message):
    with pytest.raises(error, match=message):
        featmatch.compare_cnn(*images, **options)
