"""What is told of an image in documents of alignments and placements."""

from __future__ import annotations

from typing import Any

from featmatch.images.image import Image

_KEYS = {
    "name": ("", "the file as given"),
    "width": ("px", "of the upright original, EXIF applied"),
    "height": ("px", "of the upright original, EXIF applied"),
}


def image_keys(which: str) -> dict[str, tuple[str, str]]:
    """Key of an image that is called `which` in a document -> (unit, meaning)."""
    return {f"{which}.{key}": explained for key, explained in _KEYS.items()}


def image_document(image: Image) -> dict[str, Any]:
    """Return what `image_keys` explains."""
    width, height = image.size
    return {"name": image.name, "width": width, "height": height}
