"""An object and scenes in: every place where these show it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from featmatch.alignment.placement import Placement, Placements
from featmatch.alignment.search import placements_in
from featmatch.alignment.sought import Sought
from featmatch.checks import check_callable
from featmatch.errors import ArgumentError, ImageReadError
from featmatch.images.folders import image_files, is_folder
from featmatch.images.image import Image, ImageSource, shrink
from featmatch.images.view import Reading, View
from featmatch.verification import MatchOptions

logger = logging.getLogger("featmatch")

Scene: TypeAlias = "ImageSource | Image"
"""A file, an array, a Pillow image, or an image that was read before; or a folder of files."""

_SHOWN = 1600  # px, longer side of a scene as pictures show it
_PASSED = 400  # px, of one that does not show the object


def locate(
    sought: Scene,
    scenes: Scene | Iterable[Scene],
    *,
    mask: ImageSource | None = None,
    max_size: int = 0,
    seed: int = 0,
    exif: str = "apply",
    progress: Callable[[int, int], None] | None = None,
) -> Placements:
    """Find every place where scenes show an object: none, one or several in each.

    Matches of keypoints say where the object may lie; it is said to lie there if the part of the
    scene there, turned and resized as the object is, matches it beyond what chance explains. Small
    things that are shown as they are, such as icons in screenshots, are looked for by their pixels
    too.

    Parameters
    ----------
    sought : path, ndarray, PIL.Image.Image or Image
        The object; see `read_image`. Its outline is that of the image, so crop it.
    scenes : the same, or an iterable of them
        Where to look. A path may be that of a folder, which stands for all images below it. The
        object's features are found once, whatever the number of scenes.
    mask : path, ndarray or PIL.Image.Image, optional
        What of the image is the object: nonzero. Of its size. None: all.
    max_size : int
        Limit to the long side in pixels of the scenes worked on; 0 works at full size, in which
        small things are found.
    seed : int
        Of the random search, at least 0. The same inputs, options and seed give the same result.
    exif : {"apply", "ignore"}
        Whether files are turned upright as their EXIF orientation says.
    progress : callable, optional
        Called with the number of scenes that are done, and that of all, after each.

    Returns
    -------
    Placements
        A tuple of `Placement`, in the order of the scenes, in each the surest first; empty where no
        scene shows the object.

    Raises
    ------
    ArgumentError
        An argument is not as described, or there is no scene.
    ImageReadError
        A file is not a readable image, or a folder holds none.

    Examples
    --------
    >>> import featmatch
    >>> scene = featmatch.read_image("samples/poster_0.jpg").pixels
    >>> found = featmatch.locate(scene[180:330, 260:460], "samples/poster_1.jpg")
    >>> len(found), found[0].kind
    (1, 'plane')
    """
    check_callable("progress", progress)
    options, reading = MatchOptions(seed=seed), Reading(max_size, exif)
    object_view = View.read(
        sought, mask=mask, reading=replace(reading, max_size=0), which=" of the object"
    )
    sources = list(_sources(scenes))
    if not sources:
        raise ArgumentError("scenes: expected one image at least, got none")
    looked_for = Sought(object_view)
    placements: list[Placement] = []
    shown: list[Image] = []
    for number, source in enumerate(sources):
        view = View.read(source, reading=reading, which=" of a scene")
        found, scene = _locate_in(looked_for, view, options)
        logger.info("%s: %d found", view.image.name, len(found))
        placements += found
        shown.append(scene)
        if progress is not None:
            progress(number + 1, len(sources))
    return Placements(placements, _shrunk(object_view.image, _SHOWN), shown)


def _sources(scenes: Scene | Iterable[Scene]) -> Iterator[Scene]:
    """Yield the scenes one by one, those of folders in the order of their names."""
    for scene in _as_several(scenes):
        if not isinstance(scene, str | os.PathLike) or not is_folder(Path(scene)):
            yield scene
            continue
        files = list(image_files([Path(scene)]))
        if not files:
            raise ImageReadError(f"{os.fsdecode(scene)}: no images there; give a folder with some")
        yield from files


def _as_several(scenes: Scene | Iterable[Scene]) -> Iterable[Scene]:
    if isinstance(scenes, str | os.PathLike | np.ndarray | Image):
        return [scenes]
    return scenes if isinstance(scenes, Iterable) else [scenes]


def _locate_in(sought: Sought, view: View, options: MatchOptions) -> tuple[list[Placement], Image]:
    """Return what is found in a scene, and the scene as pictures show it."""
    shown = _shrunk(view.image, _SHOWN)
    found = placements_in(sought, view, shown, options)
    return found, shown if found else _shrunk(shown, _PASSED)


def _shrunk(image: Image, longest: int) -> Image:
    return replace(image, pixels=shrink(image.pixels, longest), usable=None)
