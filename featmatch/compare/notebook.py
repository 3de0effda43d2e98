"""What a notebook shows of a comparison: the verdict, and three numbers of each method."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from featmatch.compare.headline import ContestVerdict
from featmatch.compare.methods import MethodScores
from featmatch.compare.verdict_words import count_between, over_seeds

_HEADERS = ("", "points found again, 3 px", "right matches", "homography off by")
_UNKNOWN = "–"


def comparison_html(verdict: ContestVerdict, methods: Sequence[MethodScores]) -> str:
    """Describe a comparison as a piece of HTML, for dark and bright notebooks."""
    head = "".join(f'<th style="text-align:left">{text}</th>' for text in _HEADERS)
    rows = "".join(f"<tr>{_row(one)}</tr>" for one in methods)
    why = f"<p>{escape(verdict.why)}</p>" if verdict.why else ""
    html = (
        '<div class="featmatch"><p style="font-size:1.2em;margin:0.4em 0">'
        f"<strong>{escape(verdict.headline)}</strong></p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{why}</div>"
    )
    # The bytes of a file name need not be text, but a notebook is saved as UTF-8.
    return html.encode("utf-8", "replace").decode("utf-8")


def _row(method: MethodScores) -> str:
    cells = map(escape, _cells(method))
    return "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells)


def _cells(method: MethodScores) -> tuple[str, ...]:
    again, errors = method.repeatability_3.value, method.homography_error
    return (
        method.label,
        _UNKNOWN if again is None else f"{again:.2f}",
        _UNKNOWN if method.right_matches.value is None else count_between(method.right_matches),
        over_seeds(errors) if errors.num_seeds else _UNKNOWN,
    )
