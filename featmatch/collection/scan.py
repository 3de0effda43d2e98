"""A folder, its masks and its cameras -> what there is to be worked on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.collection.images import find_images
from featmatch.collection.index import ImageKeys, Index
from featmatch.collection.keys import file_digest
from featmatch.collection.options import CollectOptions
from featmatch.collection.records import ImageEntry
from featmatch.collection.work import WorkImage
from featmatch.errors import ArgumentError, ReadError
from featmatch.images.camera import read_intrinsics

_MASKS = ("{name}.png", "{stem}.png", "{name}", "{stem}.jpg", "{stem}.tif", "{stem}.bmp")
"""What the mask of an image may be called: first as COLMAP calls it, ``photo.jpg.png``."""

Camera = npt.NDArray[np.float64]


def scan(
    folder: Path, out: Path, options: CollectOptions, earlier: Index | None
) -> tuple[Index, dict[str, WorkImage]]:
    """Find the images of a folder, and what their results depend on.

    Parameters
    ----------
    folder, out : Path
        Where the photographs are, and where the results go.
    options : CollectOptions
    earlier : Index or None
        Of an earlier run: files that have not changed are not read again. None reads all.

    Returns
    -------
    Index
    dict of str to WorkImage
        The images that can be matched, by name, in natural order.

    Raises
    ------
    ReadError
        There is no image, or the masks are those of no image.
    """
    known: Mapping[str, ImageEntry] = {}
    if earlier is not None and earlier.options.get("exif") == options.exif:
        known = {entry.name: entry for entry in earlier.images}
    masks = None if options.masks is None else Path(options.masks)
    if masks is not None and os.path.realpath(masks) == os.path.realpath(folder):
        raise ArgumentError(
            f"masks: expected another folder than that of the photographs, got {masks}; masks in "
            "it would be taken for photographs"
        )
    besides = (out,) if masks is None else (out, masks)
    entries = find_images(folder, exif=options.exif, known=known, besides=besides)
    if not any(entry.status in ("read", "unreadable") for entry in entries):
        raise ReadError(f"{folder}: has no photographs; give a folder with some")
    readable = [entry for entry in entries if entry.status == "read"]
    found_masks = _find_masks(readable, masks)
    images = {}
    for entry in readable:
        mask, camera = found_masks.get(entry.name), _camera_of(entry, options.intrinsics)
        of_mask = file_digest(mask) if mask else ""
        features = options.keys.features(entry.sha256, of_mask)
        vector = options.keys.vector(entry.sha256, features, of_mask)
        keys = ImageKeys(features, options.keys.image(features, camera), vector)
        images[entry.name] = WorkImage(
            entry.name, entry.size, keys, entry.sha256, of_mask, mask=mask, camera=camera
        )
    if options.model == "essential":
        _check_cameras(images.values())
    keys_by_name = {name: image.keys for name, image in images.items()}
    matching = options.keys.matching
    return Index(folder, options.described, matching, entries, keys_by_name), images


def _check_cameras(images: Iterable[WorkImage]) -> None:
    """Refuse an essential matrix of images whose cameras are not all known."""
    unknown = [image.name for image in images if image.camera is None]
    if unknown:
        others = f" and {len(unknown) - 1:,} more" if unknown[1:] else ""
        raise ArgumentError(
            f"model: an essential matrix needs the cameras of all images, and that of {unknown[0]}"
            f"{others} is not known; give intrinsics as numbers, or the model auto"
        )


def _find_masks(entries: list[ImageEntry], masks: Path | None) -> dict[str, Path]:
    if masks is None:
        return {}
    if not masks.is_dir():
        raise ReadError(f"{masks}: there is no such folder; give the folder of the masks")
    found = {}
    for entry in entries:
        stem = PurePosixPath(entry.name).with_suffix("")
        for form in _MASKS:
            path = masks / form.format(name=entry.name, stem=stem)
            if path.is_file():
                found[entry.name] = path
                break
    if not found:
        raise ReadError(
            f"{masks}: has no mask of an image; call the mask of photo.jpg photo.jpg.png or "
            "photo.png, in the same folders"
        )
    return found


def _camera_of(entry: ImageEntry, intrinsics: Any) -> Camera | None:
    """Return an image's camera matrix; None if it is not known."""
    if intrinsics is None:
        return None
    if not (isinstance(intrinsics, str) and intrinsics == "exif"):
        return read_intrinsics(intrinsics)
    if entry.focal_length is None:
        return None
    width, height = entry.size
    try:
        return read_intrinsics((entry.focal_length, (width - 1) / 2, (height - 1) / 2))
    except ArgumentError:  # a number that no lens has
        return None
