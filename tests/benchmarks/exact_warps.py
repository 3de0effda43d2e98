"""How exactly keypoints lie: how far off the other view has them, under warps that are known.

    python tests/benchmarks/exact_warps.py PHOTOGRAPHS --method orb,sift,cnn --number 18

Each photograph, at most 480 px long, is seen once more: turned by up to 17 degrees, zoomed by up to
1.35, tilted a little, with noise. Of each of its 1,000 keypoints that the other view shows, the
nearest keypoint there is looked for; one within 3 px is taken for the same place (chance finds
some, the more the farther off). Told are the median of these distances, and the shares of all.
"""

from __future__ import annotations

from pathlib import Path

import click
import cv2
import numpy as np

import featmatch
from featmatch.geometry.residuals import transfer
from featmatch.images.folders import image_files
from featmatch.images.image import read_image

LONGEST = 480  # px
NUM_KEYPOINTS = 1000
SAME_PLACE = 3.0  # px
FINENESS = 3  # pixels of the warped view for one of the result: so that the warp does not alias
NOISE = 2.0  # gray levels
BORDER = 5.0  # px


def draw_map(rng, size):
    """Turn, zoom and tilt about the middle of an image."""
    angle, zoom = rng.uniform(-0.3, 0.3), np.exp(rng.uniform(-0.3, 0.3))
    middle = np.array([[1, 0, size[0] / 2], [0, 1, size[1] / 2], [0, 0, 1]])
    cos, sin = zoom * np.cos(angle), zoom * np.sin(angle)
    turned = np.array([[cos, -sin, 0], [sin, cos, 0], [*rng.uniform(-2e-4, 2e-4, 2), 1]])
    return middle @ turned @ np.linalg.inv(middle)


def draw_view(gray, rng):
    """What another camera sees, and the map to it."""
    size = gray.shape[::-1]
    mapping = draw_map(rng, size)
    shift = (FINENESS - 1) / 2  # the center of a pixel is that of the finer ones
    finer = np.array([[FINENESS, 0, shift], [0, FINENESS, shift], [0, 0, 1]])
    large = tuple(FINENESS * side for side in size)
    warped = cv2.warpPerspective(gray, finer @ mapping, large, flags=cv2.INTER_CUBIC)
    seen = cv2.resize(warped, size, interpolation=cv2.INTER_AREA)
    noisy = seen + rng.normal(0, NOISE, seen.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8), mapping


def distances(method, gray, view, mapping):
    """Of each keypoint that the view shows, how far off the nearest one there is."""
    features0, features1 = (
        featmatch.detect(image, method=method, max_keypoints=NUM_KEYPOINTS)
        for image in (gray, view)
    )
    there = transfer(mapping, features0.keypoints.astype(float))
    last = np.array(view.shape[::-1]) - BORDER
    there = there[((there > BORDER) & (there < last)).all(axis=1)]
    return np.linalg.norm(there[:, None] - features1.keypoints[None], axis=2).min(axis=1)


@click.command()
@click.argument("photographs")
@click.option("--method", "methods", default="orb,sift,cnn")
@click.option("--number", default=18, help="Of photographs, evenly taken.")
@click.option("--seed", default=0)
def main(photographs, methods, number, seed):
    files = list(image_files([Path(photographs)]))
    rng, pairs = np.random.default_rng(seed), []
    for file in files[:: max(1, len(files) // number)][:number]:
        gray = read_image(file, max_size=LONGEST).gray()
        pairs.append((gray, *draw_view(gray, rng)))
    print("| method | median | within 1 px | within 3 px |\n|---|---:|---:|---:|")
    for method in methods.split(","):
        off = np.concatenate([distances(method, *pair) for pair in pairs])
        same = off[off < SAME_PLACE]
        shares = f"{(off < 1).mean():.0%} | {(off < SAME_PLACE).mean():.0%}"
        print(f"| {method} | {np.median(same):.2f} px | {shares} |", flush=True)


if __name__ == "__main__":
    main()
