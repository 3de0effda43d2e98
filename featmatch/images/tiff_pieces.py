"""JPEG and fax in a TIFF: whether its strips or tiles are whole.

libtiff fills with gray or white what it finds no data for. So each piece is looked at by itself: a
JPEG, but for the tables that all share, as a file of that kind is, and a fax code by code.
"""

from __future__ import annotations

from collections.abc import Callable

from featmatch.errors import ArgumentError
from featmatch.images.fax import BY_ROWS, GROUP_3, GROUP_4, num_whole_rows
from featmatch.images.jpeg import open_jpeg
from featmatch.images.rows import only_some_rows
from featmatch.images.tags import Tags
from featmatch.images.tiff_layout import Grid, Layout
from featmatch.images.tiff_rewriting import FILL_ORDER

_JPEG = 7  # the compression; 6 is its forerunner, whose pieces are no files
_FAX = {BY_ROWS, GROUP_3, GROUP_4}
_TABLES, _OPTIONS = 347, 292  # of JPEG, and of group 3
_MARK = 2  # bytes of the mark that begins a JPEG, and of the one that ends it

_NumWhole = Callable[[bytes, int], int]
"""Counts the rows of a piece that are whole, of those that there should be."""


def check_pieces(content: bytes, tags: Tags, layout: Layout, name: str) -> None:
    """Raise ArgumentError, with the share of rows that can be read, where a piece is damaged."""
    grid, height = Grid.of(tags, layout), layout.size[1]
    if layout.compression == _JPEG:
        num_whole_of = _of_jpeg(bytes(tags.get(_TABLES, b""))[:-_MARK], name)
    elif layout.compression in _FAX:
        num_whole_of = _of_fax(tags, layout.compression, grid.width)
    else:
        return
    num_rows = num_whole = 0
    for number, (place, size) in enumerate(zip(tags[grid.places], tags[grid.sizes], strict=False)):
        own = min(grid.rows, height - number // grid.across % grid.down * grid.rows)
        num_rows += own
        num_whole += num_whole_of(content[place : place + size], own)
    if num_whole < num_rows:
        raise ArgumentError(only_some_rows(num_whole / num_rows))


def _of_jpeg(tables: bytes, name: str) -> _NumWhole:
    def num_whole(piece: bytes, num_rows: int) -> int:
        together = tables + piece[_MARK:] if tables else piece
        return num_rows if _is_whole(together, name) else 0

    return num_whole


def _of_fax(tags: Tags, compression: int, width: int) -> _NumWhole:
    options, fill_order = tags.get(_OPTIONS, (0,))[0], tags.get(FILL_ORDER, (1,))[0]

    def num_whole(piece: bytes, num_rows: int) -> int:
        return num_whole_rows(piece, width, num_rows, compression, options, fill_order)

    return num_whole


def _is_whole(content: bytes, name: str) -> bool:
    try:
        open_jpeg(content).load(name)
    except MemoryError:
        raise
    except Exception:  # what is no JPEG makes Pillow raise anything
        return False
    return True
