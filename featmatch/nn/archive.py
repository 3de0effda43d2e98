"""Arrays and a JSON document in one file: a `.npz` without pickle, written whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from featmatch.errors import OutputError, WeightsError
from featmatch.nn.tensor import Array

HEADER = "__header__"
"""Name of the array that holds the document."""

_DAMAGE = (
    OSError,  # a place in the file that cannot be
    ValueError,  # not an .npy inside, or one that only pickle can read
    KeyError,
    TypeError,
    EOFError,
    RuntimeError,  # encrypted; too deeply nested
    NotImplementedError,  # a compression that zipfile does not know
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)


def write_archive(
    path: str | PathLike[str], kind: str, arrays: Mapping[str, Array], document: object
) -> None:
    """Write arrays and a document.

    Parameters
    ----------
    path : str or path
    kind : str
        What the file is, in words such as ``"weights"``; `read_archive` asks for the same.
    arrays : mapping of str to ndarray
        Of numbers; under any names but `HEADER`.
    document : object
        Anything that JSON can hold.

    Raises
    ------
    ValueError, TypeError
        `HEADER` is among the names, or JSON cannot hold the document.
    OutputError
        The file cannot be written.
    """
    if HEADER in arrays:
        raise ValueError(f"arrays: expected any names but {HEADER}, got it")
    header = {"featmatch": kind, "arrays": list(arrays), "document": document}
    text = np.array(json.dumps(header, allow_nan=False))
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, array in {HEADER: text, **arrays}.items():
            member = BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getbuffer())
    write_whole(path, content.getvalue())


def read_archive(path: str | PathLike[str], kind: str) -> tuple[dict[str, Array], Any]:
    """Read what `write_archive` wrote: the arrays and the document.

    Raises
    ------
    WeightsError
        The file is missing, damaged, or of another kind.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise WeightsError(
            f"{path}: cannot be read ({reason_of(error)}); check the name and the permissions"
        ) from error
    try:
        arrays = _parse(content)
    except _DAMAGE as error:
        raise WeightsError(
            f"{path}: is damaged or no file of {kind} ({reason_of(error)}); get it or make it anew"
        ) from error
    header = _read_header(arrays.pop(HEADER, None))
    if header.get("featmatch") != kind:
        found = header.get("featmatch", "something else")
        raise WeightsError(
            f"{path}: expected {kind} saved by featmatch, got {found}; give another file"
        )
    if header.get("arrays") != list(arrays):
        raise WeightsError(
            f"{path}: is damaged (some arrays have got lost); get it or make it anew"
        )
    return arrays, header.get("document")


def write_whole(path: str | PathLike[str], content: bytes) -> None:
    """Write beside the place and move: a file is whole or not there.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    place = Path(os.path.realpath(path))  # the file that a symbolic link leads to
    if place.exists() and not place.is_file():
        raise OutputError(f"{path}: is not a file; give the name of a file")
    unfinished = place.with_name(f".featmatch-{secrets.token_hex(8)}.tmp")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({reason_of(error)}); choose another place"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def reason_of(error: BaseException) -> str:
    """Say in a few words, for the middle of a sentence, what went wrong."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(reason).splitlines()[0].rstrip(". ").lower()


def _parse(content: bytes) -> dict[str, Array]:
    """Read all arrays; `ZipFile.read` compares the checksum before any of them is believed."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = {name: BytesIO(archive.read(name)) for name in archive.namelist()}
    return {
        name.removesuffix(".npy"): np.lib.format.read_array(member, allow_pickle=False)
        for name, member in members.items()
    }


def _read_header(text: Array | None) -> dict[str, Any]:
    """Read what `write_archive` adds to every file; nothing from a file of others."""
    try:
        header = json.loads(str(text))
    except (ValueError, RecursionError):
        return {}
    return header if isinstance(header, dict) else {}
