"""Alignments in words, for a terminal."""

from __future__ import annotations

from math import atan2, degrees, hypot

from featmatch.escaping import printable
from featmatch.report.alignment.aligned import Aligned
from featmatch.report.match.text import VERDICTS, seconds_in_words

_NAMES = {
    "translation": "a shift",
    "similarity": "a similarity",
    "affine": "an affine map",
    "homography": "a homography",
    "field": "a smooth field",
}
_MOST = 95  # percent of what was held out, which a second error is told of


def alignment_line(result: Aligned) -> str:
    """Tell in one line whether an image could be laid over the other, and how far off it is."""
    head = "not aligned" if result.warp is None else f"aligned by {_NAMES[result.kind]}"
    return f"{head}: {result.reason}"


def alignment_summary(result: Aligned) -> str:
    """Tell it in words, then the images, the map, the errors and the time, a line each."""
    line = alignment_line(result)
    lines = [f"  {name:<11} {value}" for name, value in alignment_facts(result).items()]
    return "\n".join([f"{line[0].upper()}{line[1:]}.", *lines])


def alignment_facts(result: Aligned) -> dict[str, str]:
    """Tell images, map, errors, overlap and time, by their names; what is known."""
    images = " on ".join(
        f"{printable(image.name)} ({image.size[0]} x {image.size[1]})"
        for image in (result.moving, result.fixed)
    )
    facts = {
        "images": images,
        "match": f"{VERDICTS[result.match.verdict.kind]}: {result.match.verdict.reason}",
        "map": _map_in_words(result),
        "error": _errors_in_words(result),
        "overlap": _overlap_in_words(result),
        "time": f"{seconds_in_words(result.match)}, align {result.seconds.get('align', 0.0):.2f}",
    }
    return {name: value for name, value in facts.items() if value}


def _map_in_words(result: Aligned) -> str:
    if result.field is not None:
        rows, columns = result.field.controls.shape[:2]
        return f"homography, bent by {columns} x {rows} control points"
    matrix = result.matrix
    if matrix is None:
        return ""
    if result.kind == "translation":
        return f"shift by ({matrix[0, 2]:.2f}, {matrix[1, 2]:.2f}) px"
    if result.kind == "similarity":
        turn, scale = atan2(matrix[1, 0], matrix[0, 0]), hypot(matrix[0, 0], matrix[1, 0])
        return f"turned by {degrees(turn):.3f} degrees, {scale:.5g} times as large"
    return result.kind


def _errors_in_words(result: Aligned) -> str:
    median, most = result.error_percentile(50), result.error_percentile(_MOST)
    if median is None or most is None or result.expected_error is None:
        return ""
    return (
        f"{median:.2g} px median, {most:.2g} px for {_MOST} % of {len(result.held_out):,} held "
        f"out; a point is expected to be {result.expected_error:.2g} px off"
    )


def _overlap_in_words(result: Aligned) -> str:
    if result.warp is None:
        return ""
    words = f"{100 * result.overlap:.0f} % of the fixed image is covered"
    if result.agreement is not None:
        words += f"; {100 * result.agreement:.0f} % of what shows something there looks alike"
    return words
