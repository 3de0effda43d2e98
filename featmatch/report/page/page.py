"""One file of HTML with everything in it: data, style and the scripts that draw the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from typing import Any

from featmatch.compare.comparison import Comparison
from featmatch.explaining.topic import Topic
from featmatch.report.page.encode import script_json
from featmatch.version import __version__

_STYLES = ("base", "frame", "arrangement", "controls", "charts", "topics", "sections", "collection")
_KIT = (
    "kit.js",
    *(f"kit/{name}.js" for name in ("controls", "canvas", "grid", "scale", "chart", "bars")),
)
_SECTIONS = (
    "verdict",
    "pair",
    "contrast",
    "swap",
    "changes",
    "feature_maps",
    "corners",
    "kernels",
    "receptive_fields",
    "method",
)
"""In the order of the page; the topics stand before the last."""


def comparison_page(comparison: Comparison, topics: Sequence[Topic] = ()) -> bytes:
    """Show a comparison of hand-engineered points with learned feature maps as a page.

    Parameters
    ----------
    comparison : Comparison
        What `featmatch.compare_cnn` measured.
    topics : sequence of Topic, optional
        CNN basics on the same picture, in the order in which they are to be read.

    Returns
    -------
    bytes
        HTML that needs no other file and no network.
    """
    data = {"comparison": comparison, "topics": tuple(topics)}
    scripts = ["sections.js", *(f"sections/{name}.js" for name in _SECTIONS)]
    return make_page(data, [*scripts, *_topic_scripts()])


def topic_page(topic: Topic) -> bytes:
    """Show one topic of CNN basics as a page.

    Parameters
    ----------
    topic : Topic
        What `featmatch.explain` returns.

    Returns
    -------
    bytes
        HTML that needs no other file and no network.
    """
    return make_page({"topic": topic}, _topic_scripts())


def make_page(data: Mapping[str, Any], scripts: Sequence[str]) -> bytes:
    """Put data, style, the kit and the scripts that draw the data into one file of HTML.

    Parameters
    ----------
    data : mapping
        Of what `encode` takes. Its keys tell what kind of page it is: ``comparison``, ``topic`` or
        ``collection``.
    scripts : sequence of str
        Of this folder, in the order in which they run.
    """
    folder = files(__package__)
    html = Template(_text(folder, "page.html")).substitute(
        style="\n".join(_text(folder, f"style/{name}.css") for name in _STYLES),
        data=script_json({"version": __version__, **data}),
        script="\n".join(_text(folder, name) for name in (*_KIT, *scripts, "page.js")),
    )
    return html.encode()


def _topic_scripts() -> list[str]:
    folder = files(__package__).joinpath("topics")
    return sorted(f"topics/{file.name}" for file in folder.iterdir() if file.name.endswith(".js"))


def _text(folder: Traversable, name: str) -> str:
    return folder.joinpath(name).read_text(encoding="utf-8")
