"""A collection as the files of hloc: https://github.com/cvg/Hierarchical-Localization.

``features.h5`` has a group an image, ``matches.h5`` a group a pair, ``pairs.txt`` a line a pair.
hloc's reconstruction reads all three, and adds the half pixel for COLMAP by itself.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_choice, check_path
from featmatch.collection.contents import CollectionContents
from featmatch.collection.exported import (
    Exported,
    check_names,
    count_exported,
    exported_images,
    exported_pairs,
    kept_counts,
    kept_keypoints,
    matches_to_map,
)
from featmatch.collection.hdf5 import created, load_h5py
from featmatch.collection.records import ImageEntry, PairRecord, PairSummary
from featmatch.collection.stored_pixels import PIXELS, Pixels, from_upright, moved_points, size_of
from featmatch.errors import ArgumentError, OutputError
from featmatch.files import UnfinishedFiles, reason_of
from featmatch.types import Features

FEATURES, MATCHES, PAIRS = "features.h5", "matches.h5", "pairs.txt"

PIXELS_ATTRIBUTE = "featmatch_pixels"
"""Of a file of features: whether they lie in upright images or in the stored ones."""

_NO_MATCH = -1


def export_hloc(
    collection: CollectionContents,
    folder: str | os.PathLike[str],
    *,
    parts: bool = False,
    pixels: Pixels = "stored",
) -> Exported:
    """Write the features and the verified matches of a collection for hloc.

    Parameters
    ----------
    collection : CollectionContents
    folder : str or path
        It is made if there is none; files of hloc that are there are replaced.
    parts : bool
        Also write the pairs of images that share one thing alone, such as a logo.
    pixels : {"stored", "upright"}
        As COLMAP reads the photographs, which is what hloc's reconstruction makes cameras of; or
        upright.

    Returns
    -------
    Exported

    Raises
    ------
    ArgumentError
        hloc could not tell the names of two images apart, or take them from a line.
    MissingExtraError
        The package h5py is not installed.
    OutputError
        A file cannot be written.
    """
    check_choice("pixels", pixels, PIXELS)
    load_h5py()
    images, pairs = exported_images(collection), exported_pairs(collection, parts=parts)
    keypoints, counts = kept_keypoints(collection), kept_counts(collection)
    _check_names([image.name for image in images])
    with UnfinishedFiles() as files:
        place = files.make_folder(check_path("folder", folder))
        try:
            with created(files.reserve(place / FEATURES)) as file:
                file.attrs[PIXELS_ATTRIBUTE] = pixels
                for image in images:
                    _write_features(file, collection, image, pixels)
            with created(files.reserve(place / MATCHES)) as file:
                for pair in pairs:
                    record = collection.matches(*pair.names)
                    num = len(keypoints(pair.name0))
                    mapped = matches_to_map(keypoints, counts, record)
                    _write_matches(file, record, mapped, num)
        except OSError as error:
            raise OutputError(
                f"{folder}: cannot be written ({reason_of(error)}); choose another place"
            ) from error
        files.write(place / PAIRS, _lines(pairs))
        files.finish()
    return count_exported(collection, pairs)


def dashed(name: str) -> str:
    """Return an image's name as hloc writes it in a file of matches."""
    return name.replace("/", "-")


def _check_names(names: list[str]) -> None:
    check_names(names, "hloc")
    met: dict[str, str] = {}
    for name in names:
        if name.split() != [name]:
            raise ArgumentError(
                f"{name}: hloc splits its list of pairs at blanks, so it needs names without;"
                " rename the file and collect again, or export for COLMAP"
            )
        other = met.setdefault(dashed(name), name)
        if other != name:
            raise ArgumentError(
                f"{name}: hloc cannot tell it from {other}, as it writes - for /; rename one and"
                " collect again, or export for COLMAP"
            )


def _write_features(
    file: Any, collection: CollectionContents, image: ImageEntry, pixels: Pixels
) -> None:
    features = collection.features(image.name)
    keypoints = moved_points(collection.keypoints(image.name), from_upright(image, pixels))
    group = file.create_group(image.name)
    group.create_dataset("keypoints", data=keypoints)
    group["keypoints"].attrs["uncertainty"] = max(
        (float(kind.pixel_size) for kind in features), default=1.0
    )
    group.create_dataset("scores", data=_joined(features, "scores"))
    group.create_dataset("scales", data=_joined(features, "scales"))
    group.create_dataset("image_size", data=np.array(size_of(image, pixels), np.int64))
    if len(features) == 1 and features[0].norm == "l2":  # of two kinds: not to be compared
        group.create_dataset("descriptors", data=features[0].descriptors.T)


def _joined(features: tuple[Features, ...], name: str) -> npt.NDArray[np.float32]:
    empty = np.zeros(0, np.float32)
    return np.concatenate([empty, *(getattr(kind, name) for kind in features)])


def _write_matches(
    file: Any, record: PairRecord, inliers: npt.NDArray[np.bool_], num_keypoints: int
) -> None:
    """Write for each keypoint of the first image which of the second it is, and how surely."""
    order = np.argsort(-record.ratios[inliers], kind="stable")  # the best of a keypoint comes last
    rows0, rows1 = record.indices[inliers][order].T
    matches = np.full(num_keypoints, _NO_MATCH, np.int32)
    scores = np.zeros(num_keypoints, np.float32)
    matches[rows0] = rows1
    scores[rows0] = 1 - record.ratios[inliers][order]
    name0, name1 = map(dashed, record.summary.names)
    group = file.require_group(name0).create_group(name1)
    group.create_dataset("matches0", data=matches, compression="gzip")
    group.create_dataset("matching_scores0", data=scores, compression="gzip")


def _lines(pairs: list[PairSummary]) -> bytes:
    return "".join(f"{pair.name0} {pair.name1}\n" for pair in pairs).encode()
