"""The contest's numbers for ORB and SIFT with OpenCV and NumPy alone: the peer of `compare-cnn`.

Run as ``python contest_script.py IMAGE0 IMAGE1 HOMOGRAPHY``; prints for each method the share of
its points that are found again within 3 px, and its number of right matches.
"""

import sys

import cv2
import numpy as np

NUM, BORDER, TOLERANCE, RATIO = 1000, 16, 3.0, 0.85
METHODS = {
    "orb": (lambda: cv2.ORB.create(NUM, fastThreshold=5), cv2.NORM_HAMMING),
    "sift": (lambda: cv2.SIFT.create(0), cv2.NORM_L2),
}


def strongest(detector, gray):
    """The strongest points at distinct positions, off the border, and their descriptors."""
    mask = np.zeros_like(gray)
    mask[BORDER:-BORDER, BORDER:-BORDER] = 255
    ordered = sorted(detector.detect(gray, mask), key=lambda point: point.response)
    strongest_of = {point.pt: point for point in ordered}
    chosen = sorted(strongest_of.values(), key=lambda point: -point.response)[:NUM]
    keypoints, descriptors = detector.compute(gray, chosen)
    if descriptors.dtype == np.float32:  # RootSIFT
        descriptors = np.sqrt(descriptors / descriptors.sum(axis=1, keepdims=True))
    return np.array([point.pt for point in keypoints]), descriptors


def mapped(points, matrix):
    return cv2.perspectiveTransform(points[None], matrix)[0]


def inside(points, gray):
    far = np.array(gray.shape[::-1]) - BORDER - 0.5
    return ((points >= BORDER - 0.5) & (points <= far)).all(axis=1)


def scores(name, grays, matrix):
    make, norm = METHODS[name]
    (points0, words0), (points1, words1) = (strongest(make(), gray) for gray in grays)
    there = mapped(points0, matrix)
    seen0 = there[inside(there, grays[1])]
    seen1 = points1[inside(mapped(points1, np.linalg.inv(matrix)), grays[0])]
    near = np.linalg.norm(seen0[:, None] - seen1, axis=2) <= TOLERANCE
    again = np.concatenate([near.any(axis=1), near.any(axis=0)]).mean()
    matcher = cv2.BFMatcher(norm)
    back = {match.queryIdx: match.trainIdx for match in matcher.match(words1, words0)}
    right = sum(
        best.distance < RATIO * second.distance
        and back[best.trainIdx] == best.queryIdx
        and np.linalg.norm(there[best.queryIdx] - points1[best.trainIdx]) <= TOLERANCE
        for best, second in matcher.knnMatch(words0, words1, k=2)
    )
    return again, right


def main(path0, path1, homography):
    grays = [cv2.imread(path, cv2.IMREAD_GRAYSCALE) for path in (path0, path1)]
    for name in METHODS:
        print(name, *scores(name, grays, np.loadtxt(homography)))


if __name__ == "__main__":
    main(*sys.argv[1:])
