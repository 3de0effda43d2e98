"""The sample pairs with their truth, and what `featmatch.match` says of them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np

import featmatch

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PAIRS = {
    pair["name"]: pair
    for pair in json.loads((SAMPLES / "pairs.json").read_text(encoding="utf-8"))["pairs"]
}
CHOICES = ("auto", "orb", "sift", "cnn", "sift-cnn")
BLANK = np.full((200, 300), 90, np.uint8)


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
