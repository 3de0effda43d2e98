"""Results as plain numbers, strings and lists: what JSON files hold.

`JSON_KEYS` and `FEATURES_JSON_KEYS` say what every key means and in which unit: a dot steps into
an object, `[]` into each object of a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from featmatch.geometry.evidence import Evidence
from featmatch.geometry.shares import share_interval
from featmatch.plain import plain
from featmatch.report.match.matched import Matched
from featmatch.types import Array, Features

_IMAGE_KEYS: dict[str, tuple[str, str]] = {
    "name": ("", "the file as given"),
    "width": ("px", "of the upright original, EXIF applied"),
    "height": ("px", "of the upright original, EXIF applied"),
    "num_keypoints": ("", "number of keypoints"),
    "pixel_size": ("px", "side of a pixel of the image worked on"),
}

JSON_KEYS: dict[str, tuple[str, str]] = {
    "verdict.accepted": ("", "true if the two images show or share the same thing"),
    "verdict.kind": ("", "scene: the same place or thing; part: one thing in both; or none"),
    "verdict.confidence": ("0 to 1", "probability that they do"),
    "verdict.log10_false_alarms": ("", "log10 of the number of models as good by chance alone"),
    "verdict.reason": ("", "the verdict in words"),
    "verdict.model_confidence": ("0 to 1", "probability that the model is right within 5 px"),
    "verdict.ambiguous": ("", "true if other maps fit as well: what is shown repeats"),
    "method": ("", "the method whose answer this is"),
    "seed": ("", "of the random search"),
    **{f"image0.{key}": explained for key, explained in _IMAGE_KEYS.items()},
    **{f"image1.{key}": explained for key, explained in _IMAGE_KEYS.items()},
    "num_matches": ("", "number of matches, right and wrong"),
    "num_inliers": ("", "number of inliers: see `matches.inliers`"),
    "geometry.kind": ("", "homography, fundamental, essential, affine, similarity or none"),
    "geometry.matrix": ("", "3 x 3, image 0 to image 1, or null; rows of numbers"),
    "geometry.homography": ("px to px", "the matrix if it is a map, else null"),
    "geometry.fundamental": ("px", "x1' F x0 = 0; from an essential matrix too; else null"),
    "geometry.intrinsics0": ("px", "camera matrix of image 0 for an essential matrix, or null"),
    "geometry.intrinsics1": ("px", "camera matrix of image 1 for an essential matrix, or null"),
    "geometry.max_error": ("px", "largest residual of an inlier"),
    "geometry.median_error": ("px", "median residual of the inliers, or null"),
    "geometry.predicted_error": ("px", "how far off the homography may take a point, or null"),
    "geometry.reason": ("", "why there is no model, or how it was chosen"),
    "models[].kind": ("", "a kind of model that was looked for"),
    "models[].matrix": ("", "3 x 3, image 0 to image 1, or null; rows of numbers"),
    "models[].num_inliers": ("", "its number of inliers"),
    "models[].log10_false_alarms": ("", "log10 of the number of models as good by chance alone"),
    "models[].patch_agreement": (
        "0 to 1",
        "of a homography: share of patches of the common part that look alike, or null",
    ),
    "models[].patch_agreement_interval": (
        "0 to 1",
        "the 95 % interval of that share, or null",
    ),
    "models[].num_patches": ("", "of a homography: number of patches it is a share of, or 0"),
    "models[].rivals": ("", "of a homography: maps, 3 x 3 each, that fit as well; or none"),
    "models[].epipolar_ratio": (
        "",
        "of a homography: log10_false_alarms of the fundamental matrix / its own, or null",
    ),
    "models[].neighbor_consistency": (
        "0 to 1",
        "of epipolar models: share of matches that move with their neighbors, or null",
    ),
    "models[].flaw": (
        "",
        "why no two views are related so: folds, mirrors, scales, squeezes, scatters; or null",
    ),
    "part.outline0": ("px", "corners of the shared part in image 0; part is null for a scene"),
    "part.outline1": ("px", "corners of the shared part in image 1"),
    "pose.rotation": ("", "3 x 3, R of x1 ~ K1 (R X + t); pose is null without cameras or match"),
    "pose.translation": ("", "t, of length 1: images do not tell how far the camera moved"),
    "pose.num_in_front": ("", "number of matches that agree and lie in front of both cameras"),
    "pose.parallax": ("rad", "median angle between their rays"),
    "pose.only_turned": (
        "",
        "the angles are no larger than the errors of matches: t means nothing",
    ),
    "matches.indices": ("", "M pairs: keypoint of image 0, keypoint of image 1"),
    "matches.points0": ("px", "M points (x, y) in image 0; its first pixel's center is (0, 0)"),
    "matches.points1": ("px", "M points (x, y) in image 1, each the match of one in image 0"),
    "matches.inliers": (
        "",
        "M flags: agrees with the model and, where most that agree with lines do, looks alike",
    ),
    "matches.residuals": ("px", "M distances from the model, null without one"),
    "matches.distances": ("bits or 1", "M distances between descriptors: bits, or of unit vectors"),
    "matches.ratios": ("0 to 1", "M distances relative to the second nearest neighbor's"),
    "seconds.read": ("s", "wall time of reading the images; not there for features"),
    "seconds.search": (
        "s",
        "wall time of looking for a much smaller image in the other; not there for other pairs",
    ),
    "seconds.extract": ("s", "wall time of finding and describing the keypoints"),
    "seconds.match": ("s", "wall time of matching them"),
    "seconds.estimate": ("s", "wall time of finding and judging the model"),
    "steps[].method": ("", "a method that was tried"),
    "steps[].accepted": (
        "",
        "whether it found that the images match; mirror images are asked of possible answers",
    ),
    "steps[].confidence": ("0 to 1", "probability that they do, by this method"),
    "steps[].num_matches": ("", "its number of matches"),
    "steps[].num_inliers": ("", "its number of inliers"),
    "steps[].seconds": ("s", "wall time of all its stages"),
    "steps[].model_confidence": ("0 to 1", "probability that its model is right"),
    "steps[].log10_false_alarms": ("", "of its verdict"),
    "steps[].predicted_error": ("px", "of its homography, or null"),
    "stopped": (
        "",
        "why no other method was tried: only step, sure, no surer, last step, out of time",
    ),
}
"""Key of a match document -> (unit, meaning)."""

FEATURES_JSON_KEYS: dict[str, tuple[str, str]] = {
    **{f"images[].{key}": explained for key, explained in _IMAGE_KEYS.items()},
    "images[].method": ("", "the method that found the keypoints"),
    "images[].norm": ("", "the distance that the descriptors are made for"),
    "images[].keypoints": ("px", "N points (x, y); the top-left pixel's center is (0, 0)"),
    "images[].scores": ("", "N strengths, larger is better"),
    "images[].scales": ("px", "N diameters of the described neighborhoods"),
    "images[].angles": ("rad", "N orientations, from the x axis toward the y axis"),
}
"""Key of a features document -> (unit, meaning). Descriptors are in .npz files only."""


def match_document(result: Matched) -> dict[str, Any]:
    """Everything about two matched images, as `JSON_KEYS` explains it."""
    geometry, matches = result.geometry, result.matches
    return {
        "verdict": {"accepted": result.verdict.accepted, **plain(result.verdict)},
        "method": result.method,
        "seed": int(result.seed),
        "image0": _image(result.image0.name, result.features0),
        "image1": _image(result.image1.name, result.features1),
        "num_matches": len(matches),
        "num_inliers": result.num_inliers,
        "geometry": {
            "kind": geometry.kind,
            "matrix": plain(geometry.matrix),
            "homography": plain(geometry.homography),
            "fundamental": plain(geometry.fundamental),
            "intrinsics0": plain(geometry.intrinsics0),
            "intrinsics1": plain(geometry.intrinsics1),
            "max_error": geometry.max_error,
            "median_error": geometry.median_error,
            "predicted_error": result.predicted_error,
            "reason": geometry.reason,
        },
        "models": [
            {
                "kind": kind,
                "matrix": plain(evidence.geometry.matrix),
                "num_inliers": evidence.geometry.num_inliers,
                "log10_false_alarms": evidence.log10_false_alarms,
                "patch_agreement": evidence.patch_agreement,
                "patch_agreement_interval": _interval(evidence),
                "num_patches": 0 if evidence.patch_agreement is None else evidence.num_patches,
                "rivals": [plain(each.homography) for each in evidence.rivals],
                "epipolar_ratio": evidence.epipolar_ratio,
                "neighbor_consistency": evidence.neighbor_consistency,
                "flaw": evidence.flaw and evidence.flaw.value,
            }
            for kind, evidence in result.models.items()
        ],
        "part": plain(result.part),
        "pose": plain(result.pose),
        "matches": {
            "indices": plain(matches.indices),
            "points0": _rounded(result.points0),
            "points1": _rounded(result.points1),
            "inliers": plain(geometry.inliers),
            "residuals": _rounded(geometry.residuals),
            "distances": _rounded(matches.distances),
            "ratios": _rounded(matches.ratios),
        },
        "seconds": {stage: round(seconds, 4) for stage, seconds in result.seconds.items()},
        "steps": [plain(step) | {"seconds": round(step.seconds, 4)} for step in result.steps],
        "stopped": result.stopped,
    }


def features_document(found: Sequence[tuple[str, Features]]) -> dict[str, Any]:
    """Everything about the keypoints of named images, as `FEATURES_JSON_KEYS` explains it."""
    return {
        "images": [
            _image(name, features)
            | {
                "method": features.method,
                "norm": features.norm,
                "keypoints": _rounded(features.keypoints),
                "scores": plain(features.scores),
                "scales": _rounded(features.scales),
                "angles": _rounded(features.angles),
            }
            for name, features in found
        ]
    }


def _image(name: str, features: Features) -> dict[str, Any]:
    width, height = features.image_size
    return {
        "name": name,
        "width": width,
        "height": height,
        "num_keypoints": len(features),
        "pixel_size": features.pixel_size,
    }


def _interval(evidence: Evidence) -> list[float] | None:
    if evidence.patch_agreement is None:
        return None
    return list(share_interval(evidence.patch_agreement, evidence.num_patches))


def _rounded(values: Array) -> list[Any]:
    """Numbers to 1e-4, which is finer than any keypoint; infinite ones become None."""
    numbers: list[Any] = plain(np.round(values.astype(np.float64), 4), not_finite="null")
    return numbers
