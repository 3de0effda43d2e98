"""JPEG in a TIFF: whether its strips or tiles are whole.

libtiff fills with gray what libjpeg finds no data for. So each piece, which is a JPEG of its own
but for the tables that all share, is looked at as a file of that kind is.
"""

from __future__ import annotations

from featmatch.errors import ArgumentError
from featmatch.images.jpeg import open_jpeg
from featmatch.images.rows import only_some_rows
from featmatch.images.tags import Tags
from featmatch.images.tiff_layout import Grid, Layout

JPEG = 7  # the compression; 6 is its forerunner, whose pieces are no files
_TABLES = 347
_MARK = 2  # bytes of the mark that begins a JPEG, and of the one that ends it


def check_jpegs(content: bytes, tags: Tags, layout: Layout, name: str) -> None:
    """Raise ArgumentError, with the share of rows that can be read, where a piece is damaged."""
    grid, height = Grid.of(tags, layout), layout.size[1]
    tables = bytes(tags.get(_TABLES, b""))[:-_MARK]
    num_rows = num_whole = 0
    for number, (place, size) in enumerate(zip(tags[grid.places], tags[grid.sizes], strict=False)):
        piece = content[place : place + size]
        together = tables + piece[_MARK:] if tables else piece
        own = min(grid.rows, height - number // grid.across % grid.down * grid.rows)
        num_rows += own
        num_whole += own if len(piece) == size and _is_whole(together, name) else 0
    if num_whole < num_rows:
        raise ArgumentError(only_some_rows(num_whole / num_rows))


def _is_whole(content: bytes, name: str) -> bool:
    try:
        open_jpeg(content).load(name)
    except MemoryError:
        raise
    except Exception:  # what is no JPEG makes Pillow raise anything
        return False
    return True
