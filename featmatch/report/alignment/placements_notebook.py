"""What a notebook shows of the places of an object: how often it was found, and the picture."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from featmatch.report.alignment.placed import Located
from featmatch.report.alignment.placements_text import placements_line, placements_summary
from featmatch.report.drawing.pictures import picture_bytes

_PICTURE_WIDTH = 960  # pixels


def placements_html(found: Located) -> str:
    """Describe the places of an object as a piece of HTML, for dark and bright notebooks.

    Parameters
    ----------
    found : Located

    Returns
    -------
    str
        A ``<div>`` that needs no other file: the picture is inside, as a PNG.
    """
    from featmatch.report.alignment.placements_picture import plot_placements  # loads matplotlib

    figure = plot_placements(found)
    picture = picture_bytes(figure, ".png", dpi=_PICTURE_WIDTH / figure.get_figwidth())
    mark = "✓" if len(found) else "✗"
    html = (
        '<div class="featmatch">'
        f'<p style="font-size:1.2em;margin:0.4em 0"><strong>{mark} '
        f"{escape(placements_line(found))}</strong></p>"
        f"<pre>{escape(placements_summary(found))}</pre>"
        f'<img alt="{escape(placements_line(found), quote=True)}" style="max-width:100%" '
        f'src="data:image/png;base64,{b64encode(picture).decode("ascii")}">'
        "</div>"
    )
    # The bytes of a file name need not be text, but a notebook is saved as UTF-8.
    return html.encode("utf-8", "replace").decode("utf-8")
