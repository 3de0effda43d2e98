"""All places where one scene shows an object, the surest first, none twice."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from featmatch.alignment.placement import Placement
from featmatch.alignment.seen import Looker, share_in_common
from featmatch.alignment.sought import ENOUGH, EXTRACTOR, Sought, resizing
from featmatch.alignment.upright import upright
from featmatch.alignment.votes import Guess, guesses
from featmatch.crops.match import LEAST_RATIO
from featmatch.crops.search import LARGEST_CHANGE, NUM_SCALES, find_places
from featmatch.crops.whole import parts_shown
from featmatch.geometry.least_squares import fit_similarity
from featmatch.geometry.outlines import image_border
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.images.image import Image
from featmatch.images.view import View
from featmatch.types import Array
from featmatch.verification import MatchOptions

MOST_LOOKS = 200
"""Places of a scene that are looked at, those of the most evidence: icons of a screenshot."""

MOST_IN_VAIN = 20
"""Places in a row, those of more evidence first, that do not show the object: no other will. On a
wall of bricks each brick votes for a place."""

LEAST_SAME = 0.25
"""Of an object, of which a place shows the same and not only something laid out alike. Of pages
with one letterhead it was 0.2 at most, of photographs that are half hidden 0.34 and more."""

_FINEST = 1000.0  # px, shorter side, at which that is looked at: letters can be told apart

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
    _look_at_votes(voted, sought, scene, looker, found)
    looker = replace(looker, num_places=_num_compared(sought, scene))
    _look_at_alike(sought, scene, looker, found)
    return sorted(found, key=lambda one: one.log10_false_alarms)


def _look_at_votes(
    voted: list[Guess], sought: Sought, scene: View, looker: Looker, found: list[Placement]
) -> None:
    """Add to what is found the places that matches vote for and that show the object."""
    others: list[Placement] = []
    in_vain = 0
    for guess in voted:
        outline = transfer(guess.homography, image_border(sought.size))
        if not _is_new(outline, [*found, *others]):
            continue
        compared = upright(sought, _without(scene, found), guess.homography)
        if compared is None:
            continue
        if in_vain == MOST_IN_VAIN:
            break
        in_vain += 1
        placement = looker.by_votes(compared, guess)
        if placement is not None and _is_new(placement.outline, found):
            is_same = _is_same(sought, scene, placement)
            (found if is_same else others).append(placement)
            in_vain = 0 if is_same else in_vain


def _look_at_alike(sought: Sought, scene: View, looker: Looker, found: list[Placement]) -> None:
    """Add to what is found the places whose pixels are those of a small object."""
    for similarity in _alike(sought, scene):
        if not _is_new(transfer(similarity, image_border(sought.size)), found):
            continue
        compared = upright(sought, _without(scene, found), similarity)
        placement = None if compared is None else looker.by_pixels(compared, similarity)
        if placement is not None and _is_new(placement.outline, found):
            found.append(placement)


def _is_same(sought: Sought, scene: View, placement: Placement) -> bool:
    """Whether a place shows the object, and not another one with a part in common.

    Of an object with depth that is not known.
    """
    if placement.homography is None:
        return True
    border = image_border(sought.size)
    similarity = fit_similarity(border, transfer(placement.homography, border))
    compared = None if similarity is None else upright(sought, scene, similarity, _FINEST)
    if compared is None:
        return False
    homography = compared.of_level(placement.homography)
    parts = parts_shown(*compared.views, homography, enlarged=compared.enlarged)
    return parts.same >= LEAST_SAME


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
