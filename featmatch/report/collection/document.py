"""What the page of a collection is drawn from: plain values, small enough for one file.

Images and pairs are told by numbers. Of the pairs that were accepted, places of some matches are
kept, as bytes: a 255th of an image is as much as a thumbnail shows.
"""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from typing import Any

import numpy as np

from featmatch.collection.contents import CollectionContents
from featmatch.collection.motions import inlier_points
from featmatch.collection.overview import Overview
from featmatch.collection.records import Pair, PairSummary
from featmatch.report.collection.layout import place_images
from featmatch.report.collection.thumbnails import make_thumbnails

_MOST_MATCHES = 100  # of a pair: more hide the thumbnails
_FEWEST_MATCHES = 12
_BYTES_OF_MATCHES = 3_000_000  # of all pairs together, as text
_BYTES_OF_A_MATCH = 16 / 3  # four numbers of a byte each, three bytes being four letters
_MOST_REJECTED = 50_000  # pairs that are told although nothing was found
_MOST_LISTED = 1000  # loops, near-duplicates: a page is not a table
_NUM_KEPT = 1000  # images whose keypoints are kept in memory meanwhile
_KINDS = ("none", "part", "scene")


def page_document(collection: CollectionContents, overview: Overview) -> dict[str, Any]:
    """Gather what a page shows.

    Parameters
    ----------
    collection : CollectionContents
    overview : Overview
        Of this collection.

    Returns
    -------
    dict
        Of plain values.
    """
    graph = overview.graph
    images = [image for image in collection.images if image.status == "read"]
    number = {image.name: index for index, image in enumerate(images)}
    shown = [pair for pair in collection.pairs if number.keys() >= set(pair.names)]
    if sum(pair.kind == "none" for pair in shown) > _MOST_REJECTED:
        shown = [pair for pair in shown if pair.accepted]
    row = {pair.names: index for index, pair in enumerate(shown)}
    places, height = place_images(graph, shown)
    important = _important(overview)
    first = sorted(images, key=lambda image: (image.name not in important, number[image.name]))
    thumbnails = make_thumbnails(collection.folder, first)
    return {
        "folder": collection.folder.resolve().name,
        "sentences": overview.sentences,
        "names": [image.name for image in images],
        "sizes": [image.size for image in images],
        "components": [graph.component_of[image.name] for image in images],
        "degrees": [graph.degrees[image.name] for image in images],
        "places": [places[image.name] for image in images],
        "height": height,
        "thumbnails": {number[name]: one for name, one in thumbnails.items()},
        "pairs": [
            (number[p.name0], number[p.name1], p.num_inliers, _KINDS.index(p.kind), p.num_matches)
            for p in shown
        ],
        "reasons": {row[p.names]: p.reason for p in shown if p.kind == "part"},
        "matches": _matches(collection, overview, shown),
        "bridges": [(row[pair], graph.cut_off[pair]) for pair in graph.weak_links],
        "loops": [
            {
                "images": [number[name] for name in loop.names],
                "rotation": loop.kind == "rotation",
                "error": np.degrees(loop.error) if loop.kind == "rotation" else 100 * loop.error,
                "suspect": row[loop.suspect],
            }
            for loop in overview.loops[:_MOST_LISTED]
        ],
        "near_duplicates": [row[pair] for pair in overview.near_duplicates[:_MOST_LISTED]],
        "duplicates": overview.duplicates,
        "failures": [
            (image.name, image.status, image.reason)
            for image in collection.images
            if image.status in ("unreadable", "skipped")
        ],
    }


def _important(overview: Overview) -> set[str]:
    """Images that tables show, which get thumbnails first."""
    pairs = [*overview.graph.weak_links, *overview.near_duplicates]
    loops = [loop.names for loop in overview.loops]
    return {name for names in (*pairs, *loops) for name in names}


def _matches(
    collection: CollectionContents, overview: Overview, shown: list[PairSummary]
) -> dict[int, str]:
    """Of accepted pairs, the places of some inliers: x0, y0, x1, y1, in 255ths of the images."""
    first = _important_pairs(overview)
    accepted = [(index, pair) for index, pair in enumerate(shown) if pair.accepted]
    accepted.sort(key=lambda item: (item[1].names not in first, -item[1].num_inliers))
    room = int(_BYTES_OF_MATCHES / _BYTES_OF_A_MATCH)
    num = min(max(room // max(1, len(accepted)), _FEWEST_MATCHES), _MOST_MATCHES)
    sizes = {image.name: image.size for image in collection.images}
    keypoints = lru_cache(_NUM_KEPT)(collection.keypoints)
    found = {}
    for index, pair in sorted(accepted[: room // num]):
        points = inlier_points(keypoints, collection.matches(*pair.names), num)
        shares = [
            255 * (ends + 0.5) / sizes[name] for ends, name in zip(points, pair.names, strict=True)
        ]
        content = np.clip(np.rint(np.hstack(shares)), 0, 255).astype(np.uint8).tobytes()
        found[index] = b64encode(content).decode("ascii")
    return found


def _important_pairs(overview: Overview) -> set[Pair]:
    suspects = [loop.suspect for loop in overview.loops]
    return {*overview.graph.weak_links, *overview.near_duplicates, *suspects}
