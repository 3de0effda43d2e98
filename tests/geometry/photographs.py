"""A photograph, other views of it under known maps, and how far a map is from the known one."""

from pathlib import Path

import cv2
import numpy as np

from featmatch.geometry.residuals import transfer

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SIZE = (450, 338)


def photograph(name="gallery_0.jpg", size=SIZE):
    """A sample, at half its size (338, 450, 3) RGB."""
    pixels = cv2.imread(str(SAMPLES / name))[..., ::-1]
    return np.ascontiguousarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def seen_through(pixels, homography, size=SIZE):
    """The view under a map; it must not shrink the picture, or it would alias."""
    return cv2.warpPerspective(pixels, homography, size, flags=cv2.INTER_CUBIC)


def moved_corners(homography, moves, size=SIZE):
    """The map that takes the corners of image 0 off by `moves`, (4, 2) in pixels."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = transfer(homography, corners.astype(float)) + moves
    return cv2.getPerspectiveTransform(corners, moved.astype(np.float32))


def map_error(found, true, size0=SIZE, size1=SIZE):
    """Mean distance in image 1, over the points of image 0 that it shows."""
    x, y = np.meshgrid(np.linspace(0, size0[0] - 1, 15), np.linspace(0, size0[1] - 1, 15))
    points = np.column_stack([x.ravel(), y.ravel()])
    goal = transfer(true, points)
    seen = (goal >= 0).all(axis=1) & (goal < size1).all(axis=1)
    return np.linalg.norm(transfer(found, points[seen]) - goal[seen], axis=1).mean()


def turned(degrees, scale, perspective=(0.0, 0.0), size=SIZE):
    """Turn about the center of the image, scale, and foreshorten."""
    center = np.eye(3)
    center[:2, 2] = (size[0] - 1) / 2, (size[1] - 1) / 2
    angle = np.radians(degrees)
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    motion = np.array([[cosine, -sine, 3.3], [sine, cosine, -2.7], [*perspective, 1]])
    matrix = center @ motion @ np.linalg.inv(center)
    return matrix / matrix[2, 2]
