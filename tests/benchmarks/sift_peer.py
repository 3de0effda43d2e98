"""What one writes with OpenCV and NumPy to match two images by SIFT well."""

from __future__ import annotations

import cv2
import numpy as np


def match_by_sift(path0, path1):
    """RootSIFT, mutual nearest neighbors by one matrix product, a ratio of 0.85, MAGSAC++."""
    sift = cv2.SIFT.create(8000, contrastThreshold=0.01, edgeThreshold=12)
    (keypoints0, root0), (keypoints1, root1) = (
        _root_sift(sift, cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) for path in (path0, path1)
    )
    rows, columns = _mutual_matches(root0, root1, 0.85)
    points0 = np.array([keypoint.pt for keypoint in keypoints0], np.float32)[rows]
    points1 = np.array([keypoint.pt for keypoint in keypoints1], np.float32)[columns]
    plane = cv2.findHomography(
        points0, points1, cv2.USAC_MAGSAC, 3.0, maxIters=10_000, confidence=0.9999
    )
    depth = cv2.findFundamentalMat(points0, points1, cv2.USAC_MAGSAC, 1.0, 0.9999, 10_000)
    return plane, depth


def _root_sift(sift, gray):
    keypoints, descriptors = sift.detectAndCompute(gray, None)
    sums = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9)
    return keypoints, np.sqrt(descriptors / sums).astype(np.float32)


def _mutual_matches(descriptors0, descriptors1, max_ratio):
    cosines = descriptors0 @ descriptors1.T
    nearest, rows = cosines.argmax(axis=1), np.arange(len(cosines))
    best = cosines[rows, nearest]
    cosines[rows, nearest] = -1
    second = cosines.max(axis=1)
    cosines[rows, nearest] = best
    mutual = cosines.argmax(axis=0)[nearest] == rows
    distances, rivals = (np.sqrt(np.maximum(2 - 2 * cosine, 1e-12)) for cosine in (best, second))
    kept = mutual & (distances < max_ratio * rivals)
    return rows[kept], nearest[kept]
