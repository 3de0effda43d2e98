"""NumPy's own files, read without belief: nothing is run, and no more memory taken than is there.

What `numpy.load` evaluates as Python is compared with a pattern here, and a size that a file states
with the bytes that it has.
"""

from __future__ import annotations

import math
import re
import sys
import zipfile
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.errors import ArgumentError
from featmatch.files import reason_of

MAX_EXPANSION = 64
"""Bytes that one byte of a file may stand for: compressed numbers seldom come to 20."""

SMALL = 1 << 26
"""Bytes, 64 MiB, that any file may take in memory, however well it is compressed."""

_WORKING_BYTES = 8  # that a number of any type takes once it is worked with

_MOST_HEADER = 4096  # bytes; NumPy writes 128

_HEADER = re.compile(
    rb"\{'descr': ?'(?P<dtype>[<>|=][a-zA-Z]\d{0,9})', ?"
    rb"'fortran_order': ?(?P<fortran>True|False), ?"
    rb"'shape': ?\((?P<shape>(?:\d{1,18}, ?)*(?:\d{1,18})?)\),? ?\}[ \n]*"
)
_MAGIC = b"\x93NUMPY"
_LENGTH_BYTES = {1: 2, 2: 4, 3: 4}  # of the header's length, by the version of the format
_KINDS = "biufcU"  # numbers, truth values and text
_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}

_DAMAGE = (
    OSError,  # a place in the file that cannot be
    ValueError,
    KeyError,
    EOFError,
    RuntimeError,  # encrypted
    NotImplementedError,  # of a later kind of zip
    OverflowError,
    zipfile.BadZipFile,
    zlib.error,
)


def read_npy(content: bytes) -> npt.NDArray[Any]:
    """Read the array of an .npy file.

    Raises
    ------
    ValueError
        The content is no whole .npy file of numbers or text; the message says in the middle of a
        sentence what it is.
    """
    dtype, shape, by_columns, start = _header(content)
    stated = math.prod(shape) * dtype.itemsize
    if stated != len(content) - start or not dtype.itemsize:
        raise ArgumentError(
            f"an .npy array that states {stated:,} bytes and has {len(content) - start:,}"
        )
    array = np.frombuffer(content, dtype, math.prod(shape), start)
    if dtype.kind == "U" and not _is_text(array):
        raise ArgumentError("an .npy array of text that is none")
    try:
        shaped = array.reshape(shape[::-1]).T if by_columns else array.reshape(shape)
    except ValueError:
        raise ArgumentError("an .npy array of a shape that NumPy cannot hold") from None
    return shaped.copy(order="K")


def read_npz(content: bytes) -> dict[str, npt.NDArray[Any]]:
    """Read the arrays of an .npz file, whose checksums are compared first.

    Raises
    ------
    ValueError
        The content is no whole .npz file of numbers or text, or states that it would take much more
        memory than such a file needs; the message says in the middle of a sentence what it is.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            stated = sum(member.file_size for member in archive.infolist())
            if stated > most_bytes(len(content)):
                raise ArgumentError(
                    f"{len(content):,} bytes that would become {stated:,}: too many to be believed"
                )
            if not {member.compress_type for member in archive.infolist()} <= _COMPRESSIONS:
                raise ArgumentError("compressed in a way that .npz files are not")
            numbers = sum(_numbers_stated(archive, member) for member in archive.infolist())
            if numbers * _WORKING_BYTES > most_bytes(len(content)):
                raise ArgumentError(
                    f"{len(content):,} bytes that would become {numbers:,} numbers: too many to be"
                    " believed"
                )
            members = {name: archive.read(name) for name in archive.namelist()}
    except _DAMAGE as error:
        raise ArgumentError(reason_of(error)) from error
    return {name.removesuffix(".npy"): read_npy(member) for name, member in members.items()}


def _numbers_stated(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Return how many numbers a member says it holds, without unpacking it whole."""
    with archive.open(member) as file:
        head = file.read(_MOST_HEADER)
    try:
        return min(math.prod(_header(head)[1]), member.file_size)
    except ValueError:  # no array, as reading it will tell
        return 0


def _header(content: bytes) -> tuple[np.dtype[Any], tuple[int, ...], bool, int]:
    """Read type, shape, whether it lies by columns, and where the numbers begin."""
    if not content.startswith(_MAGIC) or len(content) < len(_MAGIC) + 2:
        raise ArgumentError("not an .npy array")
    after_version = len(_MAGIC) + 2
    after_length = after_version + _LENGTH_BYTES.get(content[len(_MAGIC)], 0)
    length = int.from_bytes(content[after_version:after_length], "little")
    start = after_length + length
    header = _HEADER.fullmatch(content[after_length:start])
    if header is None:
        raise ArgumentError("an .npy array of another form than plain numbers")
    if header["dtype"][1:2] == b"O":
        raise ArgumentError("an .npy array of Python objects, which are not read: they can do harm")
    try:
        dtype = np.dtype(header["dtype"].decode())
    except TypeError:
        raise ArgumentError("an .npy array of an unknown type") from None
    shape = tuple(int(number) for number in header["shape"].replace(b",", b" ").split())
    if dtype.kind not in _KINDS:
        raise ArgumentError(f"an .npy array of {dtype}")
    return dtype, shape, header["fortran"] == b"True", start


def most_bytes(size: int) -> int:
    """Return how many bytes a file of `size` bytes may take in memory."""
    return max(SMALL, MAX_EXPANSION * size)


def _is_text(array: npt.NDArray[np.str_]) -> bool:
    """Whether there is a character for each number, which NumPy takes for granted."""
    numbers = array.view(np.dtype(np.uint32).newbyteorder(array.dtype.byteorder))
    return int(numbers.max(initial=0)) <= sys.maxunicode
