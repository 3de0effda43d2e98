"""Folders -> suites: ``pairs.json``, the layout of HPatches, and that of the Oxford sequences."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from featmatch.checks import check_path
from featmatch.errors import SuiteError
from featmatch.evaluation.bench.suites import Suite, SuitePair
from featmatch.files import read_whole, reason_of

PAIRS_FILE = "pairs.json"
IMAGE_ENDINGS = (".ppm", ".pgm", ".png", ".jpg", ".jpeg")
_GROUPS = {"i_": "illumination", "v_": "viewpoint"}
"""What the names of HPatches' sequences begin with."""
_TRUTHS = ("homography", "points", "intrinsics0", "intrinsics1", "pose")
_OLD_KEYS = {"H": "homography", "K0": "intrinsics0", "K1": "intrinsics1", "T": "pose"}
_OLD_KEYS |= {"level": "group"}
"""What a key of a pair in pairs.json was called before -> what it is called."""


@dataclass(frozen=True)
class _Layout:
    """How files of a sequence are named: image 1 relates to each of the others."""

    image: re.Pattern[str]
    homography: str


_LAYOUTS = (
    _Layout(re.compile(r"(\d+)"), "H_1_{}"),  # HPatches
    _Layout(re.compile(r"img(\d+)"), "H1to{}p"),  # Oxford
)


def read_suite(path: str | PathLike[str]) -> Suite:
    """Read a folder of image pairs with ground truth.

    Three layouts are known. ``pairs.json`` holds ``{"pairs": [...]}``, each with ``name``,
    ``image0``, ``image1`` (relative to the folder), ``kind`` and the truth: ``homography`` or
    ``points`` for planar pairs, ``points`` for twoview, ``intrinsics0``, ``intrinsics1`` and
    ``pose`` for pose, nothing for related and unrelated ones; ``group`` may name a group. A related
    pair with ``"related": false`` is an unrelated one. The keys ``H``, ``K0``, ``K1``, ``T`` and
    ``level`` and the kind ``negative``, as they were called before, are read as well where the new
    ones are missing. HPatches has folders ``v_name`` and ``i_name`` with ``1.ppm``, ``2.ppm`` ...
    and ``H_1_2`` ...; the Oxford sequences have ``img1.ppm`` ... and ``H1to2p`` .... Of the latter
    two, a single sequence is a suite as well.

    Parameters
    ----------
    path : str or path
        The folder, or its ``pairs.json``. It gives the suite its name.

    Returns
    -------
    Suite

    Raises
    ------
    SuiteError
        There is no ground truth, it is damaged or does not define what it should, or an image is
        missing. The message has the file and the next step.

    References
    ----------
    V. Balntas, K. Lenc, A. Vedaldi and K. Mikolajczyk, "HPatches: a benchmark and evaluation of
    handcrafted and learned local descriptors", CVPR 2017; K. Mikolajczyk et al., "A comparison of
    affine region detectors", IJCV 65 (2005).
    """
    folder = Path(check_path("path", path))
    if folder.name == PAIRS_FILE:
        folder = folder.parent
    if not folder.is_dir():
        raise SuiteError(f"{path}: there is no such folder; check the path")
    name = folder.resolve().name
    if (folder / PAIRS_FILE).exists():
        return _suite(name, _read_pairs_file(folder / PAIRS_FILE), folder / PAIRS_FILE)
    pairs = [
        pair
        for sequence in (folder, *sorted(child for child in folder.iterdir() if child.is_dir()))
        for layout in _LAYOUTS
        for pair in _read_sequence(sequence, layout)
    ]
    if not pairs:
        raise SuiteError(
            f"{path}: holds no ground truth; add {PAIRS_FILE}, or H_1_2 beside 1.ppm and 2.ppm as "
            "HPatches has, or H1to2p beside img1.ppm and img2.ppm as the Oxford sequences have"
        )
    return _suite(name, pairs, folder)


def _suite(name: str, pairs: list[SuitePair], source: Path) -> Suite:
    try:
        return Suite(name, tuple(pairs))
    except ValueError as error:
        raise SuiteError(f"{source}: {error}; correct the file") from error


def _read_pairs_file(path: Path) -> list[SuitePair]:
    content = read_whole(path, SuiteError)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SuiteError(
            f"{path}: is not valid JSON ({reason_of(error)}); copy it again"
        ) from error
    entries = document.get("pairs") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SuiteError(f"{path}: expected an object with a list of objects, pairs; copy it again")
    return [_read_entry(path, number, entry) for number, entry in enumerate(entries)]


def _read_entry(path: Path, number: int, entry: Mapping[str, Any]) -> SuitePair:
    old = {new: entry[key] for key, new in _OLD_KEYS.items() if key in entry}
    entry = {**old, **entry}
    words = {key: entry.get(key, "") for key in ("name", "image0", "image1", "kind", "group")}
    where = f"{path}: pair {words['name'] or number!r}"
    for key, value in words.items():
        if not isinstance(value, str) or not (value or key == "group"):
            raise SuiteError(f"{where}: {key}: expected a text, got {entry.get(key)!r}; add it")
    truths = {name: entry[name] for name in _TRUTHS if entry.get(name) is not None}
    try:
        return SuitePair(
            name=words["name"],
            image0=_image(where, path.parent / words["image0"]),
            image1=_image(where, path.parent / words["image1"]),
            kind=_kind(where, words["kind"], entry.get("related", True)),
            group=words["group"],
            **truths,
        )
    except ValueError as error:
        raise SuiteError(f"{where}: {error}; correct it, or take the pair out") from error


def _kind(where: str, kind: str, related: object) -> Any:
    """Return the kind of a pair in today's words; `related` is the flag of a related one."""
    if kind == "related" and not isinstance(related, bool):
        raise SuiteError(f"{where}: related: expected true or false, got {related!r}; correct it")
    if kind == "negative" or (kind == "related" and not related):
        return "unrelated"
    return kind


def _read_sequence(folder: Path, layout: _Layout) -> list[SuitePair]:
    """Read the pairs of one folder: none if it has no homography of this layout."""
    images: dict[int, Path] = {}
    for file in sorted(folder.iterdir()):
        match = layout.image.fullmatch(file.stem)
        if match and file.suffix.lower() in IMAGE_ENDINGS:
            images[int(match[1])] = file
    pattern = re.compile(layout.homography.format(r"(\d+)"))
    named = (pattern.fullmatch(file.name) for file in folder.iterdir())
    numbers = {int(match[1]) for match in named if match}
    if not numbers:
        return []
    for number in (1, *sorted(numbers)):
        if number not in images:
            raise SuiteError(f"{folder}: there is no image {number} in it; copy the folder again")
    return [
        _read_related(folder, images[1], images[number], layout.homography.format(number))
        for number in sorted(numbers | images.keys() - {1})
    ]


def _read_related(folder: Path, image0: Path, image1: Path, homography: str) -> SuitePair:
    """Read the homography of two images of a sequence."""
    sequence, path = folder.resolve().name, folder / homography
    content = read_whole(path, SuiteError)
    try:
        return SuitePair(
            name=f"{sequence}/{image0.stem}-{image1.stem}",
            image0=image0,
            image1=image1,
            kind="planar",
            group=_GROUPS.get(sequence[:2], sequence),
            homography=np.array([float(word) for word in content.split()]).reshape(3, 3),
        )
    except ValueError as error:
        raise SuiteError(
            f"{path}: expected a homography, three rows of three numbers ({error}); copy the file "
            "again"
        ) from error


def _image(where: str, path: Path) -> Path:
    if not path.is_file():
        raise SuiteError(f"{where}: there is no image {path}; copy it there or take the pair out")
    return path
