"""Folders of small photographs that overlap, and all that was found of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
QUICK = {"method": "orb", "max_keypoints": 400}
"""Options with which a pair takes a few hundredths of a second."""

SIZE = (320, 240)
STEP = 80  # px, from one view to the next


@cache
def scene(seed=0):
    """A wide picture of shapes in all colors, nowhere alike."""
    rng = np.random.default_rng(seed)
    pixels = np.full((SIZE[1], 1200, 3), 128, np.uint8)
    for _ in range(900):
        x, y = rng.integers(-20, (1220, 260))
        corners = rng.integers(-30, 30, (rng.integers(3, 6), 2)) + np.array([x, y])
        cv2.fillPoly(pixels, [corners.astype(np.int32)], rng.integers(0, 256, 3).tolist())
    noisy = cv2.GaussianBlur(pixels, (0, 0), 0.8) + rng.normal(0, 3, pixels.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def view(number, seed=0):
    """A view of a scene, of which the next one shows three quarters."""
    return scene(seed)[:, STEP * number : STEP * number + SIZE[0]]


def write_views(folder, *numbers, seed=0):
    """Write views as view_0.png and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        assert cv2.imwrite(str(folder / f"view_{number}.png"), view(number, seed))
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
