"""Whether files of the store are there, can be read, and are whole, by their checksums."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np

from featmatch.errors import ReadError
from featmatch.files import read_whole, reason_of
from featmatch.npy import read_npy

_DAMAGE = (ReadError, OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def is_sound(path: Path) -> bool:
    """Tell whether a file, .npz or .npy, is as it was written; ReadError if it cannot be read.

    An .npy file has no checksum: it has to be as long as it says, and its numbers finite.
    """
    content = read_whole(path)
    try:
        if path.suffix == ".npy":
            return bool(np.isfinite(read_npy(content)).all())
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return archive.testzip() is None
    except _DAMAGE:
        return False


def is_there(path: Path) -> bool:
    """Tell whether there is a file; ReadError where that cannot be looked at."""
    with told_if_closed(path):
        return stat.S_ISREG(path.stat().st_mode)
    return False


def entries(folder: Path) -> list[Path]:
    """Return what is in a folder, if there is one, in order; ReadError where it is closed."""
    with told_if_closed(folder):
        return sorted(folder.iterdir())
    return []


def what_is_wrong(path: Path) -> str:
    """Say why a file is of no use, and what helps."""
    again = "featmatch collect, with the same options, makes it"
    try:
        path.open("rb").close()
    except FileNotFoundError:
        return f"is missing; {again}"
    except OSError as error:
        return f"cannot be read ({reason_of(error)}); allow this user to read it"
    return f"is damaged; {again} again"


@contextmanager
def told_if_closed(path: Path) -> Iterator[None]:
    """Pass over what is not there, and tell what this user may not look at."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise ReadError(
            f"{path}: cannot be read ({reason_of(error)}); allow this user to read it"
        ) from error
