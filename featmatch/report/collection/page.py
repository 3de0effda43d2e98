"""A collection as a page: one file that needs no other and no network."""

from __future__ import annotations

from os import PathLike

from featmatch.collection.contents import CollectionContents
from featmatch.collection.overview import Overview
from featmatch.files import write_whole
from featmatch.report.collection.document import page_document
from featmatch.report.page.page import make_page

_SCRIPTS = ("shared", "summary", "matrix", "graph", "pair", "links", "images")
"""The sections come in the order of their scripts."""


def collection_page(collection: CollectionContents, overview: Overview) -> bytes:
    """Show a collection as a page: matrix, graph, matches of each pair, weak links, failures.

    Parameters
    ----------
    collection : CollectionContents
    overview : Overview
        Of this collection.

    Returns
    -------
    bytes
        HTML.
    """
    scripts = ["sections.js", *(f"collection/{name}.js" for name in _SCRIPTS)]
    return make_page({"collection": page_document(collection, overview)}, scripts)


def write_page(
    collection: CollectionContents, overview: Overview, path: str | PathLike[str]
) -> None:
    """Write the page into a file, whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    write_whole(path, collection_page(collection, overview))
