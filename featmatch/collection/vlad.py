"""What an image looks like as a whole, in one vector: images that show the same have near ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from featmatch.archives import read_archive
from featmatch.errors import ArgumentError, WeightsError
from featmatch.features.sift import SIFT
from featmatch.types import Features

Vector = npt.NDArray[np.float32]

CODEBOOKS = Path(__file__).with_name("codebooks.npz")
"""Centers of descriptors of other photographs; ``tests/benchmarks/make_codebooks.py`` makes it."""

CODEBOOK_OF: Mapping[str, str] = MappingProxyType(
    {"sift": "sift", "affine-sift": "sift", "cnn": "cnn", "sift-cnn": "cnn"}
)
"""Method of features -> the codebook for its descriptors; features of others have none."""

CODEBOOK_KIND = "codebooks"
NUM_KEYPOINTS = 2000
"""The best of an image that count: half as many tell less of it, more of them no more."""

DESCRIBER = SIFT(max_keypoints=NUM_KEYPOINTS)
"""Finds what tells which images look alike, where the features of a method have no codebook."""


def global_descriptor(features: Features) -> Vector:
    """Sum up the descriptors of an image in one vector (VLAD).

    Each of the best descriptors goes to the nearest of 128 centers, and the differences to a center
    are summed. The sums are made of length 1 each, so that what repeats in an image does not
    outweigh the rest; the square root of each number is taken, and all of it is made of length 1.
    How alike two images are is the dot product of their vectors.

    The centers come with the package, so that the vector of an image does not depend on the others
    of its folder, and can be kept.

    Parameters
    ----------
    features : Features
        Of a method in `CODEBOOK_OF`.

    Returns
    -------
    (128 * D,) float32
        Of length 1; all 0 without keypoints. 16,384 numbers for SIFT, 8,192 for the network.

    Raises
    ------
    ArgumentError
        There is no codebook for features of this method.

    References
    ----------
    H. Jégou, M. Douze, C. Schmid and P. Pérez, "Aggregating local descriptors into a compact image
    representation", CVPR 2010. R. Arandjelovic and A. Zisserman, "All about VLAD", CVPR 2013.
    """
    if features.method not in CODEBOOK_OF:
        raise ArgumentError(
            f"features: expected those of {', '.join(CODEBOOK_OF)}, got {features.method}; "
            "find images that look alike by SIFT"
        )
    best = np.argsort(-features.scores, kind="stable")[:NUM_KEYPOINTS]
    return vlad(np.asarray(features.descriptors[best], np.float32), _centers(features.method))


def vlad(descriptors: Vector, centers: Vector) -> Vector:
    """Sum up descriptors (N, D) around centers (K, D) in a vector (K * D,); see above."""
    halves = 0.5 * np.einsum("kd,kd->k", centers, centers)
    nearest = (descriptors @ centers.T - halves).argmax(axis=1)
    sums = np.zeros(centers.shape, np.float32)
    np.add.at(sums, nearest, descriptors - centers[nearest])
    sums = _of_length_1(sums)
    vector: Vector = _of_length_1((np.sign(sums) * np.sqrt(np.abs(sums))).reshape(1, -1))[0]
    return vector


def _of_length_1(rows: Vector) -> Vector:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vector = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit


@cache
def _centers(method: str) -> Vector:
    arrays, _ = read_archive(CODEBOOKS, CODEBOOK_KIND, WeightsError)
    centers: Vector = arrays[CODEBOOK_OF[method]].astype(np.float32)
    centers.flags.writeable = False
    return centers
