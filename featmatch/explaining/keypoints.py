"""Feature engineering: ORB's keypoints, what they are made from, and their matches."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.explaining.keypoint_closeups import MAX_ERROR, RING, MatchList, look_closely
from featmatch.explaining.orb_bits import PATCH_SIZE, ask_for_pairs
from featmatch.explaining.pictures import gray_picture, signed_picture
from featmatch.explaining.topic import Topic
from featmatch.features.orb import ORB
from featmatch.images.image import Image, read_image
from featmatch.matching.matcher import Matcher
from featmatch.types import Features, Matches

Gray = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MAX_SIZE = 384  # px of the pictures' longer side
MAX_FAST = 600
MAX_KEYPOINTS = 250

_SUMMARY = (
    "Before networks learned what to look for, people wrote it down: a keypoint is a corner, found "
    "by comparing a pixel with a ring around it, and its descriptor is a list of questions of the "
    'kind "is this pixel darker than that one?". ORB is such a method. Below is what it finds in '
    "your image, how each of its steps works at points that you choose, and which points it finds "
    "again in a second view, which was made by a known map, so that right and wrong are known."
)
_CODE = """\
import featmatch
from featmatch.explaining.keypoints import second_view
from featmatch.features.orb import ORB

page = featmatch.explain("keypoints", "photo.jpg").data  # the numbers of this page
view, seen, homography = second_view(page["picture"])  # turned, smaller, in another light
orb = ORB(max_keypoints=len(page["keypoints"].points))
features = orb.extract(featmatch.read_image(page["picture"]))
others = orb.extract(featmatch.read_image(view), seen)
matches = featmatch.Matcher(max_ratio=1.0).match(features, others)
print(features, matches)
print(len(features), "on the page:", len(page["keypoints"].points))
print(len(matches), "on the page:", len(page["matches"].ratios))
"""
_NOTES = (
    "Points of this kind are not from the past: they need no training and no graphics card, take "
    "32 bytes each, and are in daily use where a camera has to know its own motion.",
    "A match is a guess by likeness, not a fact. The ratio test drops the ambiguous ones, and the "
    "check that all of them agree with one geometry drops most of the others.",
    "FAST only says that a pixel differs from an arc around it; it is the Harris response that "
    "ranks the corners, and a pyramid of smaller images that makes them found at other scales.",
    "Orientation comes from brightness, not from the shape of the corner: where the brightness "
    "around a point is balanced, it is left to chance.",
)


@dataclass(frozen=True, eq=False)
class Keypoints:
    """The keypoints of a picture.

    Attributes
    ----------
    points : (N, 2) float64
        x, y in pixels of the picture.
    sizes : (N,) float64
        Diameter in pixels of what their descriptors see.
    angles : (N,) float64
        Radians, from the x axis toward the y axis.
    """

    points: Floats
    sizes: Floats
    angles: Floats


def keypoints(image: Image) -> Topic:
    """Show what ORB finds in an image, and finds again in a second view of it.

    Parameters
    ----------
    image : Image

    Returns
    -------
    Topic
    """
    gray = gray_picture(image, MAX_SIZE, ORB.min_side)
    view, seen, homography = second_view(gray)
    orb = ORB(max_keypoints=MAX_KEYPOINTS)
    features, others = orb.extract(read_image(gray)), orb.extract(read_image(view), seen)
    matches = Matcher(max_ratio=1.0).match(features, others)
    listed = _match_list(features, others, matches, homography)
    pairs = ask_for_pairs()
    fast, lowest = _strongest_corners(gray)
    data = {
        "picture": gray,
        "second_view": view,
        "homography": homography,
        "harris": harris_picture(gray),
        "fast": fast,
        "fast_lowest": lowest,
        "ring": np.array(RING),
        "pairs": pairs,
        "keypoints": _keypoints(features),
        "second_keypoints": _keypoints(others),
        "matches": listed,
        "max_error": MAX_ERROR,
        "closeups": look_closely(gray, pairs, features, others, listed),
    }
    return Topic("keypoints", "Feature engineering: keypoints", _SUMMARY, data, _CODE, _NOTES)


def second_view(gray: Gray) -> tuple[Gray, Gray, Floats]:
    """Take a second view of a picture by a known map, in another light, with noise.

    Parameters
    ----------
    gray : (H, W) uint8

    Returns
    -------
    view : (H, W) uint8
        Turned by 25 degrees, smaller, and seen from the side.
    seen : (H, W) uint8
        255 where keypoints may lie: away from what the picture does not show; 0 elsewhere.
    homography : (3, 3) float64
        Maps points of the picture to the view.
    """
    height, width = gray.shape
    x, y, angle, scale = (width - 1) / 2, (height - 1) / 2, 25 * pi / 180, 0.85
    c, s = scale * cos(angle), scale * sin(angle)
    to_middle = np.array([(1, 0, -x), (0, 1, -y), (0, 0, 1.0)])
    turn = np.array([(c, -s, 0), (s, c, 0), (0.2 / max(width, height), 0, 1)])
    homography = np.linalg.inv(to_middle) @ turn @ to_middle
    size = width, height
    warped = cv2.warpPerspective(gray, homography, size, flags=cv2.INTER_LINEAR)
    noise = np.random.default_rng(0).normal(0, 3, gray.shape)
    view = np.rint(np.clip(0.8 * warped + 20 + noise, 0, 255)).astype(np.uint8)
    inside = cv2.warpPerspective(np.full_like(gray, 255), homography, size, flags=cv2.INTER_NEAREST)
    seen = cv2.erode(inside, np.ones((PATCH_SIZE, PATCH_SIZE), np.uint8))
    view[inside == 0] = 0
    return view, np.asarray(seen, np.uint8), homography


def harris_picture(gray: Gray) -> Gray:
    """Show the Harris response: bright at corners, gray where it is even, dark along edges.

    The response det(M) - 0.04 trace(M)² of the structure tensor M over 7 x 7 pixels, as ORB ranks
    its corners by (Harris and Stephens, Alvey Vision Conference 1988); drawn as the square root of
    its magnitude.
    """
    response = np.asarray(cv2.cornerHarris(gray.astype(np.float32) / 255, 7, 3, 0.04))
    rooted = cv2.resize(np.sign(response) * np.sqrt(np.abs(response)), None, fx=0.5, fy=0.5)
    return signed_picture(rooted, float(np.percentile(np.abs(rooted), 99)))


def _strongest_corners(gray: Gray) -> tuple[Ints, int]:
    """Find FAST corners: rows of x, y, highest threshold; and the lowest threshold listed."""
    lowest = 5
    detector = cv2.FastFeatureDetector.create(threshold=lowest)
    rows = [(*point.pt, point.response) for point in detector.detect(gray)]
    corners = np.array(rows, np.int64).reshape(-1, 3)
    if len(corners) > MAX_FAST:
        lowest = int(np.sort(corners[:, 2])[-MAX_FAST]) + 1
    return corners[corners[:, 2] >= lowest], lowest


def _keypoints(features: Features) -> Keypoints:
    columns = (features.keypoints, features.scales, features.angles)
    return Keypoints(*(_rounded(column, 4) for column in columns))


def _rounded(values: npt.ArrayLike, digits: int) -> Floats:
    return np.asarray(np.round(np.asarray(values, np.float64), digits))


def _match_list(
    features: Features, others: Features, matches: Matches, homography: Floats
) -> MatchList:
    points = features.keypoints[matches.indices[:, 0]].astype(np.float64)
    found = others.keypoints[matches.indices[:, 1]]
    expected = cv2.perspectiveTransform(points[None], homography)[0] if len(points) else points
    return MatchList(
        matches.indices,
        matches.distances.astype(np.int64),
        _rounded(matches.ratios, 4),
        _rounded(np.linalg.norm(expected - found, axis=1), 3),
    )
