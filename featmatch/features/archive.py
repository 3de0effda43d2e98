"""Features in a file, to be used again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.archives import MATCH_RESULT, read_archive, stored_array, write_archive
from featmatch.checks import check_choice, check_integer, check_number, show
from featmatch.errors import ArgumentError, ArgumentTypeError, FeaturesReadError
from featmatch.types import Array, Features

KIND = "features"

_FIELDS = ("keypoints", "descriptors", "scores", "scales", "angles")
_OPTIONAL = ("frames",)
_DESCRIPTOR_TYPES = {"l2": np.float32, "hamming": np.uint8, "hamming2": np.uint8}


def save_features(
    features: Features | Sequence[tuple[str, Features]], path: str | PathLike[str]
) -> None:
    """Write the features of one image, or of several, into one `.npz` file, whole or not at all.

    NumPy alone can read it: ``numpy.load(path)["keypoints0"]`` are the keypoints of the first
    image; nothing in it is pickled. The same features give the same bytes.

    Parameters
    ----------
    features : Features or sequence of (str, Features)
        Of one image, or a name and features for each of several.
    path : str or path
        Usually ends in .npz; a file that is there is replaced.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    found = [("", features)] if isinstance(features, Features) else _check_named(features)
    write_archive(path, KIND, *pack_features(found), compress=True)


def load_features(path: str | PathLike[str], image: int | None = None) -> Features:
    """Read the features of one image from a file of `save_features`.

    Parameters
    ----------
    path : str or path
        It may also be a match result saved as `.npz`.
    image : int, optional
        Which of the file's images, from 0. None takes the only one.

    Raises
    ------
    ValueError
        The file does not hold this image, or holds several and `image` is None.
    FeaturesReadError
        The file is missing, damaged, holds something else or is of a newer featmatch.
    """
    found = load_all_features(path)
    if image is None and len(found) != 1:
        raise ArgumentError(
            f"image: expected a number from 0, as {path} holds {len(found)} images, got None"
        )
    if not found:
        raise ArgumentError(f"image: expected a file with images, got {path}, which holds none")
    return found[check_integer("image", 0 if image is None else image, 0, len(found) - 1)][1]


def load_all_features(path: str | PathLike[str]) -> list[tuple[str, Features]]:
    """Read a file of `save_features`: the name and the features of each of its images.

    Raises
    ------
    FeaturesReadError
        As for `load_features`.
    """
    arrays, document = read_archive(path, (KIND, MATCH_RESULT), FeaturesReadError)
    try:
        return unpack_features(arrays, document)
    except ArgumentError as error:
        raise FeaturesReadError(
            f"{path}: holds no features that can be used ({error}); save them again"
        ) from error


def _check_named(found: object) -> list[tuple[str, Features]]:
    expected = "features: expected Features, or a sequence of a name and Features for each image"
    if not isinstance(found, Sequence):
        raise ArgumentTypeError(f"{expected}, got {show(found)}")
    for one in found:
        pair = one if isinstance(one, tuple | list) and len(one) == 2 else (None, None)
        if not isinstance(pair[0], str) or not isinstance(pair[1], Features):
            raise ArgumentTypeError(f"{expected}, got {show(one)}")
    return list(found)


def pack_features(
    found: Sequence[tuple[str, Features]],
) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays of an archive and its document.

    The arrays have the names of the fields with the number of the image behind, from 0; the rest
    is in the document's list of ``images``.
    """
    arrays = {
        f"{name}{number}": getattr(features, name)
        for number, (_, features) in enumerate(found)
        for name in (*_FIELDS, *_OPTIONAL)
        if getattr(features, name) is not None
    }
    images = [
        {
            "name": name,
            "image_size": [int(length) for length in features.image_size],
            "method": features.method,
            "norm": features.norm,
            "pixel_size": float(features.pixel_size),
        }
        for name, features in found
    ]
    return arrays, {"images": images}


def unpack_features(
    arrays: Mapping[str, npt.NDArray[Any]], document: Any
) -> list[tuple[str, Features]]:
    """Undo `pack_features`; a ValueError says what is missing or of another form."""
    images = document.get("images") if isinstance(document, dict) else None
    if not isinstance(images, list):
        raise ArgumentError(f"images: expected a list, got {show(images)}")
    return [_unpack_image(arrays, entry, number) for number, entry in enumerate(images)]


def _unpack_image(
    arrays: Mapping[str, npt.NDArray[Any]], entry: Any, number: int
) -> tuple[str, Features]:
    entry = entry if isinstance(entry, dict) else {}
    norm, size = entry.get("norm"), entry.get("image_size")
    check_choice("norm", norm, _DESCRIPTOR_TYPES)
    types = dict.fromkeys(_FIELDS, np.float32) | {"descriptors": _DESCRIPTOR_TYPES[norm]}
    types |= {name: np.float32 for name in _OPTIONAL if f"{name}{number}" in arrays}
    for key in ("name", "method"):
        if not isinstance(entry.get(key), str):
            raise ArgumentError(f"{key}: expected text, got {show(entry.get(key))}")
    if not isinstance(size, list) or len(size) != 2:
        raise ArgumentError(f"image_size: expected (width, height), got {show(size)}")
    features = Features(
        **{name: stored_array(arrays, f"{name}{number}", dtype) for name, dtype in types.items()},
        image_size=(check_integer("width", size[0], 1), check_integer("height", size[1], 1)),
        method=entry["method"],
        norm=norm,
        pixel_size=check_number("pixel_size", entry.get("pixel_size"), above=0),
    )
    return entry["name"], features
