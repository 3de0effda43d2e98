"""Alignments as plain numbers, strings and lists: what JSON files hold.

`ALIGNMENT_JSON_KEYS` says what every key means and in which unit, as for matches.
"""

from __future__ import annotations

from typing import Any

from featmatch.plain import plain
from featmatch.report.alignment.aligned import Aligned
from featmatch.report.alignment.image_keys import image_document, image_keys

ALIGNMENT_JSON_KEYS: dict[str, tuple[str, str]] = {
    "accepted": ("", "true if the moving image could be laid over the fixed one"),
    "reason": ("", "why not, or how good it is, in words"),
    **image_keys("moving"),
    **image_keys("fixed"),
    "kind": ("", "translation, similarity, affine, homography, field or none"),
    "matrix": (
        "px to px",
        "3 x 3, moving to fixed; of a field, to where it moves the fixed; or null",
    ),
    "field.size": ("px", "width and height that the field spans; field is null without one"),
    "field.controls": (
        "px",
        "rows of columns of moves (x, y) of a uniform cubic B-spline, the first knot span at the "
        "image's left and upper edge",
    ),
    "error.median": ("px", "of what was held out, in pixels of the fixed image, or null"),
    "error.percentile_95": ("px", "what 95 % of it do not exceed, or null"),
    "error.expected": ("px", "standard deviation of a point, from what fixed the map, or null"),
    "error.num_held_out": ("", "number of patches or matches, each held out once"),
    "overlap": ("0 to 1", "share of the fixed image that the moving one covers"),
    "agreement": ("0 to 1", "share of the patches that show something that look alike, or null"),
    "match.kind": ("", "verdict of the match: scene, part or none"),
    "match.confidence": ("0 to 1", "probability that the images show the same"),
    "match.reason": ("", "that verdict in words"),
    "match.method": ("", "the method whose answer it is"),
    "match.num_matches": ("", "number of matches, right and wrong"),
    "match.num_inliers": ("", "number of inliers: see `matches.inliers` of a match"),
    "seed": ("", "of the random search"),
    "seconds": ("s", "wall time of each stage: those of the match, and align"),
}
"""Key of an alignment document -> (unit, meaning)."""


def alignment_document(result: Aligned) -> dict[str, Any]:
    """Everything about an alignment but its pixels, as `ALIGNMENT_JSON_KEYS` explains it."""
    match, field = result.match, result.field
    return {
        "accepted": result.warp is not None,
        "reason": result.reason,
        "moving": image_document(result.moving),
        "fixed": image_document(result.fixed),
        "kind": result.kind,
        "matrix": None if result.warp is None else plain(result.warp.matrix),
        "field": None
        if field is None
        else {"size": list(field.size), "controls": plain(field.controls)},
        "error": {
            "median": result.error_percentile(50),
            "percentile_95": result.error_percentile(95),
            "expected": result.expected_error,
            "num_held_out": len(result.held_out),
        },
        "overlap": result.overlap,
        "agreement": result.agreement,
        "match": {
            "kind": match.verdict.kind,
            "confidence": match.verdict.confidence,
            "reason": match.verdict.reason,
            "method": match.method,
            "num_matches": len(match.matches),
            "num_inliers": match.num_inliers,
        },
        "seed": int(match.seed),
        "seconds": {stage: round(seconds, 4) for stage, seconds in result.seconds.items()},
    }
