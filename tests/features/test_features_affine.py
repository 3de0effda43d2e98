"""Affine views against known tilts, drawn blobs and a detector whose answers are known."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from featmatch import Features, Matcher, read_image, threads
from featmatch.features import affine
from featmatch.features.affine import AffineViews
from featmatch.features.contributed import BRISK
from featmatch.features.orb import ORB
from featmatch.features.sift import SIFT
from featmatch.features.tilted_view import tilted_view
from featmatch.learned.extraction.extractor import CNN

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
COLUMNS = ("keypoints", "descriptors", "scores", "scales", "angles")


@dataclass(frozen=True)
class Fixed:
    """A detector that finds the same keypoints in any image, and notes how busy it is."""

    points: tuple = ((20.0, 30.0), (25.5, 41.25))
    seen: list = None
    name: ClassVar[str] = "fixed"
    summary: ClassVar[str] = "the same in any image"
    descriptor: ClassVar[str] = "2 floats"
    needs: ClassVar[str] = "a package"
    unavailable: ClassVar[str] = "install a package"
    norm: ClassVar[str] = "l2"

    def extract(self, image, mask=None):
        if self.seen is not None:
            self.seen.append((image.pixels.shape, mask is not None, threading.get_ident()))
        num = len(self.points)
        return Features(
            keypoints=np.float32(self.points),
            descriptors=np.tile(np.float32([1, 0]), (num, 1)),
            scores=np.arange(num, dtype=np.float32),
            scales=np.full(num, 6, np.float32),
            angles=np.linspace(0, 5, num, dtype=np.float32),
            image_size=image.size,
            method=self.name,
        )


def photograph(name="poster_0", size=360):
    return read_image(SAMPLES / f"{name}.jpg", max_size=size).pixels


def assert_identical(features0, features1):
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(features0, name), getattr(features1, name))


def blobs(size, centers, sigma):
    columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    pixels = np.full((size[1], size[0]), 0.2)
    for x, y in centers:
        pixels += 0.7 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    return pixels.astype(np.float32)


@pytest.mark.parametrize("working_size", [0, 300])
@pytest.mark.parametrize("view_size", [600, 240])
def test_blobs_are_found_where_they_are(working_size, view_size):
    """Made smaller twice, by factors that are no fractions, then tilted, and mapped back."""
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(np.arange(5), np.arange(4)), -1).reshape(-1, 2)
    centers = 65 + 85 * grid + rng.uniform(-9, 9, (20, 2))
    image = read_image(blobs((467, 387), centers, 9), max_size=working_size)
    found = AffineViews(SIFT(max_keypoints=20, spread=False), max_size=view_size).extract(image)
    offsets = found.keypoints[:, None] - centers
    nearest = offsets[np.arange(len(found)), np.hypot(*offsets.T).T.argmin(axis=1)]
    central = np.hypot(*nearest.T) < 6  # further out, SIFT sees the saddles between blobs
    assert central.sum() > 100
    assert np.abs(nearest[central].mean(axis=0)).max() < 0.15
    assert np.median(np.hypot(*nearest[central].T)) < 0.6


def test_scales_and_angles_are_mapped_as_circles_and_directions():
    """Of three views of tilt 3, made of an image of half the size."""
    image = read_image(np.zeros((300, 440), np.uint8))
    extractor = AffineViews(Fixed(), max_size=220, tilts=(3.0,), rotation_step=np.pi)
    found = extractor.extract(image)
    points, angles = np.array(Fixed().points), np.linspace(0, 5, 2)
    np.testing.assert_array_equal(found.keypoints[:2], points)
    np.testing.assert_array_equal(found.scales[:2], 6)
    assert len(found) == 8
    for number in range(3):
        view = tilted_view(np.zeros((150, 220), np.uint8), 3.0, number * np.pi / 3)
        rows = slice(2 + 2 * number, 4 + 2 * number)
        ahead = points + np.column_stack([np.cos(angles), np.sin(angles)])
        ends, starts = ((to_image(view, ends) + 0.5) * 2 - 0.5 for ends in (ahead, points))
        np.testing.assert_allclose(found.keypoints[rows], starts, atol=1e-3)
        expected = np.arctan2(*(ends - starts).T[::-1])
        np.testing.assert_allclose(np.cos(found.angles[rows] - expected), 1, atol=1e-6)
        np.testing.assert_allclose(found.scales[rows], 6 * 2 * np.sqrt(3), rtol=1e-5)
        for part in (0.0, 1.0, 2.5):  # of the way around the circle of diameter 6
            around = 3 * np.column_stack([np.cos(angles + part), np.sin(angles + part)])
            border = (to_image(view, points + around) + 0.5) * 2 - 0.5
            framed = starts + found.frames[rows] @ [np.cos(part), np.sin(part)]
            np.testing.assert_allclose(framed, border, atol=1e-3)


def to_image(view, points):
    return (points - view.matrix[:, 2]) @ np.linalg.inv(view.matrix[:, :2]).T


def seen_from_the_side(pixels, tilt, rotation):
    """Return the image of a plane seen from the side, with its (3, 3) homography."""
    view = tilted_view(pixels, tilt, rotation)
    return view.pixels, np.vstack([view.matrix, [0, 0, 1]])


def num_right(extractor, pixels, tilted, H):
    features0, features1 = (extractor.extract(read_image(image)) for image in (pixels, tilted))
    matcher = Matcher(min_rival_distance=10, min_spacing=2)
    rows0, rows1 = matcher.match(features0, features1).indices.T
    expected = features0.keypoints[rows0] @ H[:2, :2].T + H[:2, 2]
    return np.count_nonzero(np.hypot(*(expected - features1.keypoints[rows1]).T) < 2)


def test_a_strong_tilt_is_matched_where_the_detector_alone_fails():
    """The direction of the tilt lies halfway between those of the views."""
    pixels = photograph(size=600)
    tilted, H = seen_from_the_side(pixels, 5.0, np.pi / 14)
    sift = SIFT(max_keypoints=500, spread=False)
    alone = num_right(SIFT(), pixels, tilted, H)
    assert num_right(AffineViews(sift), pixels, tilted, H) > max(50, 5 * alone)


@pytest.mark.parametrize(
    "detector",
    [ORB(max_keypoints=100), SIFT(max_keypoints=100), BRISK(max_keypoints=100), CNN(100)],
)
@pytest.mark.parametrize("as_float", [True, False])
def test_around_any_detector(detector, as_float):
    pixels = photograph()
    image = read_image(pixels.astype(np.float32) / 255 if as_float else pixels)
    views = AffineViews(detector, tilts=(2.0,))
    if views.unavailable:
        assert views.unavailable == detector.unavailable
        return
    found = views.extract(image)
    assert 300 < len(found) <= 500
    assert (found.method, found.norm) == (f"affine-{detector.name}", detector.norm)
    assert (views.descriptor, views.needs) == (detector.descriptor, detector.needs)
    assert found.descriptors.shape[1] == detector.extract(image).descriptors.shape[1]
    assert (found.keypoints > -0.5).all()
    assert (found.keypoints < np.array(found.image_size) - 0.5).all()


def test_without_tilts_it_is_the_detector_itself():
    image = read_image(photograph())
    detector = SIFT(max_keypoints=200)
    found = AffineViews(detector, tilts=()).extract(image)
    expected = detector.extract(image)
    assert_identical(found, expected)
    assert found.method == "affine-sift"


def test_the_image_itself_may_have_another_detector():
    image = read_image(photograph())
    untilted = SIFT(max_keypoints=300)
    found = AffineViews(SIFT(max_keypoints=0), untilted=untilted).extract(image)
    assert_identical(found, untilted.extract(image))


def test_number_size_and_masks_of_the_views():
    seen = []
    AffineViews(Fixed(seen=seen), max_size=100).extract(read_image(np.zeros((150, 200), np.uint8)))
    shapes = [shape for shape, _, _ in seen]
    assert len(seen) == 1 + 4 + 7
    assert shapes[0] == (150, 200)
    assert {(75, 50), (75, 25)} < set(shapes)  # not turned, squeezed by 2 and by 4
    assert [masked for _, masked, _ in seen] == [False] + 11 * [True]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_do_not_depend_on_the_number_of_threads(workers, monkeypatch):
    image = read_image(photograph())
    extractor = AffineViews(SIFT(max_keypoints=100, spread=False))
    expected = extractor.extract(image)
    monkeypatch.setattr(affine, "_MAX_WORKERS", workers)
    monkeypatch.setattr(threads, "num_workers", lambda: 8)
    assert_identical(extractor.extract(image), expected)


def test_few_views_at_a_time(monkeypatch):
    monkeypatch.setattr(threads, "num_workers", lambda: 64)
    seen = []
    AffineViews(Fixed(seen=seen)).extract(read_image(np.zeros((90, 120), np.uint8)))
    assert len({thread for _, _, thread in seen[1:]}) <= 2


def test_the_strongest_of_all_views_are_kept():
    image = read_image(photograph())
    every = AffineViews(SIFT(max_keypoints=60, spread=False), tilts=(2.0,))
    found, few = every.extract(image), replace(every, max_keypoints=40).extract(image)
    assert len(few) == 40
    np.testing.assert_array_equal(np.sort(few.scores), np.sort(found.scores)[-40:])


def test_masks_hold_in_every_view():
    mask = np.zeros((270, 360), np.uint8)
    cv2.circle(mask, (200, 130), 70, 255, -1)
    found = AffineViews(SIFT(max_keypoints=300), max_size=200).extract(
        read_image(photograph()), mask
    )
    columns, rows = np.rint(found.keypoints).astype(int).T
    assert len(found) > 200
    assert mask[rows, columns].all()


def test_nothing_is_found_along_the_borders_of_the_views():
    """A flat image that is brighter than what a warp could put around it."""
    image = read_image(np.full((300, 400), 230, np.uint8))
    for detector in (SIFT(contrast_threshold=0.001), ORB(fast_threshold=1)):
        assert len(AffineViews(detector).extract(image)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (5, 5), (16, 16)])
def test_tiny_images(shape):
    image = read_image(np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))
    found = AffineViews(SIFT()).extract(image)
    assert found.image_size == shape[::-1]
    assert (found.keypoints >= -0.5).all()
    assert (found.keypoints <= np.array(shape[::-1]) - 0.5).all()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"max_keypoints": -1},
            ValueError,
            r"^max_keypoints: expected an integer from 0 to",
        ),
        (
            {"max_keypoints": 1.5},
            TypeError,
            r"^max_keypoints: expected an integer from 0",
        ),
        ({"max_size": 0}, ValueError, r"^max_size: expected an integer from 1 to 16,384, got 0$"),
        ({"tilts": (2, 0.5)}, ValueError, r"^tilts: expected a number from 1 to 32, got 0.5$"),
        ({"tilts": ("2",)}, TypeError, r"^tilts: expected a number from .*, got '2'$"),
        ({"tilts": 2.0}, TypeError, r"^tilts: expected numbers, as in \(2.0, 4.0\), got 2.0$"),
        (
            {"rotation_step": 0},
            ValueError,
            r"^rotation_step: expected a number from 0.1 to",
        ),
        ({"tilt": 2}, TypeError, "tilt"),
    ],
)
def test_impossible_options_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        AffineViews(SIFT(), **options)


def test_an_image_without_features_knows_its_method():
    found = AffineViews(SIFT()).extract(read_image(np.zeros((100, 100), np.uint8)))
    assert (len(found), found.method, found.norm) == (0, "affine-sift", "l2")
