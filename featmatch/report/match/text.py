"""Results in words, for a terminal."""

from __future__ import annotations

from math import degrees

from featmatch.escaping import printable
from featmatch.geometry.models import MODELS, label_of
from featmatch.images.image import Image
from featmatch.report.match.matched import Matched
from featmatch.types import Features, VerdictKind

VERDICTS: dict[VerdictKind, str] = {
    "scene": "match",
    "part": "match in part",
    "none": "no match",
}
"""What a verdict is called in sentences."""

_MOST = 90  # percent of the inliers, which a second error is told of


def match_line(result: Matched) -> str:
    """Tell the verdict in one line."""
    return f"{VERDICTS[result.verdict.kind]}: {result.verdict.reason}"


def match_summary(result: Matched) -> str:
    """Tell the verdict in words, then method, counts, model, error and time, a line each."""
    verdict = match_line(result)
    lines = [f"{verdict[0].upper()}{verdict[1:]}."]
    lines += [f"  {name:<11} {value}" for name, value in match_facts(result).items()]
    return "\n".join(lines)


def match_facts(result: Matched) -> dict[str, str]:
    """Tell method, counts, model, error, time and the like, by their names; what is known."""
    images = (result.image0, result.image1)
    num0, num1 = len(result.features0), len(result.features1)
    facts = {
        "confidence": _confidences_in_words(result),
        "method": _steps_in_words(result),
        "images": " | ".join(_image_in_words(image) for image in images),
        "keypoints": f"{num0:,} | {num1:,}",
        "matches": _matches_in_words(result),
        "model": _model_in_words(result),
        "error": _error_in_words(result),
        "pose": _pose_in_words(result),
        "time": seconds_in_words(result),
    }
    return {name: value for name, value in facts.items() if value}


def features_line(image: Image, features: Features) -> str:
    """Tell what was found in one image, in one line."""
    noun = "keypoint" if len(features) == 1 else "keypoints"
    return f"{_image_in_words(image)}: {len(features):,} {features.method} {noun}"


def confidence_in_words(confidence: float) -> str:
    """Percent, without claiming certainty."""
    if confidence > 0.999:
        return "more than 99.9 %"
    return f"{100 * confidence:.1f} %"


def seconds_in_words(result: Matched) -> str:
    """Total and stages of all that was tried."""
    before = sum(result.seconds.get(stage, 0.0) for stage in ("read", "search"))
    total = before + sum(step.seconds for step in result.steps)
    stages = ", ".join(f"{name} {seconds:.2f}" for name, seconds in result.seconds.items())
    return f"{total:.2f} s ({result.method}: {stages})"


def _confidences_in_words(result: Matched) -> str:
    verdict = result.verdict
    words = f"{confidence_in_words(verdict.confidence)} that they show the same"
    if verdict and result.geometry:
        words += f", {confidence_in_words(verdict.model_confidence)} that the model is right"
    return words


def _steps_in_words(result: Matched) -> str:
    words = " -> ".join(step.method for step in result.steps)
    if len(result.steps) > 1:
        words += f"; the answer is that of {result.method}"
    if result.stopped == "out of time":
        words += "; out of time, so this is the best answer so far"
    return words


def _image_in_words(image: Image) -> str:
    return f"{printable(image.name)} ({image.size[0]} x {image.size[1]})"


def _matches_in_words(result: Matched) -> str:
    num_agreeing, num_inliers = result.geometry.num_agreeing, result.num_inliers
    words = f"{len(result.matches):,}, of which {num_agreeing:,} agree with the model"
    return words if num_inliers == num_agreeing else f"{words} and {num_inliers:,} look alike too"


def _model_in_words(result: Matched) -> str:
    kind = result.geometry.kind
    meaning = MODELS[kind].meaning if kind in MODELS else ""
    return f"{label_of(kind)} ({meaning})" if meaning else label_of(kind)


def _error_in_words(result: Matched) -> str:
    median, most = result.error_percentile(50), result.error_percentile(_MOST)
    if not result.verdict or median is None or most is None:
        return ""
    words = f"{median:.2f} px median, {most:.2f} px for {_MOST} % of the inliers"
    if result.predicted_error is not None:
        words += f"; the model itself is expected to be {result.predicted_error:.2g} px off"
    return words


def _pose_in_words(result: Matched) -> str:
    pose = result.pose
    if pose is None:
        return ""
    x, y, z = pose.translation
    moved = f"moved along ({x:.3f}, {y:.3f}, {z:.3f})"
    if pose.only_turned:
        moved = "not moved as far as the matches tell, so that no direction is known"
    return (
        f"turned by {degrees(pose.angle):.2f} degrees, {moved}, "
        f"{pose.num_in_front:,} matches in front of both cameras, "
        f"parallax {degrees(pose.parallax):.2g} degrees"
    )
