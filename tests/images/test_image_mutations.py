"""Files of every format that is read, changed at random: reading them raises its own errors only.

``python tests/images/test_image_mutations.py [NUMBER]`` reads NUMBER (500) files of each kind, and
ends with 1 where anything else was raised, or came to stderr. libtiff, which alone unpacks LZW,
JPEG and others in TIFF, cannot be kept from writing there; its lines are counted apart. For the
command line, which keeps them to itself, see tests/commands/test_commands_mutations.py.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from mutated_images import KINDS, generator, mutated

from featmatch.errors import FeatmatchError
from featmatch.images.image import read_image

BY_LIBTIFF = {
    f"tiff, {kind}" for kind in ("lzw", "jpeg", "fax", "lzma", "cmyk, deflated", "16 bits, zstd")
}


def faults(kind: str, number: int, folder: Path) -> Iterator[str]:
    """Read mutated files of a kind; say what was raised that is no error of featmatch's own."""
    rng = generator(kind)
    for index in range(number):
        path = folder / "mutated"
        path.write_bytes(mutated(KINDS[kind], rng))
        start = time.perf_counter()
        try:
            read_image(path)
        except FeatmatchError:
            pass
        except BaseException as error:  # what must not be
            yield f"{kind}, file {index}: {type(error).__name__}: {error}"
        seconds = time.perf_counter() - start
        if seconds > 10:
            yield f"{kind}, file {index}: took {seconds:.0f} s"


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files_are_read_or_refused(kind, tmp_path, capfd):
    assert list(faults(kind, 12, tmp_path)) == []
    if kind not in BY_LIBTIFF:
        assert capfd.readouterr().err == ""


@contextlib.contextmanager
def stderr_in(path: Path) -> Iterator[None]:
    """Write what this process and its libraries say on stderr into a file."""
    kept = os.dup(2)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def main() -> int:
    """Read them all; return the exit code."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            said = Path(folder) / "stderr"
            with stderr_in(said):
                found = list(faults(kind, number, Path(folder)))
            lines = said.read_text(errors="replace").splitlines()
            found += [] if kind in BY_LIBTIFF else lines
            total += len(found)
            print(f"{kind}: {number} files, {len(found)} faults, {len(lines)} lines", *found[:5])
    return 1 if total else 0


if __name__ == "__main__":
    cv2.setNumThreads(1)
    sys.exit(main())
