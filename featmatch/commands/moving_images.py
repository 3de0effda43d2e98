"""Several images given by name or by folder, and a name of an output for each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from featmatch.commands.command import STANDARD_INPUT
from featmatch.errors import ImageReadError

IMAGE_ENDINGS = frozenset(
    (
        *(".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".avif"),
        *(".jp2", ".j2k", ".pbm", ".pgm", ".ppm", ".pnm"),
    )
)
"""Of files in folders that are taken for images; what is named is read whatever its ending."""

NAME = "{name}"
"""What stands in an output for the name of an image, without its folder and its ending."""


def images_named(names: Sequence[str], but: str) -> list[str]:
    """Return names of images, with those in a folder, in their order, in place of its name.

    Raises
    ------
    ImageReadError
        A folder has no images, but the one that is left out.
    """
    found: list[str] = []
    for name in names:
        if not Path(name).is_dir():
            found.append(name)
            continue
        inside = sorted(
            path
            for path in Path(name).iterdir()
            if path.suffix.lower() in IMAGE_ENDINGS and not _is_same(path, but)
        )
        if not inside:
            raise ImageReadError(f"{name}: there are no images in this folder; name another")
        found.extend(map(os.fspath, inside))
    return found


def outputs_for(outputs: Sequence[str], images: Sequence[str]) -> list[list[str]]:
    """Return for each image the names of its outputs.

    Parameters
    ----------
    outputs : sequence of str
        With ``{name}`` in place of the image's name, or a folder, which stands for
        ``folder/{name}.png``. For a single image a name may be without that.
    images : sequence of str

    Raises
    ------
    UsageError
        The outputs of two images would have one name.
    """
    patterns = [
        os.fspath(Path(one) / f"{NAME}.png") if one and Path(one).is_dir() else one
        for one in outputs
    ]
    if len(images) > 1:
        for pattern in patterns:
            if NAME not in pattern:
                raise click.UsageError(
                    f"{pattern}: expected {NAME} in the name of the output, or a folder, for "
                    f"{len(images)} images."
                )
    stems = ["stdin" if name == STANDARD_INPUT else Path(name).stem for name in images]
    twice = next((stem for number, stem in enumerate(stems) if stem in stems[:number]), None)
    if twice is not None and patterns:
        raise click.UsageError(f"Two images are called {twice}; align them one by one.")
    return [[pattern.replace(NAME, stem) for pattern in patterns] for stem in stems]


def _is_same(path: Path, other: str) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False
