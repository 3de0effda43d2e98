"""All that is told of a collection, in its folder."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from featmatch.collection.contents import CollectionContents
from featmatch.collection.overview import Overview
from featmatch.files import check_folder, write_folder
from featmatch.report.collection.page import write_page
from featmatch.report.collection.tables import TABLES, read_overview, tables

PAGE, PICTURE = "graph.html", "graph.png"
FILES = (*TABLES, PAGE, PICTURE)


def write_report(collection: CollectionContents, folder: str | PathLike[str]) -> Overview:
    """Write `FILES` into a folder: tables, the page and the picture.

    What is there already, of the same images and pairs, stays as it is.

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
    place = Path(folder)
    known = read_overview(collection, place)
    if known is not None and all((place / name).is_file() for name in FILES):
        return known
    from featmatch.report.collection.picture import write_picture  # loads matplotlib

    overview = known or Overview.of(collection)
    check_folder(folder, FILES)
    place.mkdir(exist_ok=True)
    write_page(collection, overview, place / PAGE)
    write_picture(collection, overview, place / PICTURE)
    write_folder(folder, tables(collection, overview))  # last: they tell what all is of
    return overview
