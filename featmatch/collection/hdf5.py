"""HDF5 by the package h5py, an extra; and new files that a full disk does not bring down."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from featmatch.errors import MissingExtraError


def load_h5py() -> Any:
    """Import h5py; a MissingExtraError says how to install it."""
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError(
            "h5py: is not installed, but files of hloc need it; pip install 'featmatch[hloc]'"
        ) from error
    return h5py


@contextmanager
def created(path: Path) -> Iterator[Any]:
    """Open a new HDF5 file for a block; at its end an OSError says what the disk did not take."""
    with _Disk(path, "w+") as disk:
        with load_h5py().File(disk, "w") as file:
            yield file
        if disk.error is not None:
            raise disk.error


class _Disk(io.FileIO):
    """A file that takes all that is written, and remembers what the disk did not take.

    HDF5 goes on using objects that could not be written, and ends the process: it is told of
    nothing.
    """

    error: OSError | None = None

    def write(self, content: Any) -> int:
        """Write all of the content, unless there was no room before."""
        rest = memoryview(content).cast("B")
        num_bytes = len(rest)
        try:
            while rest and self.error is None:
                rest = rest[super().write(rest) :]
        except OSError as error:
            self.error = error
        return num_bytes

    def truncate(self, size: int | None = None) -> int:
        """Give the file a size, unless there was no room before."""
        try:
            return self.tell() if self.error else super().truncate(size)
        except OSError as error:
            self.error = error
            return self.tell()
