"""Pages inside notebooks."""

from __future__ import annotations

from html import escape

_HEIGHT = 720  # px, of the window in which a page is shown


def framed(page: bytes) -> str:
    """Put a page into a frame, as a piece of HTML that a notebook keeps.

    Parameters
    ----------
    page : bytes
        As `make_page` returns it.

    Returns
    -------
    str
        The frame lets scripts of the page run, and nothing of it reach the notebook.
    """
    content = escape(page.decode("utf-8"), quote=True)
    style = f"width:100%;height:{_HEIGHT}px;border:0"
    return f'<iframe sandbox="allow-scripts" style="{style}" srcdoc="{content}"></iframe>'
