"""Matches in a file, to be used again with the features that they belong to."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.archives import MATCH_RESULT, read_archive, stored_array, write_archive
from featmatch.checks import check_type
from featmatch.errors import ArgumentError, FeaturesReadError
from featmatch.types import Array, Features, Matches

KIND = "matches"

_FIELDS = {"indices": np.int64, "distances": np.float32, "ratios": np.float32}
_ORIGINS = ("candidates", "seeds")


def save_matches(
    matches: Matches, features0: Features, features1: Features, path: str | PathLike[str]
) -> None:
    """Write matches into an `.npz` file, whole or not at all.

    The features are not written, but what tells them from others is. NumPy alone can read the
    file; nothing in it is pickled. The same matches give the same bytes.

    Parameters
    ----------
    matches : Matches
    features0, features1 : Features
        What the matches' indices count.
    path : str or path
        Usually ends in .npz; a file that is there is replaced.

    Raises
    ------
    ValueError
        An index is beyond the features.
    OutputError
        The file cannot be written.
    """
    check_type("matches", matches, Matches)
    _check_features(features0, features1)
    arrays, document = pack_matches(matches, features0, features1)
    write_archive(path, KIND, arrays, document, compress=True)


def load_matches(path: str | PathLike[str], features0: Features, features1: Features) -> Matches:
    """Read a file of `save_matches`.

    Parameters
    ----------
    path : str or path
        It may also be a match result saved as `.npz`.
    features0, features1 : Features
        Those that were matched.

    Raises
    ------
    FeaturesReadError
        The file is missing, damaged, holds something else, is of a newer featmatch, or its matches
        are those of other features.
    """
    _check_features(features0, features1)
    arrays, document = read_archive(path, (KIND, MATCH_RESULT), FeaturesReadError)
    try:
        matches = _stored_matches(arrays)
        if "candidates_indices" in arrays:
            candidates, seeds = (_stored_matches(arrays, f"{name}_") for name in _ORIGINS)
            matches = replace(matches, candidates=candidates, seeds=seeds)
        _check_indices(matches, features0, features1)
    except ArgumentError as error:
        raise FeaturesReadError(
            f"{path}: holds no matches of these features ({error}); give the features that were"
            " matched, or match them again"
        ) from error
    known = document.get("keypoints") if isinstance(document, dict) else None
    if known != [_fingerprint(features0), _fingerprint(features1)]:
        raise FeaturesReadError(
            f"{path}: holds the matches of other features ({_describe(known)}; these have"
            f" {len(features0)} and {len(features1)}, in their own places); give the features that"
            " were matched, in their order, or match them again"
        )
    return matches


def pack_matches(
    matches: Matches, features0: Features, features1: Features
) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays of an archive and its document, which tells what features they are of."""
    _check_indices(matches, features0, features1)
    arrays = {name: getattr(matches, name) for name in _FIELDS}
    for origin in _ORIGINS:
        if (others := getattr(matches, origin)) is not None:
            arrays |= {f"{origin}_{name}": getattr(others, name) for name in _FIELDS}
    return arrays, {"keypoints": [_fingerprint(features0), _fingerprint(features1)]}


def _stored_matches(arrays: Mapping[str, npt.NDArray[Any]], prefix: str = "") -> Matches:
    indices, distances, ratios = (
        stored_array(arrays, prefix + name, dtype) for name, dtype in _FIELDS.items()
    )
    return Matches(indices, distances, ratios)


def _check_features(features0: Features, features1: Features) -> None:
    for number, features in enumerate((features0, features1)):
        check_type(f"features{number}", features, Features)


def _check_indices(matches: Matches, features0: Features, features1: Features) -> None:
    all_matches = (matches, matches.candidates, matches.seeds)
    indices = np.concatenate([one.indices for one in all_matches if one is not None])
    for column, features in enumerate((features0, features1)):
        largest = int(indices[:, column].max(initial=-1))
        if largest >= len(features):
            raise ArgumentError(
                f"indices: expected numbers below {len(features)}, the number of keypoints of"
                f" image {column}, got {largest}"
            )


def _fingerprint(features: Features) -> dict[str, int]:
    """Tell keypoints from others by their number and a checksum of their positions."""
    positions: npt.NDArray[np.float32] = np.ascontiguousarray(features.keypoints, "<f4")
    return {"number": len(features), "crc32": zlib.crc32(positions.tobytes())}


def _describe(known: object) -> str:
    """Say how many keypoints the features had whose matches are in a file."""
    numbers = [
        entry.get("number", "?") if isinstance(entry, Mapping) else "?"
        for entry in (known if isinstance(known, list) else ())
    ]
    return f"with {' and '.join(map(str, numbers)) or 'an unknown number of'} keypoints"
