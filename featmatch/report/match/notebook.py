"""What a notebook shows of a match: the verdict, a table and the picture."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from featmatch.geometry.models import label_of
from featmatch.report.drawing.pictures import picture_bytes
from featmatch.report.match.matched import Matched
from featmatch.report.match.text import VERDICTS

_PICTURE_WIDTH = 960  # pixels


def match_html(result: Matched) -> str:
    """Describe a match as a piece of HTML, for dark and bright notebooks.

    Parameters
    ----------
    result : Matched

    Returns
    -------
    str
        A ``<div>`` that needs no other file: the picture is inside, as a PNG.
    """
    verdict = result.verdict
    mark, words = "✓" if verdict else "✗", VERDICTS[verdict.kind].capitalize()
    names = f"{result.image0.name}  ↔  {result.image1.name}"
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>'
        f'<td style="text-align:left">{escape(value)}</td></tr>'
        for name, value in _rows(result)
    )
    alternative = escape(f"{words}: {names}. {verdict.reason}", quote=True)
    html = (
        '<div class="featmatch">'
        f'<p style="font-size:1.2em;margin:0.4em 0"><strong>{mark} {words}</strong> '
        f"&middot; {escape(verdict.reason)}</p>"
        f'<p style="opacity:0.75;margin:0.4em 0">{escape(names)}</p>'
        f"<table>{rows}</table>"
        f'<img alt="{alternative}" style="max-width:100%;margin-top:0.6em" '
        f'src="data:image/png;base64,{_picture(result)}">'
        "</div>"
    )
    # The bytes of a file name need not be text, but a notebook is saved as UTF-8.
    return html.encode("utf-8", "replace").decode("utf-8")


def _rows(result: Matched) -> list[tuple[str, str]]:
    error = result.error_percentile(50)
    seconds = ", ".join(f"{stage} {value:.2f} s" for stage, value in result.seconds.items())
    steps = "; ".join(
        f"{step.method}: {'match' if step.accepted else 'no match'}, "
        f"{step.num_inliers:,} of {step.num_matches:,} in {step.seconds:.2f} s"
        for step in result.steps
    )
    return [
        ("method", result.method),
        ("keypoints", f"{len(result.features0):,} and {len(result.features1):,}"),
        ("matches", f"{len(result.matches):,}"),
        ("inliers", f"{result.num_inliers:,}"),
        ("model", label_of(result.geometry.kind)),
        ("median error", "–" if error is None else f"{error:.2f} px"),
        ("confidence", f"{result.verdict.confidence:.4f}"),
        ("confidence in the model", f"{result.verdict.model_confidence:.4f}"),
        ("time", seconds),
        ("steps", steps),
    ]


def _picture(result: Matched) -> str:
    from featmatch.report.match.picture import plot_match  # loads matplotlib

    figure = plot_match(result)
    dpi = _PICTURE_WIDTH / figure.get_figwidth()
    return b64encode(picture_bytes(figure, ".png", dpi=dpi)).decode("ascii")
