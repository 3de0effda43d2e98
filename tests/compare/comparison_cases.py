"""Pairs and features for the tests of the contrast and of all that is made of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from featmatch import Features
from featmatch.compare.alterations import ALTERATIONS
from featmatch.compare.changes import Change, ChangeCurve
from featmatch.compare.common_points import CommonPoints
from featmatch.compare.contenders import contenders, find_features
from featmatch.compare.contrast import Contrast, measure_spread, measure_swap
from featmatch.compare.feature_maps import FeatureMaps
from featmatch.compare.kernels import FirstKernels
from featmatch.compare.methods import measure_methods
from featmatch.compare.pair import Pair, sample_pair
from featmatch.images.image import read_image

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
BLANK = np.full((90, 120), 128, np.uint8)


@cache
def sample(name, max_size=320):
    return read_image(SAMPLES / f"{name}.jpg", max_size=max_size)


@cache
def working(name="gallery_0", width=320, height=240):
    """Return a gray photograph whose working size is its only size."""
    pixels = cv2.imread(str(SAMPLES / f"{name}.jpg"), cv2.IMREAD_GRAYSCALE)
    return read_image(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))


def pair_of(image0, image1, homography=None, fundamental=None):
    known = homography is not None or fundamental is not None
    return Pair(image0, image1, homography, fundamental, "given" if known else "none", "as made")


@cache
def small_sample_pair():
    return sample_pair()


def contrast_of(pair, max_keypoints, **options):
    chosen = contenders(max_keypoints)
    found = find_features(pair, chosen)
    methods = measure_methods(pair, chosen, found, **options)
    seed = options.get("seed", 0)
    swap = measure_swap(pair, chosen, found, methods, seed=seed)
    spread = measure_spread(pair, chosen, seed=seed)
    return Contrast(max_keypoints=max_keypoints, methods=methods, swap=swap, spread=spread)


@cache
def contrast_of_sample(max_keypoints=150):
    return contrast_of(small_sample_pair(), max_keypoints, seed=3)


def features_at(points, descriptors=None, size=(200, 160), **columns):
    """Return features at given points; their descriptors are all different unless given."""
    points = np.asarray(points, np.float32).reshape(-1, 2)
    num = len(points)
    fields = {
        "keypoints": points,
        "descriptors": np.eye(num, 64, dtype=np.float32) if descriptors is None else descriptors,
        "scores": np.ones(num, np.float32),
        "scales": np.full(num, 31, np.float32),
        "angles": np.zeros(num, np.float32),
        "image_size": size,
        "method": "made",
    }
    return Features(**(fields | columns))


def change(name, orb=None, cnn=None, upright=None):
    """Return a change that breaks ORB and the network at given values."""
    values = ALTERATIONS[name].values
    nothing = (0.0,) * len(values)
    breaks = {"orb": orb, "cnn": cnn} | ({"cnn, upright": upright} if upright else {})
    curves = tuple(
        ChangeCurve(method, nothing, nothing, nothing, (0,) * len(values), nothing, at)
        for method, at in breaks.items()
    )
    return Change(name, ALTERATIONS[name].label, ALTERATIONS[name].unit, values, curves)


def maps_without_points():
    nothing = np.zeros((0, 2), np.float32)
    kernels = FirstKernels(np.zeros((0, 6, 6), np.float32), (), {})
    common = CommonPoints(3.0, 0, 0, None, None, None, None, 0, None)
    return FeatureMaps((120, 90), (), kernels, common, nothing, nothing)


def with_scores(contrast, **changes):
    """Return a contrast in which fields of methods are replaced: name -> fields."""
    methods = tuple(replace(method, **changes.get(method.name, {})) for method in contrast.methods)
    return replace(contrast, methods=methods)
