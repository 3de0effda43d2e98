"""The images that files and folders name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

_IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm")


def image_files(places: Iterable[Path]) -> Iterator[Path]:
    """Yield files, whatever their ending, and of folders the images in them.

    Parameters
    ----------
    places : iterable of Path
        A folder stands for all images below it, in the order of their names; what is neither a
        file nor a folder is yielded as it is: reading it will tell.
    """
    for place in places:
        if is_folder(place):
            files = sorted(place.rglob("*"))
            named = (file for file in files if file.suffix.lower() in _IMAGES)
            yield from (file for file in named if not is_folder(file))
        else:
            yield place


def is_folder(place: Path) -> bool:
    """Whether there is a folder of that name."""
    try:
        return place.is_dir()
    except (OSError, ValueError):  # as of a name that is too long: reading it will tell
        return False
