"""What `featmatch.match` takes as images and masks, and what it says of poor ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import PIL.Image
import pytest
from matched_samples import (
    BLANK,
    CHOICES,
    fingerprint,
    homogeneous,
    picture,
    small_pair,
    transfer_errors,
)

import featmatch
from featmatch import ImageReadError


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "seed"), [("auto", 0), ("orb", 7), ("sift", 2**31 - 1), ("cnn", 5), ("sift-cnn", 1)]
)
def test_same_seed_same_result(method, seed):
    first, second = (featmatch.match(*small_pair(), method=method, seed=seed) for _ in range(2))
    assert fingerprint(first) == fingerprint(second)
    assert first.seed == seed


@pytest.mark.slow
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


def test_images_of_the_caller_are_not_changed():
    image0, image1 = (image.copy() for image in small_pair())
    featmatch.match(image0, image1, max_size=200)
    np.testing.assert_array_equal(image0, small_pair()[0])
    np.testing.assert_array_equal(image1, small_pair()[1])
    assert image0.flags.writeable
