"""All places where one scene shows an object, the surest first, none twice."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from featmatch.alignment.placement import Placement
from featmatch.alignment.seen import Looker, share_in_common
from featmatch.alignment.sought import ENOUGH, EXTRACTOR, Sought, resizing
from featmatch.alignment.upright import Upright, upright
from featmatch.alignment.votes import guesses
from featmatch.crops.match import LEAST_RATIO
from featmatch.crops.search import LARGEST_CHANGE, NUM_SCALES, find_places
from featmatch.geometry.outlines import image_border
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.images.image import Image
from featmatch.images.view import View
from featmatch.types import Array
from featmatch.verification import MatchOptions

MOST_LOOKS = 200
"""Places of a scene that are looked at, those of the most evidence: icons of a screenshot."""

SAME_PLACE = 0.6
"""Of the smaller outline's area, in common with another: things that hide half of one another have
less."""


def placements_in(
    sought: Sought, scene: View, shown: Image, options: MatchOptions
) -> list[Placement]:
    """Find all places where a scene shows an object.

    Each is verified on what those before it have left of the scene.

    Parameters
    ----------
    sought : Sought
    scene : View
        At its full size.
    shown : Image
        The scene, as the placements name it.
    options : MatchOptions

    Returns
    -------
    list of Placement
        The surest first.
    """
    found: list[Placement] = []
    features = EXTRACTOR.extract(scene.image, scene.usable)
    voted = guesses(sought.features, features)[:MOST_LOOKS]
    looker = Looker(shown, sought.size, max(1, len(voted)), options)
    for guess in voted:
        compared = _left_there(sought, scene, guess.homography, found)
        if compared is not None:
            _add(found, looker.by_matches(compared) or looker.by_parts(compared, guess))
    looker = replace(looker, num_places=_num_compared(sought, scene))
    for similarity in _alike(sought, scene):
        compared = _left_there(sought, scene, similarity, found)
        if compared is not None:
            _add(found, looker.by_pixels(compared, similarity))
    return sorted(found, key=lambda one: one.log10_false_alarms)


def _left_there(
    sought: Sought, scene: View, similarity: Matrix, found: list[Placement]
) -> Upright | None:
    """Return what is left of the scene where an object may lie; None where one was found."""
    if not _is_new(transfer(similarity, image_border(sought.size)), found):
        return None
    return upright(sought, _without(scene, found), similarity)


def _add(found: list[Placement], placement: Placement | None) -> None:
    if placement is not None and _is_new(placement.outline, found):
        found.append(placement)


def _is_new(outline: Array, found: list[Placement]) -> bool:
    return all(share_in_common(outline, one.outline) < SAME_PLACE for one in found)


def _without(scene: View, found: list[Placement]) -> View:
    """Return what is left of a scene without what was found in it."""
    usable = scene.usable
    height, width = scene.image.pixels.shape[:2]
    left = np.full((height, width), 255, np.uint8) if usable is None else usable.copy()
    for placement in found:
        outline = scene.image.from_original(placement.outline)
        cv2.fillConvexPoly(left, np.rint(outline).astype(np.int32), 0)
    return replace(scene, usable=left)


def _alike(sought: Sought, scene: View) -> list[Matrix]:
    """Find by their pixels where small things lie that are shown as they are, such as icons."""
    if min(sought.size) >= ENOUGH or not _is_small(sought, scene):
        return []
    places = find_places(sought.view.image.gray(), scene.image.gray(), MOST_LOOKS)
    to_original = np.linalg.inv(resizing(*scene.image.scale))
    return [to_original @ place.homography for place in places]


def _is_small(sought: Sought, scene: View) -> bool:
    return bool(np.prod(scene.image.size) >= LEAST_RATIO * np.prod(sought.size))


def _num_compared(sought: Sought, scene: View) -> float:
    """How many places of a scene are compared that do not overlap, at all scales."""
    smallest = np.prod(sought.size) / LARGEST_CHANGE
    return float(max(1.0, NUM_SCALES * np.prod(scene.image.size) / smallest))
