"""Folders of small photographs that overlap, and all that was found of them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
QUICK = {"method": "orb", "max_keypoints": 400}
"""Options with which a pair takes a few hundredths of a second."""

_SIDE = 320  # px, of a photograph
_STEP = 90  # px, from one view to the next


def view(number, sample="gallery_0.jpg"):
    """One of the views of a sample, of which neighbors overlap by three quarters."""
    pixels = cv2.imread(str(SAMPLES / sample))
    x, y = number % 6 * _STEP, number // 6 * _STEP
    cut = pixels[y : y + 260, x : x + _SIDE]
    assert cut.shape[:2] == (260, _SIDE), "there are 18 views in a sample"
    return cut


def write_views(folder, *numbers, sample="gallery_0.jpg"):
    """Write views as view_0.png and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        assert cv2.imwrite(str(folder / f"view_{number}.png"), view(number, sample))
    return folder


def blank(size=(64, 48), shade=120):
    return np.full((size[1], size[0], 3), shade, np.uint8)


def found_in(collection):
    """All that is known of a collection, as plain values: the same for the same results."""
    pairs = []
    for summary in collection.pairs:
        record = collection.matches(*summary.names)
        assert record.summary == summary
        arrays = [record.indices, record.distances, record.ratios, record.inliers]
        models = [record.fundamental, record.homography]
        pairs.append(
            (
                summary,
                [array.tobytes() for array in arrays],
                [None if model is None else model.tobytes() for model in models],
            )
        )
    keypoints = {
        image.name: collection.keypoints(image.name).tobytes()
        for image in collection.images
        if image.status == "read"
    }
    return collection.images, pairs, keypoints
