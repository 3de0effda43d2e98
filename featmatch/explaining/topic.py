"""A topic on how convolutional networks work, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from featmatch.report.page.notebook import framed
from featmatch.report.page.page import make_page, scripts_in


@dataclass(frozen=True, eq=False)
class Topic:
    """What there is to show and to tell about one topic.

    Parameters
    ----------
    name : str
        As in `featmatch.explaining.topics.TOPICS`.
    title : str
        A short heading.
    summary : str
        What it is about: two to four plain sentences.
    data : mapping of str to numbers, strings, None, tuples, mappings, dataclasses and arrays
        What `featmatch.nn` computed on the image. A uint8 array (H, W) or (H, W, 3) is a picture,
        any other array is numbers; all numbers are finite.
    code : str
        The library calls that do it: a program that runs where ``photo.jpg`` is a photograph.
    notes : tuple of str
        What is often told loosely, put right.
    """

    name: str
    title: str
    summary: str
    data: Mapping[str, Any]
    code: str
    notes: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """Show the page of the topic in a notebook, with all that can be touched."""
        return framed(make_page({"topic": self, "links": None}, scripts_in("topics")))
