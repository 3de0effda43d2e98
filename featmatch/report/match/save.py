"""Write results into files, in the form that the ending asks for, whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from featmatch.archives import MATCH_RESULT, archive_bytes
from featmatch.errors import ArgumentError
from featmatch.escaping import spreadsheet_cell
from featmatch.features.archive import KIND as FEATURES
from featmatch.features.archive import pack_features
from featmatch.files import check_ending, check_place, write_files
from featmatch.images.image import Image
from featmatch.matching.archive import pack_matches
from featmatch.plain import to_json
from featmatch.report.drawing.pictures import PICTURES, picture_bytes
from featmatch.report.match.document import features_document, match_document
from featmatch.report.match.matched import Matched
from featmatch.types import Array, Features

Found = Sequence[tuple[str, Features]]
"""Each image's name and its keypoints."""


@dataclass(frozen=True)
class Form:
    """How results are written in one form.

    Parameters
    ----------
    match : callable
        Makes the content of a file of a match; is told whether to draw the wrong matches too.
    features : callable or None
        Makes the content of a file of the keypoints of images; is given the image of a picture.
        None: keypoints alone have no such form.
    """

    match: Callable[[Matched, bool], bytes]
    features: Callable[[Found, Image | None], bytes] | None


def check_output(path: str | PathLike[str], endings: Collection[str] = ()) -> Path:
    """Check that a result can be written to `path`, before any work is done for it.

    Parameters
    ----------
    path : str or path
    endings : collection of str
        Those that may be; none for all `FORMS`.

    Raises
    ------
    ArgumentError
        The ending is none of these.
    OutputError
        The folder does not exist or cannot be written to, or what is there already is no file, or
        one that may not be written.
    """
    check_ending("output", path, tuple(endings or FORMS))
    check_place(path)
    return Path(path)


def save_match(result: Matched, *paths: str | PathLike[str], outliers: bool = False) -> None:
    """Write a match result in several forms, all or none; see `MatchResult.save`."""
    write_files(
        {
            path: FORMS[path.suffix.lower()].match(result, outliers)
            for path in map(check_output, paths)
        }
    )


def save_detected(found: Found, *paths: str | PathLike[str], image: Image | None = None) -> None:
    """Write the keypoints of images in several forms, all or none.

    Parameters
    ----------
    found : sequence of (str, Features)
        Each image's name and its keypoints.
    paths : str or path
        Ending in .json, .csv, .npz, .png, .svg or .pdf.
    image : Image, optional
        What a picture shows the keypoints on, which must be those of this one image. The other
        forms do without.

    Raises
    ------
    ArgumentError
        The ending is none of these, or a picture is asked for of none or several images.
    OutputError
        A file cannot be written.
    """
    forms = features_forms()
    places = [check_output(path, forms) for path in paths]
    write_files({path: forms[path.suffix.lower()](found, image) for path in places})


def features_forms() -> dict[str, Callable[[Found, Image | None], bytes]]:
    """Return what writes keypoints into a file, by its ending."""
    return {ending: form.features for ending, form in FORMS.items() if form.features is not None}


def _match_picture(ending: str, result: Matched, outliers: bool) -> bytes:
    from featmatch.report.match.picture import plot_match  # loads matplotlib

    return picture_bytes(plot_match(result, outliers=outliers), ending)


def _match_page(result: Matched, outliers: bool) -> bytes:
    from featmatch.report.match.page import match_page  # reads the scripts of pages

    return match_page(result)


def _features_picture(ending: str, found: Found, image: Image | None) -> bytes:
    from featmatch.report.match.picture import plot_features  # loads matplotlib

    if image is None or len(found) != 1:
        num = 0 if image is None else len(found)
        raise ArgumentError(f"output: expected one image for a picture, got {num}")
    return picture_bytes(plot_features(image, found[0][1]), ending)


def _match_json(result: Matched, outliers: bool) -> bytes:
    return to_json(match_document(result)).encode()


def _features_json(found: Found, image: Image | None) -> bytes:
    return to_json(features_document(found)).encode()


def _match_csv(result: Matched, outliers: bool) -> bytes:
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


def _features_csv(found: Found, image: Image | None) -> bytes:
    columns = _joined(found)
    return _csv(
        image=np.repeat([name for name, _ in found], [len(features) for _, features in found]),
        x=columns["keypoints"][:, 0],
        y=columns["keypoints"][:, 1],
        score=columns["scores"],
        scale=columns["scales"],
        angle=columns["angles"],
    )


def _match_npz(result: Matched, outliers: bool) -> bytes:
    """All arrays of a result; a matrix that does not exist has no entry."""
    features0, features1 = result.features0, result.features1
    arrays, document = pack_features(
        [(result.image0.name, features0), (result.image1.name, features1)]
    )
    matches, fingerprints = pack_matches(result.matches, features0, features1)
    model: dict[str, Array] = {
        "points0": result.points0,
        "points1": result.points1,
        "inliers": result.inliers,
        "residuals": result.geometry.residuals,
    }
    for name in ("matrix", "homography", "fundamental"):
        matrix = getattr(result.geometry, name)
        if matrix is not None:
            model[name] = matrix
    if result.pose is not None:
        model |= {"rotation": result.pose.rotation, "translation": result.pose.translation}
    return archive_bytes(
        MATCH_RESULT, arrays | matches | model, document | fingerprints, compress=True
    )


def _features_npz(found: Found, image: Image | None) -> bytes:
    return archive_bytes(FEATURES, *pack_features(found), compress=True)


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        **{
            ending: Form(partial(_match_picture, ending), partial(_features_picture, ending))
            for ending in PICTURES
        },
        ".json": Form(_match_json, _features_json),
        ".csv": Form(_match_csv, _features_csv),
        ".npz": Form(_match_npz, _features_npz),
        ".html": Form(_match_page, None),
    }
)
"""Ending of a file -> what writes it."""


def _feature_arrays(features: Features) -> dict[str, Array]:
    names = ("keypoints", "descriptors", "scores", "scales", "angles")
    return {name: getattr(features, name) for name in names}


def _joined(found: Found) -> dict[str, Array]:
    """Put the keypoints of all images one after another."""
    arrays = [_feature_arrays(features) for _, features in found]
    described = [columns for columns in arrays if len(columns["keypoints"])] or arrays[:1]
    return {name: np.concatenate([columns[name] for columns in described]) for name in arrays[0]}


def _csv(**columns: Array) -> bytes:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*map(_cells, columns.values()), strict=True))
    return text.getvalue().encode("utf-8", "backslashreplace")  # as JSON has letters that are none


def _cells(column: Array) -> list[Any]:
    values: list[Any] = column.tolist()
    if column.dtype.kind == "f":
        return [f"{value:.6g}" for value in values]
    return list(map(spreadsheet_cell, values)) if column.dtype.kind == "U" else values
