"""Pairs of images from a file: two names a line."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from featmatch.errors import ReadError
from featmatch.files import read_whole


def read_pairs(
    path: str | os.PathLike[str], names: Sequence[str], copies: Mapping[str, str]
) -> tuple[list[tuple[int, int]], list[str]]:
    """Read pairs of images.

    Parameters
    ----------
    path : str or path
        Text of two names a line, with a tab between them, or blanks where names have none. Empty
        lines are passed over, and those that begin with ``#`` and with no name.
    names : sequence of str
        Of the images.
    copies : mapping of str to str
        Names of files that are copies of images -> the names of these, which are taken for them.

    Returns
    -------
    list of (int, int)
        Numbers of images.
    list of str
        Of each line with a name that is none of them, that name and the line, to be told.

    Raises
    ------
    ReadError
        The file cannot be read, a line has not two names, or none has two of these.
    """
    place = {name: number for number, name in enumerate(names)}
    place |= {copy: place[name] for copy, name in copies.items() if name in place}
    pairs: list[tuple[int, int]] = []
    strangers: list[str] = []
    text = read_whole(path).decode("utf-8-sig", "surrogateescape")
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("\t")] if "\t" in line else line.split()
        if not line.strip() or (line.startswith("#") and cells[0] not in place):
            continue
        if len(cells) != 2:
            raise ReadError(
                f"{path}: line {number}: expected two names, got {len(cells)}; put a tab between "
                "names that have blanks in them"
            )
        unknown = [cell for cell in cells if cell not in place]
        if unknown:
            strangers.append(f"{unknown[0]!r} in line {number}")
        else:
            pairs.append((place[cells[0]], place[cells[1]]))
    if all(first == second for first, second in pairs):
        found = f"; {strangers[0]} is none of them" if strangers else ""
        raise ReadError(
            f"{path}: names no two of the images{found}; write names as the folder has them, "
            "with / between its parts"
        )
    return pairs, strangers
