"""A collection as tables for spreadsheets and scripts, and as JSON.

Points are in pixels of the upright images, the center of the top-left pixel is (0, 0).
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from featmatch.checks import check_path
from featmatch.collection.contents import CollectionContents
from featmatch.collection.exported import (
    Exported,
    count_exported,
    exported_pairs,
    inliers_of,
    kept_keypoints,
    matched_points,
)
from featmatch.collection.records import ImageEntry, PairSummary
from featmatch.errors import OutputError
from featmatch.escaping import spreadsheet_cell
from featmatch.files import UnfinishedFiles, reason_of
from featmatch.plain import plain
from featmatch.version import __version__

IMAGES, PAIRS, MATCHES = "images.csv", "pairs.csv", "matches.csv"

Row = Iterable[Any]

_PAIR_OF_NUMBERS = {"size": ("width", "height"), "overlap": ("overlap0", "overlap1")}
"""Fields that are two columns."""

_MATCH_COLUMNS = (
    *("name0", "name1", "keypoint0", "keypoint1", "x0", "y0", "x1", "y1"),
    *("inlier", "distance", "ratio"),
)


def export_csv(
    collection: CollectionContents, folder: str | os.PathLike[str], *, parts: bool = False
) -> Exported:
    """Write ``images.csv``, ``pairs.csv`` and ``matches.csv``.

    Parameters
    ----------
    collection : CollectionContents
    folder : str or path
        It is made if there is none.
    parts : bool
        Also write the matches of images that share one thing alone, such as a logo. The other two
        files list all images and all pairs in any case.

    Returns
    -------
    Exported

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    pairs = exported_pairs(collection, parts=parts)
    tables: dict[str, Iterator[Row]] = {
        IMAGES: _rows(ImageEntry, collection.images),
        PAIRS: _rows(PairSummary, collection.pairs),
        MATCHES: _match_rows(collection, pairs),
    }
    with UnfinishedFiles() as files:
        place = files.make_folder(check_path("folder", folder))
        for name, rows in tables.items():
            lines = csv.writer(_Lines(), lineterminator="\n").writerow
            _write(files, place / name, (lines(map(_cell, row)) for row in rows))
        files.finish()
    return count_exported(collection, pairs)


def export_json(
    collection: CollectionContents, path: str | os.PathLike[str], *, parts: bool = False
) -> Exported:
    """Write all images and pairs as JSON, and the models of pairs that show the same scene.

    Parameters
    ----------
    collection : CollectionContents
    path : str or path
    parts : bool
        Also write the models of pairs of images that share one thing alone, such as a logo.

    Returns
    -------
    Exported

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    pairs = exported_pairs(collection, parts=parts)
    with UnfinishedFiles() as files:
        _write(files, path, _json_lines(collection, {pair.names for pair in pairs}))
        files.finish()
    return count_exported(collection, pairs)


class _Lines:
    """What `csv.writer` writes to: it gives each line back."""

    def write(self, line: str) -> str:
        return line


def _write(files: UnfinishedFiles, path: str | os.PathLike[str], lines: Iterable[str]) -> None:
    """Write lines one after another: those of all matches would not fit into memory."""
    file = files.reserve(path)
    try:
        # Bytes of a name that are not UTF-8 are escaped, as JSON does with letters that are none.
        with file.open("x", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            stream.writelines(lines)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({reason_of(error)}); choose another place"
        ) from error


def _rows(kind: type[ImageEntry | PairSummary], values: Iterable[Any]) -> Iterator[Row]:
    names = [field.name for field in fields(kind)]
    yield [column for name in names for column in _PAIR_OF_NUMBERS.get(name, (name,))]
    for value in values:
        cells = (getattr(value, name) for name in names)
        yield [part for cell in cells for part in (cell if isinstance(cell, tuple) else (cell,))]


def _match_rows(collection: CollectionContents, pairs: list[PairSummary]) -> Iterator[Row]:
    yield _MATCH_COLUMNS
    keypoints = kept_keypoints(collection)
    for pair in pairs:
        record = collection.matches(*pair.names)
        points0, points1 = matched_points(keypoints, record)
        columns = (
            *record.indices.T.tolist(),
            *points0.T.tolist(),
            *points1.T.tolist(),
            inliers_of(keypoints, record).tolist(),
            record.distances.tolist(),
            record.ratios.tolist(),
        )
        for row in zip(*columns, strict=True):
            yield *pair.names, *row


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return spreadsheet_cell(value) if isinstance(value, str) else value


def _json_lines(collection: CollectionContents, written: set[tuple[str, str]]) -> Iterator[str]:
    """One image and one pair a line."""
    folder = json.dumps(os.fspath(Path(collection.folder)))
    yield f'{{\n"featmatch": "{__version__}",\n"folder": {folder},\n"images": ['
    yield from _separated(plain(image) for image in collection.images)
    yield '],\n"pairs": ['
    yield from _separated(_pair_document(collection, pair, written) for pair in collection.pairs)
    yield "]\n}\n"


def _separated(values: Iterable[Any]) -> Iterator[str]:
    mark = "\n"
    for value in values:
        yield mark + json.dumps(value, allow_nan=False)
        mark = ",\n"


def _pair_document(
    collection: CollectionContents, pair: PairSummary, written: set[tuple[str, str]]
) -> Any:
    document = asdict(pair)
    if pair.names in written:
        record = collection.matches(*pair.names)
        document |= {"fundamental": record.fundamental, "homography": record.homography}
    return plain(document, not_finite="null")
