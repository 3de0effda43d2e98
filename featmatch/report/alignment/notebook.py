"""What a notebook shows of an alignment: the words, a table, and both images in squares."""

from __future__ import annotations

from base64 import b64encode
from html import escape

import cv2

from featmatch.images.original import Original
from featmatch.report.alignment.aligned import Aligned
from featmatch.report.alignment.encode import encode_picture
from featmatch.report.alignment.text import alignment_facts, alignment_line
from featmatch.report.alignment.views import checkerboard

_WIDTH = 960  # pixels of the picture


def alignment_html(result: Aligned) -> str:
    """Describe an alignment as a piece of HTML, for dark and bright notebooks."""
    line = alignment_line(result)
    table = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>'
        f'<td style="text-align:left">{escape(value)}</td></tr>'
        for name, value in alignment_facts(result).items()
    )
    mark = "✗" if result.warp is None else "✓"
    html = (
        f'<div class="featmatch"><p style="font-size:1.2em;margin:0.4em 0"><strong>{mark}</strong> '
        f"{escape(line)}</p><table>{table}</table>{_picture(result, line)}</div>"
    )
    # The bytes of a file name need not be text, but a notebook is saved as UTF-8.
    return html.encode("utf-8", "replace").decode("utf-8")


def _picture(result: Aligned, words: str) -> str:
    if result.warp is None:
        return ""
    squares = checkerboard(*result.pictures(result.canvas()))
    factor = min(1.0, _WIDTH / squares.shape[1])
    shown = cv2.resize(squares, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    content = b64encode(encode_picture(Original(shown), ".jpg")).decode("ascii")
    return (
        f'<img alt="{escape(words, quote=True)}" style="max-width:100%;margin-top:0.6em" '
        f'src="data:image/jpeg;base64,{content}">'
    )
