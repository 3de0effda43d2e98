"""A collection as tables: images.csv, pairs.csv and summary.json."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from featmatch.collection.contents import CollectionContents
from featmatch.collection.keys import digest
from featmatch.collection.loops import Loop
from featmatch.collection.overview import Overview
from featmatch.collection.records import PairSummary
from featmatch.escaping import spreadsheet_cell
from featmatch.plain import plain, to_json
from featmatch.version import __version__

SUMMARY = "summary.json"
TABLES = ("images.csv", "pairs.csv", SUMMARY)

_NUM_DIGITS = 6  # of floats
_FORMAT = 1  # of the page, the picture and the tables: grows when the same is told otherwise


def tables(collection: CollectionContents, overview: Overview) -> dict[str, bytes]:
    """Return the contents of `TABLES` by their names."""
    return {
        "images.csv": images_csv(collection, overview),
        "pairs.csv": pairs_csv(collection.pairs, overview),
        SUMMARY: summary_json(overview, state_of(collection)),
    }


def images_csv(collection: CollectionContents, overview: Overview) -> bytes:
    """Write a line for each file of the folder: what became of it, its partners, its component.

    ``component`` is a number from 1, the largest component first; ``best`` is the partner with the
    most inliers.
    """
    best: dict[str, tuple[int, str]] = defaultdict(lambda: (0, ""))
    for summary in collection.pairs:
        if summary.kind == "scene":
            for name, other in (summary.names, summary.names[::-1]):
                best[name] = max(best[name], (summary.num_inliers, other), key=lambda b: b[0])
    graph = overview.graph
    rows = [
        {
            "image": image.name,
            "status": image.status,
            "width": image.size[0],
            "height": image.size[1],
            "partners": graph.degrees.get(image.name),
            "best": best[image.name][1] if image.name in best else None,
            "component": _from_1(graph.component_of.get(image.copy_of or image.name)),
            "copy_of": image.copy_of,
            "camera": image.camera,
            "focal_length": image.focal_length,
            "orientation": image.orientation,
            "bytes": image.num_bytes,
            "sha256": image.sha256,
            "reason": image.reason,
        }
        for image in collection.images
    ]
    return _csv(rows)


def pairs_csv(pairs: Sequence[PairSummary], overview: Overview) -> bytes:
    """Write a line for each pair that was matched.

    ``cuts_off`` is how many images it alone holds to the others, ``contradictions`` the number of
    loops of three that contradict themselves and have it as their suspect.
    """
    graph = overview.graph
    cuts_off = {pair: graph.cut_off[pair] for pair in graph.weak_links}
    suspects = Counter(loop.suspect for loop in overview.loops)
    near = set(overview.near_duplicates)
    rows = [
        {
            "image0": summary.name0,
            "image1": summary.name1,
            "verdict": summary.kind,
            "model": summary.model,
            "matches": summary.num_matches,
            "inliers": summary.num_inliers,
            "overlap0": summary.overlap[0],
            "overlap1": summary.overlap[1],
            "confidence": summary.confidence,
            "model_confidence": summary.model_confidence,
            "log10_false_alarms": summary.log10_false_alarms,
            "ambiguous": int(summary.ambiguous),
            "cuts_off": cuts_off.get(summary.names, 0),
            "contradictions": suspects[summary.names],
            "near_duplicate": int(summary.names in near),
            "reason": summary.reason,
        }
        for summary in pairs
    ]
    return _csv(rows)


def state_of(collection: CollectionContents) -> str:
    """Digest all that is told of a collection: its images, and which pairs were matched and how."""
    images = [repr(image) for image in collection.images]
    pairs = [(*pair.names, pair.key) for pair in collection.pairs]
    return digest(_FORMAT, __version__, collection.folder.name, images, pairs)


def read_overview(collection: CollectionContents, folder: Path) -> Overview | None:
    """Read what was found out about a collection; None if it has changed since, or was not told."""
    try:
        told = json.loads((folder / SUMMARY).read_bytes())
        if told["state"] != state_of(collection):
            return None
        loops = [
            Loop(
                tuple(loop["images"]),
                loop["kind"],
                np.radians(loop["error"]) if loop["kind"] == "rotation" else loop["error"],
                tuple(loop["suspect"]),
            )
            for loop in told["contradicting_loops"]
        ]
        near = [(str(name0), str(name1)) for name0, name1 in told["near_duplicates"]]
        return Overview.of(collection, loops=tuple(loops), near=tuple(near))
    except (OSError, ValueError, LookupError, TypeError):  # another program's, or damaged
        return None


def summary_json(overview: Overview, state: str) -> bytes:
    """Write the numbers of a collection, its components, weak links and contradictions.

    Parameters
    ----------
    overview : Overview
    state : str
        `state_of` the collection.
    """
    graph = overview.graph
    document = {
        "featmatch": __version__,
        "state": state,
        "num_images": overview.num_images,
        "num_pairs": overview.num_pairs,
        "components": [list(part) for part in graph.groups],
        "alone": list(graph.alone),
        "only_links": [
            {"images": pair, "cuts_off": graph.cut_off[pair]} for pair in graph.weak_links
        ],
        "contradicting_loops": [
            {
                "images": loop.names,
                "kind": loop.kind,
                "error": np.degrees(loop.error) if loop.kind == "rotation" else loop.error,
                "unit": "degrees" if loop.kind == "rotation" else "of the diagonal",
                "suspect": loop.suspect,
            }
            for loop in overview.loops
        ],
        "duplicates": overview.duplicates,
        "near_duplicates": overview.near_duplicates,
    }
    return to_json(plain(document, num_digits=_NUM_DIGITS)).encode("utf-8")


def _from_1(index: int | None) -> int | None:
    return None if index is None else index + 1


def _csv(rows: Iterable[dict[str, Any]]) -> bytes:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, row in enumerate(rows):
        if not number:
            writer.writerow(row)
        writer.writerow(map(_cell, row.values()))
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.{_NUM_DIGITS}g}"
    return spreadsheet_cell(value) if isinstance(value, str) else value
