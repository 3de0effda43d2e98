"""What one writes with OpenCV alone to match two images by ORB: the peer of ``--method orb``.

Run as ``python orb_script.py IMAGE0 IMAGE1``; prints the number of inliers of both models.
"""

import sys

import cv2
import numpy as np


def main(path0, path1):
    orb = cv2.ORB.create(8000, fastThreshold=5)
    keypoints0, descriptors0 = orb.detectAndCompute(cv2.imread(path0, cv2.IMREAD_GRAYSCALE), None)
    keypoints1, descriptors1 = orb.detectAndCompute(cv2.imread(path1, cv2.IMREAD_GRAYSCALE), None)
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    forward = matcher.knnMatch(descriptors0, descriptors1, k=2)
    backward = {back.queryIdx: back.trainIdx for back in matcher.match(descriptors1, descriptors0)}
    matches = [
        best
        for best, second in forward
        if best.distance < 0.85 * second.distance and backward[best.trainIdx] == best.queryIdx
    ]
    points0 = np.array([keypoints0[match.queryIdx].pt for match in matches], np.float32)
    points1 = np.array([keypoints1[match.trainIdx].pt for match in matches], np.float32)
    _, plane = cv2.findHomography(
        points0, points1, cv2.USAC_MAGSAC, 3.0, maxIters=10_000, confidence=0.9999
    )
    _, depth = cv2.findFundamentalMat(points0, points1, cv2.USAC_MAGSAC, 1.0, 0.9999, 10_000)
    print(*(0 if mask is None else int(mask.sum()) for mask in (plane, depth)))


if __name__ == "__main__":
    main(*sys.argv[1:])
