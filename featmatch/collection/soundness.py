"""Whether a file of the store is whole, by its checksums."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np

from featmatch.errors import ReadError
from featmatch.files import read_whole
from featmatch.npy import read_npy

_DAMAGE = (ReadError, OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def is_sound(path: Path) -> bool:
    """Tell whether a file, .npz or .npy, can be read and is as it was written.

    An .npy file has no checksum: it has to be as long as it says, and its numbers finite.
    """
    try:
        content = read_whole(path)
        if path.suffix == ".npy":
            return bool(np.isfinite(read_npy(content)).all())
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return archive.testzip() is None
    except _DAMAGE:
        return False
