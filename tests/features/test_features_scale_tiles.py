"""SIFT of a large image, in tiles: the same as of the whole, in bounded memory."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from featmatch.features import scale_tiles, sift
from featmatch.features.opencv_extractor import OpenCVExtractor
from featmatch.features.sift import BYTES_PER_PIXEL, SIFT
from featmatch.images.image import read_image

PICTURE = Path(__file__).parents[2] / "samples" / "gallery_0.jpg"
HALO, LARGEST = 96, 18  # px, in place of 256 and 48: the images of the tests are small
MAX_PIXELS = 400**2  # so tiles are 192 px, around which 96 are looked at
EVERY = SIFT(max_keypoints=20_000, num_candidates=20_000)


@pytest.fixture
def image():
    pixels = cv2.cvtColor(cv2.imread(str(PICTURE)), cv2.COLOR_BGR2GRAY)
    return read_image(cv2.resize(pixels, (560, 420), interpolation=cv2.INTER_AREA))


@pytest.fixture
def seen(monkeypatch):
    """Pixels of all that OpenCV's detector is given, with SIFT working in small tiles."""
    sizes = []
    find = OpenCVExtractor.find

    def watched(extractor, gray, mask):
        sizes.append(gray.size)
        return find(extractor, gray, mask)

    monkeypatch.setattr(OpenCVExtractor, "find", watched)
    monkeypatch.setattr(sift, "MAX_BYTES", MAX_PIXELS * BYTES_PER_PIXEL)
    monkeypatch.setattr(scale_tiles, "HALO", HALO)
    monkeypatch.setattr(scale_tiles, "LARGEST", LARGEST)
    return sizes


def rows_of(features):
    columns = (features.keypoints, features.scales[:, None], features.angles[:, None])
    return {tuple(row) for row in np.round(np.hstack(columns).astype(np.float64), 2).tolist()}


def test_tiles_give_the_keypoints_of_the_whole_image(image, seen, monkeypatch):
    tiled = EVERY.extract(image)
    assert len(seen) == 1 + 9
    assert max(seen) <= MAX_PIXELS
    monkeypatch.setattr(sift, "MAX_BYTES", 10**12)
    whole = EVERY.extract(image)
    assert seen[-1] == image.pixels.size
    small = rows_of(whole) - {row for row in rows_of(whole) if row[2] > LARGEST - 1}
    assert len(small - rows_of(tiled)) < 0.01 * len(small)
    assert len(rows_of(tiled) - rows_of(whole)) < 0.02 * len(small)
    assert abs(len(tiled) - len(whole)) < 0.01 * len(whole)


def test_blobs_larger_than_tiles_are_found_in_a_copy(seen):
    y, x = np.mgrid[:500, :500]
    sigma = 30.0
    blob = 30 + 200 * np.exp(-((x - 260.25) ** 2 + (y - 215.5) ** 2) / (2 * sigma**2))
    found = SIFT(contrast_threshold=0.02).extract(read_image(np.uint8(blob)))
    assert 2 * sigma > LARGEST
    near = np.linalg.norm(found.keypoints - [260.25, 215.5], axis=1) < 2
    assert near.any()
    assert np.abs(found.scales[near] / (2 * sigma) - 1).min() < 0.2
    assert found.image_size == (500, 500)


def test_tiles_keep_to_the_mask_and_skip_what_it_hides(image, seen):
    mask = np.zeros_like(image.pixels)
    mask[100:180, 420:540] = 255
    found = EVERY.extract(image, mask)
    assert len(found) > 20
    columns, rows = np.rint(found.keypoints).astype(int).T
    assert mask[rows, columns].all()
    assert len(seen) == 1 + 4


def test_the_number_and_its_spread_are_kept_to(image, seen):
    few = SIFT(max_keypoints=200).extract(image)
    assert len(few) == 200
    assert np.ptp(few.keypoints, axis=0).min() > 300
    strongest = SIFT(max_keypoints=200, spread=False).extract(image)
    assert len(strongest) == 200
    assert strongest.scores.min() > np.median(EVERY.extract(image).scores)


def test_a_long_strip_and_an_image_without_anything_are_taken(seen):
    assert len(EVERY.extract(read_image(np.full((40, 9000), 128, np.uint8), max_size=0))) == 0
    assert max(seen) < 1.05 * MAX_PIXELS  # a copy's sides are whole pixels
