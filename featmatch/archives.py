"""Arrays and a JSON document in one file: a `.npz` without pickle, written whole or not at all."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_path
from featmatch.errors import ArgumentError, FeatmatchError
from featmatch.files import read_whole, write_whole
from featmatch.npy import most_bytes, read_npz
from featmatch.version import __version__

HEADER = "__header__"
"""Name of the array that holds the document."""

MATCH_RESULT = "a match result"
"""Kind of a file that holds the features of two images and their matches."""

Arrays = Mapping[str, npt.NDArray[Any]]

_VERSION = 1
"""Of the form of these files: grows when an older featmatch would misread what a newer writes."""

_MOST_HEADER_BYTES = 1 << 25  # 8 million letters of 4 bytes; what JSON makes of one takes 30


def archive_bytes(kind: str, arrays: Arrays, document: object, *, compress: bool = False) -> bytes:
    """Make the content of an archive; the same arrays and document give the same bytes.

    Parameters
    ----------
    kind : str
        What it is, in words such as ``"weights"``; `read_archive` asks for the same.
    arrays : mapping of str to ndarray
        Of numbers; under any names but `HEADER`.
    document : object
        Anything that JSON can hold.
    compress : bool
        Whether to spend time on making it smaller, as ``numpy.savez_compressed`` does.

    Raises
    ------
    ValueError, TypeError
        `HEADER` is among the names, or JSON cannot hold the document.
    """
    if HEADER in arrays:
        raise ArgumentError(f"arrays: expected any names but {HEADER}, got it")
    header = {
        "featmatch": kind,
        "version": _VERSION,
        "written_by": __version__,
        "arrays": list(arrays),
        "document": document,
    }
    text = np.array(json.dumps(header, allow_nan=False))
    members: dict[str, bytes] = {}
    for name, array in {HEADER: text, **arrays}.items():
        member = BytesIO()
        np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
        members[name] = member.getvalue()
    packed = _pack(members, zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED)
    if sum(map(len, members.values())) > most_bytes(len(packed)):  # a reader would not believe it
        packed = _pack(members, zipfile.ZIP_STORED)
    return packed


def write_archive(
    path: str | PathLike[str],
    kind: str,
    arrays: Arrays,
    document: object,
    *,
    compress: bool = False,
) -> None:
    """Write an archive; see `archive_bytes`.

    Raises
    ------
    ValueError, TypeError
        As for `archive_bytes`.
    OutputError
        The file cannot be written.
    """
    write_whole(path, archive_bytes(kind, arrays, document, compress=compress))


def read_archive(
    path: str | PathLike[str], kinds: str | tuple[str, ...], error: type[FeatmatchError]
) -> tuple[dict[str, npt.NDArray[Any]], Any]:
    """Read what `write_archive` wrote: the arrays and the document.

    Parameters
    ----------
    path : str or path
    kinds : str or tuple of str
        What the file may be.
    error : type
        What to raise.

    Raises
    ------
    FeatmatchError
        Of the type `error`: the file is missing, damaged, of another kind, or of a newer featmatch.
    """
    path = check_path("path", path)
    kinds = (kinds,) if isinstance(kinds, str) else kinds
    with suppress(OSError, ValueError):  # reading it tells what is wrong
        mode = Path(path).stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise error(f"{path}: is a device or a pipe; give the name of a file")
    content = read_whole(path, error)
    try:
        arrays = read_npz(content)
    except ValueError as cause:
        raise error(
            f"{path}: is damaged, or does not hold {kinds[0]} ({cause}); use another copy,"
            " or save it again"
        ) from cause
    text = arrays.pop(HEADER, None)
    if text is not None and text.nbytes > _MOST_HEADER_BYTES:
        raise error(
            f"{path}: is damaged ({text.nbytes:,} bytes of text, where"
            f" {_MOST_HEADER_BYTES:,} are enough); use another copy, or save it again"
        )
    header = _read_header(text)
    if header.get("featmatch") not in kinds:
        found = header.get("featmatch", "something else")
        raise error(
            f"{path}: expected {' or '.join(kinds)} saved by featmatch, got {found};"
            " give another file"
        )
    if header.get("version", 1) != _VERSION:  # the first files did not say
        raise error(
            f"{path}: was written by featmatch {header.get('written_by')} in form"
            f" {header['version']}, and this one reads form {_VERSION}; update featmatch, or save"
            " it again with this one"
        )
    if header.get("arrays") != list(arrays):
        raise error(
            f"{path}: is damaged (its arrays are not those that were saved); use another copy, or"
            " save it again"
        )
    return arrays, header.get("document")


def stored_array(arrays: Arrays, name: str, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Take an array from what was read; a ValueError says that it is missing or of another type."""
    if name not in arrays:
        raise ArgumentError(f"{name}: expected an array, got none")
    if arrays[name].dtype != np.dtype(dtype):
        raise ArgumentError(f"{name}: expected {np.dtype(dtype)}, got {arrays[name].dtype}")
    return arrays[name]


def _pack(members: Mapping[str, bytes], compression: int) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member, compression)
    return content.getvalue()


def _read_header(text: npt.NDArray[Any] | None) -> dict[str, Any]:
    """Read what `archive_bytes` adds to every file; nothing from a file of others."""
    try:
        header = json.loads(str(text))
    except (ValueError, RecursionError):
        return {}
    return header if isinstance(header, dict) else {}
