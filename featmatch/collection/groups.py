"""Which photographs are the same, nearly the same, or of the same place; and copies sorted so."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from featmatch.checks import check_path
from featmatch.collection.contents import CollectionContents
from featmatch.collection.graph import MatchGraph
from featmatch.collection.motions import MAPS
from featmatch.collection.records import ImageEntry, Pair, originals_of
from featmatch.errors import OutputError
from featmatch.escaping import spreadsheet_cell
from featmatch.files import (
    UNFINISHED,
    check_ending,
    reason_of,
    remove_leftovers,
    unfinished,
    write_whole,
)
from featmatch.geometry.residuals import Matrix, transfer

Group = tuple[str, ...]

NEARLY_ALL = 0.9
"""Of the area of both images that the other shows too, for near-duplicates: a border may be cut."""

GROUPS_FILES = (".csv", ".json")
"""Endings of files that `write_groups` knows."""

_MAX_BEND = 0.02  # of the diagonal: how far a corner may be from where shift, turn and zoom take it
_ALONE, _GROUP = "alone", "group-"
_COLUMNS = ("group", "image")


def duplicates(images: Iterable[ImageEntry]) -> tuple[Group, ...]:
    """Find files of the same bytes.

    Returns
    -------
    tuple of tuple of str
        Each time the image that was matched, and its copies.
    """
    copies: dict[str, list[str]] = defaultdict(list)
    for image in images:
        if image.status == "copy":
            copies[image.copy_of].append(image.name)
    return tuple((name, *same) for name, same in copies.items())


def near_duplicates(collection: CollectionContents) -> tuple[Pair, ...]:
    """Find pairs that are the same photograph, resized, turned or cropped a little.

    What relates them is a plain map, a shift, turn and zoom, and nearly all of each image is in the
    other. A second photograph from the same place that shows nothing else is one, too.
    """
    sizes = {image.name: image.size for image in collection.images}
    found = []
    for summary in collection.pairs:
        if summary.kind == "scene" and summary.model in MAPS:
            mapping = collection.matches(*summary.names).homography
            size0, size1 = sizes[summary.name0], sizes[summary.name1]
            if mapping is not None and _is_nearly_all(mapping, size0, size1):
                found.append(summary.names)
    return tuple(found)


def groups(images: Sequence[ImageEntry], graph: MatchGraph) -> tuple[Group, ...]:
    """Tell which photographs belong together, copies beside their originals.

    Parameters
    ----------
    images : sequence of ImageEntry
        In natural order.
    graph : MatchGraph
        Of these images.

    Returns
    -------
    tuple of tuple of str
        The components, the largest first, those of one image too; each in natural order.
    """
    copies = originals_of(images)
    members: list[list[str]] = [[] for _ in graph.components]
    for image in images:
        component = graph.component_of.get(copies.get(image.name, image.name))
        if component is not None:
            members[component].append(image.name)
    return tuple(sorted((tuple(names) for names in members), key=lambda names: -len(names)))


def write_groups(groups: Sequence[Group], path: str | os.PathLike[str]) -> None:
    """Write which photographs belong together, whole or not at all.

    Parameters
    ----------
    groups : sequence of tuple of str
        See `groups`.
    path : str or path
        Ending in .json: a list of lists of names. Ending in .csv: lines of a group's number, from
        1, and a name.

    Raises
    ------
    ArgumentError
        The ending is another.
    OutputError
        The file cannot be written.
    """
    if check_ending("path", path, GROUPS_FILES) == ".json":
        text = f"{json.dumps([list(names) for names in groups], indent=1)}\n"
    else:
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for number, names in enumerate(groups, 1):
            writer.writerows((number, spreadsheet_cell(name)) for name in names)
        text = table.getvalue()
    write_whole(path, text.encode("utf-8", "backslashreplace"))


def copy_groups(
    groups: Sequence[Group], source: str | os.PathLike[str], folder: str | os.PathLike[str]
) -> Mapping[str, int]:
    """Copy photographs into a folder for each group; the photographs themselves stay as they are.

    Copies that are there already stay: what was interrupted goes on.

    Parameters
    ----------
    groups : sequence of tuple of str
        See `groups`. Those of one image come into the folder ``alone``.
    source : str or path
        Where the photographs are.
    folder : str or path
        Gets the folders ``group-001``, ``group-002``, ... In them, photographs have the names that
        they had in `source`, with its folders.

    Returns
    -------
    mapping of str to int
        Name of each folder -> the number of photographs in it.

    Raises
    ------
    OutputError
        The folder has something else in it, lies in the source, or a photograph cannot be copied.
    """
    source, folder = Path(check_path("source", source)), Path(check_path("folder", folder))
    check_groups_folder(source, folder)
    placed = [
        (f"{_GROUP}{number:03}" if len(names) > 1 else _ALONE, name)
        for number, names in enumerate(groups, 1)
        for name in names
    ]
    targets = {folder / place / name: source / name for place, name in placed}
    remove_leftovers(folder.glob(UNFINISHED))
    try:
        for path in sorted(folder.rglob("*")):
            known = path.match(UNFINISHED) or (path in targets and _is_copy(path, targets[path]))
            if path.is_file() and not known:
                raise OutputError(
                    f"{folder}: holds {path.relative_to(folder).as_posix()}, which is no copy of "
                    "this group; choose a new folder"
                )
        for target, photograph in targets.items():
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                copy = unfinished(folder)
                try:
                    shutil.copy2(photograph, copy)
                    copy.replace(target)
                finally:
                    copy.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot take the copies ({reason_of(error)}); choose another folder, and "
            "remove what is there of this one"
        ) from error
    return dict(Counter(place for place, _ in placed))


def check_groups_folder(source: str | os.PathLike[str], folder: str | os.PathLike[str]) -> None:
    """Refuse a place for copies of groups that cannot be right, before any work.

    Raises
    ------
    OutputError
        It lies in the folder of the photographs, or something else than groups is in it.
    """
    source, folder = Path(source), Path(folder)
    if folder.resolve().is_relative_to(source.resolve()):
        raise OutputError(
            f"{folder}: lies in the folder of the photographs, and its copies would be found there "
            "the next time; choose a folder outside"
        )
    try:
        children = sorted(folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot take the copies ({reason_of(error)}); choose another folder"
        ) from error
    for child in children:
        known = child.name == _ALONE or child.match(UNFINISHED) or child.name.startswith(_GROUP)
        if not known:
            raise OutputError(f"{folder}: holds {child.name}; choose a new folder")


def _is_copy(path: Path, photograph: Path) -> bool:
    """Whether a file has the size and the time of another, as copies have."""
    own, other = path.stat(), photograph.stat()
    return (own.st_size, int(own.st_mtime)) == (other.st_size, int(other.st_mtime))


def _is_nearly_all(mapping: Matrix, size0: tuple[int, int], size1: tuple[int, int]) -> bool:
    """Whether a map of image 0 to image 1 is plain, and nearly all of each is in the other."""
    corners = _corners(size0)
    mapped = transfer(mapping, corners)
    if not np.isfinite(mapped).all() or _bend(corners, mapped) > _MAX_BEND * np.hypot(*size1):
        return False
    shown, _ = cv2.intersectConvexConvex(
        mapped.astype(np.float32), _corners(size1).astype(np.float32)
    )
    area = cv2.contourArea(mapped.astype(np.float32))
    return bool(shown >= NEARLY_ALL * max(area, size1[0] * size1[1]))


def _bend(points: Matrix, mapped: Matrix) -> float:
    """How far points lie at most from where the nearest shift, turn and zoom takes them."""
    before, after = (
        centered @ (1, 1j) for centered in (points - points.mean(0), mapped - mapped.mean(0))
    )
    turn_and_zoom = np.vdot(before, after) / np.vdot(before, before)
    return float(np.abs(turn_and_zoom * before - after).max())


def _corners(size: tuple[int, int]) -> Matrix:
    """(4, 2) outer corners of an image, around."""
    width, height = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5
