"""All that is told of a collection, in its folder."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from featmatch.collection.contents import CollectionContents
from featmatch.collection.overview import Overview
from featmatch.report.collection.page import write_page
from featmatch.report.collection.tables import TABLES, write_tables

PAGE, PICTURE = "graph.html", "graph.png"
FILES = (*TABLES, PAGE, PICTURE)


def write_report(collection: CollectionContents, folder: str | PathLike[str]) -> Overview:
    """Write `FILES` into a folder: tables, the page and the picture.

    Parameters
    ----------
    collection : CollectionContents
    folder : str or path
        Made if there is none.

    Returns
    -------
    Overview
        What was found out for it.

    Raises
    ------
    OutputError
        They cannot be written.
    """
    from featmatch.report.collection.picture import write_picture  # loads matplotlib

    overview = Overview.of(collection)
    write_tables(collection, overview, folder)
    write_page(collection, overview, Path(folder) / PAGE)
    write_picture(collection, overview, Path(folder) / PICTURE)
    return overview
