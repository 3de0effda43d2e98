"""All that is told of a collection, in its folder."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from featmatch.collection.contents import CollectionContents
from featmatch.collection.overview import Overview
from featmatch.files import check_folder, write_folder
from featmatch.report.collection.page import write_page
from featmatch.report.collection.tables import TABLES, tables

PAGE, PICTURE = "graph.html", "graph.png"
FILES = (*TABLES, PAGE, PICTURE)


def write_report(collection: CollectionContents, folder: str | PathLike[str]) -> Overview:
    """Write `FILES` into a folder: tables, the page and the picture.

    What is there already, of the same tables, stays as it is.

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
    overview = Overview.of(collection)
    place = Path(folder)
    written = tables(collection, overview).items()
    there = all((place / name).is_file() for name in FILES)
    if there and all((place / name).read_bytes() == content for name, content in written):
        return overview
    from featmatch.report.collection.picture import write_picture  # loads matplotlib

    check_folder(folder, FILES)
    place.mkdir(exist_ok=True)
    write_page(collection, overview, place / PAGE)
    write_picture(collection, overview, place / PICTURE)
    write_folder(folder, dict(written))  # last: where they are as they should be, all is
    return overview
