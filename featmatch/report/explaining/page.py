"""Topics of CNN basics as pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from featmatch.explaining.topic import Topic
from featmatch.report.page.page import make_page, scripts_in


def topic_page(topic: Topic, *, among: Sequence[Topic] = ()) -> bytes:
    """Show one topic of CNN basics as a page.

    Parameters
    ----------
    topic : Topic
        What `featmatch.explain` returns.
    among : sequence of Topic
        All those of a folder, in teaching order, each in the file ``NAME.html`` beside
        ``index.html``: the page leads to the one before and the one after.

    Returns
    -------
    bytes
        HTML that needs no other file and no network.
    """
    names = [other.name for other in among]
    place = names.index(topic.name) if topic.name in names else 0
    neighbors = {
        "before": among[place - 1] if place > 0 else None,
        "after": among[place + 1] if place + 1 < len(among) else None,
    }
    links = {
        way: {"href": f"{other.name}.html", "title": other.title}
        for way, other in neighbors.items()
        if other is not None
    }
    return make_page({"topic": topic, "links": links if among else None}, scripts_in("topics"))


def index_page(topics: Sequence[Topic]) -> bytes:
    """List topics, each of which is in a file beside this one, as is the sheet of exercises.

    Parameters
    ----------
    topics : sequence of Topic
        In teaching order.

    Returns
    -------
    bytes
        HTML that needs no script.
    """
    items = "".join(
        f'<li><a href="{escape(topic.name, quote=True)}.html">{escape(topic.title)}</a>'
        f"<p>{escape(topic.summary)}</p></li>"
        for topic in topics
    )
    return make_page(
        {"index": True},
        (),
        header="<h1>How convolutional networks work</h1>",
        main=f"<ol>{items}</ol>"
        '<p><a href="exercises.md">Exercises, with answers that programs print (Markdown)</a></p>',
    )
