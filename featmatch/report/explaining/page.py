"""A topic of CNN basics as a page."""

from __future__ import annotations

from featmatch.explaining.topic import Topic
from featmatch.report.page.page import make_page, scripts_in


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
    return make_page({"topic": topic}, scripts_in("topics"))
