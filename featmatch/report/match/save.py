"""Write results into files, in the form that the ending asks for, whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from featmatch.errors import ArgumentError
from featmatch.files import PICTURES, check_ending, check_place, picture_bytes, write_whole
from featmatch.images.image import Image
from featmatch.report.match.document import features_document, match_document, to_json
from featmatch.result import MatchResult
from featmatch.types import Array, Features

ENDINGS = (*PICTURES, ".json", ".csv", ".npz")


def check_output(path: str | PathLike[str]) -> Path:
    """Check that a result can be written to `path`, before any work is done for it.

    Raises
    ------
    ValueError
        The ending is not one of `ENDINGS`.
    OutputError
        The folder does not exist or cannot be written to, or what is there already is no file, or
        one that may not be written.
    """
    check_ending("output", path, ENDINGS)
    check_place(path)
    return Path(path)


def save_match(result: MatchResult, path: str | PathLike[str], *, outliers: bool = False) -> None:
    """Write a match result; see `MatchResult.save`."""
    path = check_output(path)
    write_whole(path, _match_bytes(result, path.suffix.lower(), outliers=outliers))


def save_features(
    found: Sequence[tuple[str, Features]],
    path: str | PathLike[str],
    *,
    image: Image | None = None,
) -> None:
    """Write the keypoints of images.

    Parameters
    ----------
    found : sequence of (str, Features)
        Each image's name and its keypoints.
    path : str or path
        Ending in .json, .csv, .npz, .png, .svg or .pdf.
    image : Image, optional
        What a picture shows the keypoints on, which must be those of this one image. The other
        forms do without.

    Raises
    ------
    ValueError
        The ending is none of these, or a picture is asked for of none or several images.
    OutputError
        The file cannot be written.
    """
    path = check_output(path)
    write_whole(path, _features_bytes(found, path.suffix.lower(), image))


def _match_bytes(result: MatchResult, ending: str, *, outliers: bool) -> bytes:
    if ending == ".json":
        return to_json(match_document(result)).encode()
    if ending == ".csv":
        return _csv(
            x0=result.points0[:, 0],
            y0=result.points0[:, 1],
            x1=result.points1[:, 0],
            y1=result.points1[:, 1],
            inlier=result.inliers.astype(int),
            residual=result.geometry.residuals,
            distance=result.matches.distances,
            ratio=result.matches.ratios,
        )
    if ending == ".npz":
        return _npz(_match_arrays(result))
    return picture_bytes(result.plot(outliers=outliers), ending)


def _match_arrays(result: MatchResult) -> dict[str, Any]:
    """All arrays of a result; a matrix that does not exist has no entry."""
    arrays: dict[str, Any] = {
        "indices": result.matches.indices,
        "distances": result.matches.distances,
        "ratios": result.matches.ratios,
        "points0": result.points0,
        "points1": result.points1,
        "inliers": result.inliers,
        "residuals": result.geometry.residuals,
    }
    for image, features in enumerate((result.features0, result.features1)):
        for name, values in _feature_arrays(features).items():
            arrays[f"{name}{image}"] = values
    for name in ("matrix", "homography", "fundamental"):
        matrix = getattr(result.geometry, name)
        if matrix is not None:
            arrays[name] = matrix
    return arrays


def _features_bytes(
    found: Sequence[tuple[str, Features]], ending: str, image: Image | None
) -> bytes:
    if ending == ".json":
        return to_json(features_document(found)).encode()
    if ending in PICTURES:
        from featmatch.report.match.picture import plot_features

        if image is None or len(found) != 1:
            num = 0 if image is None else len(found)
            raise ArgumentError(f"output: expected one image for a picture, got {num}")
        return picture_bytes(plot_features(image, found[0][1]), ending)
    counts = [len(features) for _, features in found]
    names = [name for name, _ in found]
    arrays = [_feature_arrays(features) for _, features in found]
    described = [columns for columns in arrays if len(columns["keypoints"])] or arrays[:1]
    columns = {name: np.concatenate([columns[name] for columns in described]) for name in arrays[0]}
    if ending == ".npz":
        return _npz(columns | {"names": np.array(names), "counts": np.array(counts)})
    return _csv(
        image=np.repeat(names, counts),
        x=columns["keypoints"][:, 0],
        y=columns["keypoints"][:, 1],
        score=columns["scores"],
        scale=columns["scales"],
        angle=columns["angles"],
    )


def _feature_arrays(features: Features) -> dict[str, Array]:
    names = ("keypoints", "descriptors", "scores", "scales", "angles")
    return {name: getattr(features, name) for name in names}


def _csv(**columns: Array) -> bytes:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    plain = [
        [f"{value:.6g}" for value in column] if column.dtype.kind == "f" else column.tolist()
        for column in columns.values()
    ]
    writer.writerows(zip(*plain, strict=True))
    return text.getvalue().encode("utf-8", "surrogateescape")


def _npz(arrays: dict[str, Any]) -> bytes:
    buffer = BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
