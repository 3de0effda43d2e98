"""Where an object was found, as a page whose points can be touched."""

from __future__ import annotations

from math import degrees

import numpy as np

from featmatch.report.alignment.placed import Located, Placed
from featmatch.report.alignment.placements_text import placement_line, placements_line
from featmatch.report.match.text import confidence_in_words
from featmatch.report.touch.page import touch_page
from featmatch.report.touch.pair import PicturePair, Relation, Table, Touched

MAX_SCENES = 20
"""The most scenes on a page, the first ones that show the object: each takes its room."""


def placements_page(found: Located) -> bytes:
    """Show an object and the scenes that show it as a page.

    Every match that agrees is a point that shows its partner; a click anywhere on the object shows
    where that point lies at each place.

    Parameters
    ----------
    found : Located

    Returns
    -------
    bytes
        HTML that needs no other file and no network; see `touch_page`.
    """
    numbers = [number for number in range(len(found.scenes)) if found.in_scene(number)]
    shown = numbers[:MAX_SCENES] or [0]
    num = len(found)
    title = f"Found {'once' if num == 1 else f'{num:,} times'}" if num else "Not found"
    facts = {"object": found.sought.name, "scenes": f"{len(found.scenes):,}"}
    if len(numbers) > len(shown):
        facts["on this page"] = f"the first {len(shown)} scenes that show it"
    return touch_page(
        Touched(
            title=title,
            lead=f"{placements_line(found)}.",
            facts=facts,
            tables=(_table(found),) if num else (),
            pairs=tuple(_pair(found, number) for number in shown),
        )
    )


def _pair(found: Located, number: int) -> PicturePair:
    placements = found.in_scene(number)
    relations = tuple(_relation(one, place) for place, one in enumerate(placements, start=1))
    return PicturePair(found.sought, found.scenes[number], relations or (_nothing(),))


def _relation(placement: Placed, place: int) -> Relation:
    return Relation(
        label=f"{place}: {placement_line(placement)}",
        points0=placement.points0,
        points1=placement.points1,
        inliers=np.ones(placement.num_inliers, bool),
        homography=placement.homography,
        outline1=placement.outline,
    )


def _nothing() -> Relation:
    none = np.zeros((0, 2))
    return Relation("not found", none, none, np.zeros(0, bool))


def _table(found: Located) -> Table:
    headers = ("scene", "place", "left", "top", "width", "height", "scale", "turned", "confidence")
    rows = [
        (found.scenes[number].name, str(place), *_cells(placement))
        for number in range(len(found.scenes))
        for place, placement in enumerate(found.in_scene(number), start=1)
    ]
    return Table("Places, in pixels of the scenes", headers, tuple(rows))


def _cells(placement: Placed) -> tuple[str, ...]:
    left, top, right, bottom = placement.box
    return (
        *(f"{value:.1f}" for value in (left, top, right - left, bottom - top)),
        f"{placement.scale:.3g}",
        f"{degrees(placement.angle):.1f}°",
        confidence_in_words(placement.confidence),
    )
