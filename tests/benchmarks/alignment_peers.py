"""What one does with OpenCV and scikit-image to lay one image over another."""

from __future__ import annotations

import cv2
import numpy as np
from laid_pairs import project

RATIO = 0.75  # as in OpenCV's sample find_obj.py, and in its tutorial of homographies
MAX_ERROR = 5.0  # px, as there
CORNERS = 4  # fix a homography
ITERATIONS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 200, 1e-6)
GAUSSIAN = 5  # px, OpenCV's own default
UPSAMPLING = 100  # a hundredth of a pixel


def gray(image):
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def by_script(pair):
    """OpenCV's sample: SIFT, FLANN, a ratio of .75, RANSAC."""
    sift = cv2.SIFT.create()
    (points0, descriptors0), (points1, descriptors1) = (
        sift.detectAndCompute(gray(image), None) for image in (pair.moving, pair.fixed)
    )
    flann = cv2.FlannBasedMatcher({"algorithm": 1, "trees": 5}, {"checks": 50})
    near = flann.knnMatch(descriptors0, descriptors1, k=2)
    matches = [best for best, second in near if best.distance < RATIO * second.distance]
    if len(matches) < CORNERS:
        return None
    moving = np.array([points0[match.queryIdx].pt for match in matches], np.float32)
    fixed = np.array([points1[match.trainIdx].pt for match in matches], np.float32)
    return cv2.findHomography(moving, fixed, cv2.RANSAC, MAX_ERROR)[0]


def by_ecc(pair):
    """OpenCV's ECC of a homography, from where the script ends."""
    start = by_script(pair)
    if start is None:
        return None
    inverse = np.linalg.inv(start).astype(np.float32)
    try:
        _, found = cv2.findTransformECC(
            gray(pair.fixed),
            gray(pair.moving),
            inverse,
            cv2.MOTION_HOMOGRAPHY,
            ITERATIONS,
            None,
            GAUSSIAN,
        )
    except cv2.error:  # it does not converge
        return None
    return np.linalg.inv(found.astype(np.float64))


def by_phase(pair, overlap=None):
    """Phase correlation of scikit-image; of strips of the overlap where that is known."""
    from skimage.registration import phase_cross_correlation

    moving, fixed = (gray(image).astype(np.float64) for image in (pair.moving, pair.fixed))
    left = 0
    if overlap is not None:  # the moving tile is to the right of the fixed one
        width = round(overlap * fixed.shape[1])
        left = fixed.shape[1] - width
        moving, fixed = moving[:, :width], fixed[:, left:]
    height, width = (min(sides) for sides in zip(moving.shape, fixed.shape, strict=True))
    moving, fixed = moving[:height, :width], fixed[:height, :width]
    (down, right), _, _ = phase_cross_correlation(fixed, moving, upsample_factor=UPSAMPLING)
    return np.array([[1, 0, right + left], [0, 1, down], [0, 0, 1.0]])


def peer_errors(pair, overlap=None):
    """Mean error of each peer over the overlap; infinite where it finds nothing."""
    found = {"script": by_script(pair), "ECC": by_ecc(pair), "phase": by_phase(pair, overlap)}
    return {
        name: np.inf if matrix is None else pair.error(lambda points, m=matrix: project(m, points))
        for name, matrix in found.items()
    }
