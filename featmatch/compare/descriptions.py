"""Points of one contender in the words of another: its descriptors at points that are not its own.

A point keeps its place and the side of the square that its own method describes around it. It also
keeps its orientation; points of the network have none, so ORB and SIFT get them turned by the
intensity centroid, which is ORB's own rule: without an orientation both would be described as
upright, and fail on images that are turned against each other for no fault of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.compare.contenders import Contender
from featmatch.features.opencv import features_to_cv, unit_length
from featmatch.features.orb import ORB
from featmatch.features.sift import SIFT
from featmatch.images.image import Image, resize_points
from featmatch.learned.extraction.describe import describe_features
from featmatch.learned.extraction.extractor import CNN, KEYPOINT_SIZE
from featmatch.learned.network.weights import load_network
from featmatch.types import Array, Features

PATCH_SIDE = 31
"""Side in pixels of the patch that ORB describes, on each level of its pyramid."""

_RADIUS = PATCH_SIDE // 2


def orb_levels(sides: Array) -> npt.NDArray[np.int64]:
    """Choose the level of ORB's pyramid whose patch is nearest to a side in pixels.

    Parameters
    ----------
    sides : (N,) float
        Above 0, in pixels of the image.

    Returns
    -------
    (N,) int64
        From 0, the image itself, to the last level of ORB's usual pyramid.
    """
    levels = np.log(np.asarray(sides, np.float64) / PATCH_SIDE) / np.log(ORB.scale_factor)
    return np.asarray(np.clip(np.rint(levels), 0, ORB.num_levels - 1), np.int64)


def intensity_angles(
    gray: npt.NDArray[np.uint8], points: Array, levels: Array
) -> npt.NDArray[np.float32]:
    """Return the angle from each point to the intensity centroid of the disc around it.

    Parameters
    ----------
    gray : (H, W) uint8
    points : (N, 2) float
        In pixels of the image.
    levels : (N,) int
        Of ORB's pyramid, see `orb_levels`: the disc is 31 pixels wide there.

    Returns
    -------
    (N,) float32
        In radians from -pi to pi, from the x axis toward the y axis; 0 where all is even.

    References
    ----------
    P. L. Rosin, "Measuring corner properties", CVIU 1999; E. Rublee et al., "ORB: an efficient
    alternative to SIFT or SURF", ICCV 2011, section 3.2.
    """
    angles = np.zeros(len(points), np.float32)
    offsets = np.arange(-_RADIUS, _RADIUS + 1, dtype=np.float64)
    disc = offsets**2 + offsets[:, None] ** 2 <= (PATCH_SIDE / 2) ** 2
    for level in np.unique(levels).tolist():
        rows = np.flatnonzero(levels == level)
        shrunk, scale = _shrunk(gray, ORB.scale_factor**-level)
        # Moments are whole numbers; OpenCV finds them by a Fourier transform, nearly.
        moments = [
            np.rint(cv2.filter2D(shrunk, cv2.CV_64F, kernel, borderType=cv2.BORDER_REFLECT_101))
            for kernel in (disc * offsets, disc * offsets[:, None])
        ]
        height, width = shrunk.shape
        places = np.rint(resize_points(points[rows], scale)).astype(np.int64)
        x, y = np.clip(places, 0, (width - 1, height - 1)).T
        across, down = (moment[y, x] + 0.0 for moment in moments)  # 0 for -0, whose angle is pi
        angles[rows] = np.arctan2(down, across)
    return angles


def _shrunk(gray: Array, factor: float) -> tuple[Array, tuple[float, float]]:
    """Resize an image; return it with its exact scale along x and y."""
    height, width = gray.shape
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if factor == 1:
        return gray, (1.0, 1.0)
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA), (size[0] / width, size[1] / height)


SIDES: Mapping[str, float] = MappingProxyType({"orb": 1.0, "sift": 6.0, "cnn": 1.0})
"""Side of the square that a method describes, in units of its keypoints' scale.

ORB's scale is its patch of 31 pixels at a level; SIFT's is a diameter of twice its sigma, around
which it has 4 x 4 histograms, each 3 sigma wide; the network's is the side itself.
"""

_SIFT_LAYERS = 3  # of an octave
_SIFT_BASE = 3.2  # diameter in pixels of a keypoint at layer 0 of octave 0
_MIN_SIFT_SIDE = 8  # pixels of an image in the coarsest octave that is used


def described_by(contender: Contender, image: Image, features: Features) -> Features:
    """Return the same points with another contender's descriptors.

    Parameters
    ----------
    contender : Contender
        ``"orb"``, ``"sift"`` or ``"cnn"``, who describes.
    image : Image
        At its working size.
    features : Features
        Found by a contender in this image.

    Returns
    -------
    Features
        Those given if they are the contender's own. ``method`` still names who found them.
    """
    if features.method == contender.name:
        return features
    gray = image.gray()
    sides = features.scales * np.float32(SIDES[features.method])
    if isinstance(contender.extractor, CNN):
        network = contender.extractor
        descriptors: Array = describe_features(
            load_network(network.weights, network.num_turns),
            image,
            replace(features, scales=sides),
            scales=network.scales,
            keypoint_size=KEYPOINT_SIZE,
            tile_size=network.tile_size,
        )
        return replace(features, descriptors=descriptors, norm="l2")
    if features.method == "cnn":
        angles = intensity_angles(gray, features.keypoints, orb_levels(sides))
        features = replace(features, angles=angles)
    describe = orb_descriptors if contender.name == "orb" else sift_descriptors
    return replace(
        features, descriptors=describe(gray, features, sides), norm=contender.extractor.norm
    )


def orb_descriptors(gray: Array, features: Features, sides: Array) -> Array:
    """Describe points by ORB, each on the level of its pyramid that suits its side.

    Parameters
    ----------
    gray : (H, W) uint8
    features : Features
        Of this image, whose keypoints and angles are used.
    sides : (N,) float
        Of the squares to describe, in pixels.

    Returns
    -------
    (N, 32) uint8
    """
    levels = orb_levels(sides)
    scales = ORB.scale_factor ** levels[:, None].astype(np.float64)
    size = np.array(gray.shape[::-1])
    # OpenCV scales its points in the way that `ORB.corrected` undoes.
    points = resize_points(features.keypoints, np.rint(size / scales) / size) * scales
    keypoints = features_to_cv(features)
    for keypoint, point, level in zip(keypoints, points.tolist(), levels.tolist(), strict=True):
        keypoint.pt = tuple(point)
        keypoint.size = PATCH_SIDE * ORB.scale_factor**level
        keypoint.octave = level
    detector = cv2.ORB.create(scaleFactor=ORB.scale_factor, nlevels=ORB.num_levels, edgeThreshold=0)
    return _computed(detector, gray, keypoints)


def sift_descriptors(gray: Array, features: Features, sides: Array) -> Array:
    """Describe points by SIFT, as RootSIFT, each in the octave and layer that suit its side.

    Parameters
    ----------
    gray, features, sides
        As for `orb_descriptors`.

    Returns
    -------
    (N, 128) float32
        Of unit length.
    """
    diameters = np.asarray(sides, np.float64) / SIDES["sift"]
    coarsest = max(0, int(np.log2(max(1, min(gray.shape) / _MIN_SIFT_SIDE))))
    layers = np.rint(_SIFT_LAYERS * np.log2(diameters / _SIFT_BASE)).astype(np.int64)
    layers = np.clip(layers, 1 - _SIFT_LAYERS, _SIFT_LAYERS * (coarsest + 1))
    octaves = (layers - 1) // _SIFT_LAYERS
    keypoints = features_to_cv(features)
    for keypoint, diameter, octave, layer in zip(
        keypoints,
        diameters.tolist(),
        octaves.tolist(),
        (layers - _SIFT_LAYERS * octaves).tolist(),
        strict=True,
    ):
        keypoint.size = diameter
        keypoint.octave = (octave & 255) | layer << 8
    detector = SIFT().detector()
    return unit_length(np.sqrt(unit_length(_computed(detector, gray, keypoints))))


def _computed(detector: cv2.Feature2D, gray: Array, keypoints: Sequence[cv2.KeyPoint]) -> Array:
    """Descriptors in the order of the keypoints; OpenCV may return them in another."""
    size, dtype = detector.descriptorSize(), detector.descriptorType()
    descriptors = np.zeros((len(keypoints), size), np.uint8 if dtype == cv2.CV_8U else np.float32)
    if not keypoints:
        return descriptors
    for row, keypoint in enumerate(keypoints):
        keypoint.class_id = row
    returned, found = detector.compute(gray, keypoints)
    descriptors[[keypoint.class_id for keypoint in returned]] = found
    return descriptors
