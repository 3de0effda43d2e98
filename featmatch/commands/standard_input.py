"""An image from standard input, where a command is given ``-`` in place of a name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from featmatch.commands.command import STANDARD_INPUT
from featmatch.errors import ImageReadError
from featmatch.files import reason_of
from featmatch.images.image import Image, read_image

MAX_BYTES = 2_000_000_000  # of the largest images that are read, with 32 bits a pixel
_BLOCK = 1 << 20  # bytes


def read_given(names: Sequence[str], max_size: int, exif: str) -> list[str | Image]:
    """Return names of images, with an image that is read from standard input in place of ``-``.

    Raises
    ------
    UsageError
        More than one of them is ``-``.
    ImageReadError
        Standard input is closed, or holds no readable image.
    """
    _check_single(names)
    return [
        _read_standard_input(max_size, exif) if name == STANDARD_INPUT else name for name in names
    ]


@contextmanager
def given_as_files(names: Sequence[str]) -> Iterator[list[str]]:
    """Yield names of files, with one that standard input was copied to in place of ``-``.

    For commands that read an image at its full depth, or more than once.

    Raises
    ------
    UsageError
        More than one of them is ``-``.
    ImageReadError
        Standard input is closed, or holds no readable image.
    """
    _check_single(names)
    if STANDARD_INPUT not in names:
        yield list(names)
        return
    with _copied() as path:
        yield [os.fspath(path) if name == STANDARD_INPUT else name for name in names]


def _check_single(names: Sequence[str]) -> None:
    if names.count(STANDARD_INPUT) > 1:
        raise click.UsageError("Standard input (-) is one image, two were asked for.")


def _read_standard_input(max_size: int, exif: str) -> Image:
    with _copied() as path:
        image = read_image(path, max_size=max_size, exif=exif)
    return replace(image, name=STANDARD_INPUT)


@contextmanager
def _copied() -> Iterator[Path]:
    """Copy standard input into a file, which what reads images can look at more than once.

    What is wrong with the file is told of standard input.
    """
    with TemporaryDirectory(prefix="featmatch-") as folder:
        path = Path(folder) / "standard input"
        try:
            descriptor = sys.stdin.fileno()
            num_bytes = 0
            with path.open("wb") as file:
                while block := os.read(descriptor, _BLOCK):
                    num_bytes += file.write(block)
                    if num_bytes > MAX_BYTES:
                        raise ImageReadError(
                            f"standard input: has more than {MAX_BYTES:,} bytes; give a smaller one"
                        )
        except (AttributeError, OSError, ValueError) as error:
            reason = "it is closed" if sys.stdin is None else reason_of(error)
            raise ImageReadError(f"standard input: cannot be read ({reason})") from error
        try:
            yield path
        except ImageReadError as error:
            if str(path) not in str(error):
                raise
            reason = str(error).removeprefix(f"{path}: ")
            raise ImageReadError(f"standard input: {reason}") from error
