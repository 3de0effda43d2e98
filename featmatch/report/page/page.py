"""One file of HTML with everything in it: data, style and the scripts that draw the data."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from typing import Any

from featmatch.report.page.encode import script_json
from featmatch.version import __version__

_STYLES = (
    *("base", "frame", "arrangement", "controls", "charts", "topics", "sections"),
    *("touch", "collection", "chapters", "questions", "print"),
)
_KIT = (
    "kit.js",
    *(f"kit/{name}.js" for name in ("controls", "canvas", "grid", "scale", "chart", "bars")),
    *("kit/pictures.js", "kit/gray.js", "kit/pdf.js", "kit/export.js"),
)


def make_page(
    data: dict[str, Any], scripts: Sequence[str], *, header: str = "", main: str = ""
) -> bytes:
    """Put data, and scripts that draw it with the kit, into one file.

    Parameters
    ----------
    data : dict
        What `featmatch.report.page.encode.encode` takes; ``page.js`` tells by its keys which page
        it is. The version is added.
    scripts : sequence of str
        Names of files beside this one, in the order in which they run: after the kit, before
        ``page.js``.
    header, main : str
        HTML that is there before any script runs, and without one.

    Returns
    -------
    bytes
        HTML that needs no other file and no network.
    """
    folder = files(__package__)
    html = Template(_text(folder, "page.html")).substitute(
        style="\n".join(_text(folder, f"style/{name}.css") for name in _STYLES),
        header=header,
        main=main,
        data=script_json({"version": __version__, **data}),
        script="\n".join(_script(folder, name) for name in (*_KIT, *scripts, "page.js")),
    )
    return html.encode()


def scripts_in(name: str) -> list[str]:
    """Names of all scripts of a folder beside this file, for `make_page`."""
    folder = files(__package__).joinpath(name)
    return sorted(f"{name}/{file.name}" for file in folder.iterdir() if file.name.endswith(".js"))


def _script(folder: Traversable, name: str) -> str:
    """Read a script without its comments and indents, which the reader's browser has no use for."""
    lines = (line.strip() for line in _text(folder, name).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _text(folder: Traversable, name: str) -> str:
    return folder.joinpath(name).read_text(encoding="utf-8")
