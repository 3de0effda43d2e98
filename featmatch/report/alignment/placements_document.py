"""Where an object was found, as plain numbers, strings and lists: what JSON and CSV files hold.

`PLACEMENTS_JSON_KEYS` says what every key means and in which unit: a dot steps into an object,
`[]` into each object of a list.
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

import numpy as np

from featmatch.escaping import spreadsheet_cell
from featmatch.plain import plain
from featmatch.report.alignment.image_keys import image_document, image_keys
from featmatch.report.alignment.placed import Located, Placed

PLACEMENTS_JSON_KEYS: dict[str, tuple[str, str]] = {
    **image_keys("object"),
    "num_placements": ("", "number of places in all scenes"),
    **image_keys("scenes[]"),
    "scenes[].placements[].kind": ("", "plane: a homography takes the object there; or depth"),
    "scenes[].placements[].outline": (
        "px",
        "corners (x, y): of the object, from its top left clockwise; with depth, of the box of the "
        "matches that agree",
    ),
    "scenes[].placements[].box": ("px", "left, top, right, bottom of the outline"),
    "scenes[].placements[].homography": ("px to px", "3 x 3, object to scene; null with depth"),
    "scenes[].placements[].scale": ("", "length in the scene of a pixel of the object"),
    "scenes[].placements[].angle": ("rad", "of the object, from the x axis toward the y axis"),
    "scenes[].placements[].confidence": ("0 to 1", "probability that the object is shown there"),
    "scenes[].placements[].log10_false_alarms": (
        "",
        "log10 of the number of such places in a scene without the object",
    ),
    "scenes[].placements[].visible": (
        "0 to 1",
        "share of the object's patches that look alike there; 0 with depth",
    ),
    "scenes[].placements[].num_inliers": ("", "number of matches that agree"),
    "scenes[].placements[].points0": ("px", "these in the object, (x, y)"),
    "scenes[].placements[].points1": ("px", "these in the scene, each the match of one"),
}
"""Key of a document of placements -> (unit, meaning)."""

_COLUMNS = (
    *("scene", "kind", "left", "top", "right", "bottom", "scale", "angle", "confidence"),
    *("log10_false_alarms", "visible", "num_inliers"),
    *(f"{axis}{corner}" for corner in range(4) for axis in "xy"),
)
"""Of a CSV file; the corners of the outline are left empty where it has not four."""


def placements_document(found: Located) -> dict[str, Any]:
    """Everything about the places of an object, as `PLACEMENTS_JSON_KEYS` explains it."""
    return {
        "object": image_document(found.sought),
        "num_placements": len(found),
        "scenes": [
            image_document(scene)
            | {"placements": [_placement(one) for one in found.in_scene(number)]}
            for number, scene in enumerate(found.scenes)
        ],
    }


def placements_csv(found: Located) -> bytes:
    """Write a line for each place."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for placement in found:
        numbers = [*placement.box, placement.scale, placement.angle, placement.confidence]
        numbers += [placement.log10_false_alarms, placement.visible]
        corners = placement.outline.ravel().tolist() if len(placement.outline) == 4 else [""] * 8
        cells = [f"{value:.6f}" if isinstance(value, float) else value for value in corners]
        writer.writerow(
            [
                spreadsheet_cell(placement.scene.name),
                placement.kind,
                *(f"{value:.6f}" for value in numbers),
                placement.num_inliers,
                *cells,
            ]
        )
    return text.getvalue().encode("utf-8", "backslashreplace")


def _placement(placement: Placed) -> dict[str, Any]:
    return {
        "kind": placement.kind,
        "outline": plain(np.round(placement.outline, 4)),
        "box": [round(value, 4) for value in placement.box],
        "homography": plain(placement.homography),
        "scale": placement.scale,
        "angle": placement.angle,
        "confidence": placement.confidence,
        "log10_false_alarms": placement.log10_false_alarms,
        "visible": placement.visible,
        "num_inliers": placement.num_inliers,
        "points0": plain(np.round(placement.points0, 4)),
        "points1": plain(np.round(placement.points1, 4)),
    }
