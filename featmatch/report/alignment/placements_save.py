"""Write where an object was found into files, in the form that the ending asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from types import MappingProxyType

from featmatch.files import write_files
from featmatch.plain import to_json
from featmatch.report.alignment.placed import Located
from featmatch.report.alignment.placements_document import placements_csv, placements_document
from featmatch.report.alignment.placements_page import placements_page
from featmatch.report.drawing.pictures import PICTURES, picture_bytes
from featmatch.report.match.save import check_output


def save_placements(found: Located, *paths: str | PathLike[str]) -> None:
    """Write the places of an object in several forms, all or none; see `Placements.save`."""
    places = [check_output(path, PLACEMENT_FORMS) for path in paths]
    write_files({path: PLACEMENT_FORMS[path.suffix.lower()](found) for path in places})


def _picture(ending: str, found: Located) -> bytes:
    from featmatch.report.alignment.placements_picture import plot_placements  # loads matplotlib

    return picture_bytes(plot_placements(found), ending)


def _json(found: Located) -> bytes:
    return to_json(placements_document(found)).encode()


PLACEMENT_FORMS: Mapping[str, Callable[[Located], bytes]] = MappingProxyType(
    {
        **{ending: partial(_picture, ending) for ending in PICTURES},
        ".html": placements_page,
        ".json": _json,
        ".csv": placements_csv,
    }
)
"""Ending of a file -> what writes it."""
