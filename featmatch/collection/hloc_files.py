"""Features and matches in the HDF5 files of hloc, and of the tools that write the same.

A file of features has a group an image: keypoints (N, 2), descriptors (D, N), scores (N,) and
image_size; one of matches has a group a pair: matches0 (N0,), -1 for none, and matching_scores0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.collection.hdf5 import load_h5py
from featmatch.collection.hloc import PIXELS_ATTRIBUTE, dashed
from featmatch.collection.records import ImageEntry, Pair
from featmatch.collection.stored_pixels import (
    PIXELS,
    Pixels,
    moved_points,
    size_of,
    to_upright,
)
from featmatch.errors import ArgumentError, FeaturesReadError
from featmatch.features.given import features_from_points
from featmatch.files import reason_of
from featmatch.types import Features, Matches

METHOD = "hloc"
"""The name of features that were read."""

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_OLD_SEPARATOR = "_"  # between two names, in files of hloc's first versions


@contextmanager
def open_hloc(path: str) -> Iterator[Any]:
    """Open a file; FeaturesReadError if it is missing, damaged or no HDF5."""
    h5py = load_h5py()
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise FeaturesReadError(
            f"{path}: cannot be read as HDF5 ({reason_of(error)}); give a file of hloc"
        ) from error
    with file:
        yield file


def read_features(file: Any, image: ImageEntry) -> Features | None:
    """Read the features of an image; None if there are none of it.

    Keypoints are turned upright where they are those of the stored pixels. Which they are, the
    image's size tells where a turn exchanges the sides; else they are taken as hloc has read images
    since 2024, which is as they are stored.

    Raises
    ------
    FeaturesReadError
        They are not as described, or those of an image of another size.
    """
    group = file.get(image.name)
    if group is None:
        return None
    try:
        if "keypoints" not in group:
            return None
        matrix = to_upright(image, _pixels_of(file, group, image))
        keypoints = _keypoints(group)
        ones = np.ones(len(keypoints), np.float32)
        rows = _array(group, "descriptors", np.zeros((0, len(keypoints)), np.float32)).T
        return features_from_points(
            moved_points(keypoints, matrix),
            rows if rows.dtype == np.uint8 else rows.astype(np.float32),
            image.size,
            scores=_array(group, "scores", ones),
            scales=_array(group, "scales", ones),  # px; where the detector tells none
            method=METHOD,
        )
    except (ValueError, TypeError, OSError, KeyError, IndexError) as error:
        raise FeaturesReadError(
            f"{file.filename}: holds no features of {image.name} that can be used ({error})"
        ) from error


def is_hdf5(path: Path) -> bool:
    """Tell whether a file is HDF5, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False


def pairs_in(file: Any, names: Sequence[str]) -> Iterator[Pair]:
    """Give the pairs of `names` that a file of matches has, the image of ``matches0`` first.

    Raises
    ------
    FeaturesReadError
        hloc has written the names of two images as the same.
    """
    name_of = {dashed(name): name for name in names}
    if len(name_of) < len(names):
        raise FeaturesReadError(
            f"{file.filename}: does not tell all images apart, as hloc writes - for / in their"
            " names; rename them"
        )
    nested = [first for first in name_of if first in file]
    for first in nested:
        if not hasattr(file[first], "keys"):
            raise FeaturesReadError(
                f"{file.filename}: expected a group of matches at {first}, got numbers; give a "
                "file of matches of hloc"
            )
        for second in file[first]:
            if second in name_of:
                yield name_of[first], name_of[second]
    for place in () if nested else file:  # files of hloc's first versions
        for first in name_of:
            second = place.removeprefix(f"{first}{_OLD_SEPARATOR}")
            if second != place and second in name_of:
                yield name_of[first], name_of[second]


def find_pair(file: Any, name0: str, name1: str) -> tuple[str, bool]:
    """Return where the matches of a pair are, or nothing, and whether in the other order."""
    for other_order, pair in enumerate(((name0, name1), (name1, name0))):
        for separator in ("/", _OLD_SEPARATOR):
            place = separator.join(map(dashed, pair))
            if place in file:
                return place, bool(other_order)
    return "", False


def read_matches(file: Any, place: str, num_keypoints: tuple[int, int]) -> Matches:
    """Read the matches of a pair; a ratio is 1 minus the score.

    Raises
    ------
    FeaturesReadError
        They are not as described, or those of other features.
    """
    try:
        partners = np.asarray(file[place]["matches0"][()]).astype(np.int64)
        scores = _array(file[place], "matching_scores0", np.zeros(len(partners), np.float32))
        if len(partners) != num_keypoints[0] or partners.max(initial=-1) >= num_keypoints[1]:
            raise ArgumentError(
                f"expected matches of {num_keypoints[0]} with {num_keypoints[1]} keypoints, got"
                f" those of {len(partners)} with at least {partners.max(initial=-1) + 1}"
            )
        rows = np.flatnonzero(partners >= 0)
        ratios = np.clip(1 - scores[rows].astype(np.float32), 0, 1)
        indices = np.stack([rows, partners[rows]], axis=1)
        return Matches(indices, np.zeros(len(rows), np.float32), ratios)
    except (ValueError, TypeError, OSError, KeyError, IndexError) as error:
        raise FeaturesReadError(
            f"{file.filename}: holds no matches at {place} that can be used ({error})"
        ) from error


def turned(matches: Matches) -> Matches:
    """Exchange the two images of matches."""
    order = np.argsort(matches.indices[:, 1], kind="stable")
    turned = matches[order]
    return Matches(turned.indices[:, ::-1], turned.distances, turned.ratios)


def _pixels_of(file: Any, group: Any, image: ImageEntry) -> Pixels:
    told = file.attrs.get(PIXELS_ATTRIBUTE)
    for pixels in PIXELS:
        if told == pixels:
            return pixels
    if "image_size" not in group:
        return "stored"
    width, height = (int(length) for length in np.asarray(group["image_size"][()]).reshape(2))
    if (width, height) == size_of(image, "stored"):
        return "stored"
    if (width, height) == image.size:
        return "upright"
    raise ArgumentError(
        f"they are of {width} x {height} pixels, and the photograph has"
        f" {image.size[0]} x {image.size[1]}"
    )


def _keypoints(group: Any) -> npt.NDArray[np.float32]:
    keypoints = np.asarray(group["keypoints"][()], np.float32)
    keypoints = keypoints if keypoints.size else keypoints.reshape(-1, 2)
    if keypoints.ndim != 2 or keypoints.shape[1] != 2:
        raise ArgumentError(f"keypoints: expected shape (N, 2), got {keypoints.shape}")
    return keypoints


def _array(group: Any, name: str, default: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    return np.asarray(group[name][()]) if name in group else default
