"""A page on which points of two pictures can be touched, as one file of HTML."""

from __future__ import annotations

from typing import Any

import numpy as np

from featmatch.images.image import Image
from featmatch.plain import plain
from featmatch.report.page.page import make_page, scripts_in
from featmatch.report.touch.pair import Lattice, PicturePair, Relation, Touched
from featmatch.report.touch.pictures import encode_pictures
from featmatch.types import Array

SHARE = 750_000
"""Bytes of the page for each picture, all else included: two of 2 megapixels stay below 1.5 MB."""

_POINT_DIGITS = 2  # after the point, of px: finer than any keypoint
_MEASURE_DIGITS = 3


def touch_page(touched: Touched) -> bytes:
    """Show pictures whose points can be touched.

    Hover or tap a match, and its partner and the surroundings of both are shown; a click anywhere
    shows where that point lies in the other picture. Where a relation is a map, picture 0 is laid
    over picture 1, with a border to move, in turn, or as their difference.

    Parameters
    ----------
    touched : Touched

    Returns
    -------
    bytes
        HTML that needs no other file and no network; at most `SHARE` for each picture, and 1.5 MB
        for one, unless there are tens of thousands of matches.
    """
    images = _different_images(touched)
    known = [{"name": image.name, "size": image.size, "seen": image.seen} for image in images]
    document = {
        "title": touched.title,
        "lead": touched.lead,
        "facts": list(touched.facts.items()),
        "tables": touched.tables,
        "pictures": known,
        "pairs": [_pair(pair, images) for pair in touched.pairs],
        "laidFirst": touched.laid_first,
    }
    scripts = scripts_in("touch")
    room = SHARE * max(2, len(images)) - len(make_page({"touch": document}, scripts))
    encoded = encode_pictures([image.pixels for image in images], room)
    pictures = [{**one, **drawn} for one, drawn in zip(known, encoded, strict=True)]
    return make_page({"touch": {**document, "pictures": pictures}}, scripts)


def _different_images(touched: Touched) -> list[Image]:
    images = [image for pair in touched.pairs for image in (pair.image0, pair.image1)]
    return list({id(image): image for image in images}.values())


def _pair(pair: PicturePair, images: list[Image]) -> dict[str, Any]:
    numbers = {id(image): number for number, image in enumerate(images)}
    return {
        "image0": numbers[id(pair.image0)],
        "image1": numbers[id(pair.image1)],
        "relations": [_relation(relation) for relation in pair.relations],
    }


def _relation(relation: Relation) -> dict[str, Any]:
    return {
        "label": relation.label,
        "points0": _rounded(relation.points0, _POINT_DIGITS),
        "points1": _rounded(relation.points1, _POINT_DIGITS),
        "inliers": relation.inliers.astype(int),
        "measures": [
            [name, _rounded(values, _MEASURE_DIGITS)] for name, values in relation.measures.items()
        ],
        "homography": plain(relation.homography),
        "fundamental": plain(relation.fundamental),
        "lattice": _lattice(relation.lattice),
        "surroundings": _rounded(relation.surroundings, _MEASURE_DIGITS),
        "outline0": _rounded(relation.outline0, _POINT_DIGITS),
        "outline1": _rounded(relation.outline1, _POINT_DIGITS),
        "error": relation.error,
    }


def _lattice(lattice: Lattice | None) -> dict[str, Any] | None:
    if lattice is None:
        return None
    return {
        "forward": _rounded(lattice.forward, _POINT_DIGITS),
        "backward": _rounded(lattice.backward, _POINT_DIGITS),
    }


def _rounded(values: Array | None, digits: int) -> list[Any] | None:
    """Numbers with so many digits after the point; infinite ones become None."""
    if values is None:
        return None
    numbers: list[Any] = plain(np.round(values.astype(np.float64), digits), not_finite="null")
    return numbers
