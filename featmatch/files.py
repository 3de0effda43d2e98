"""Files: each is written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Any

from featmatch.checks import check_path
from featmatch.errors import ArgumentError, FeatmatchError, OutputError, ReadError

FILE_ENDINGS = (".html", ".json", ".csv", ".npz", ".png", ".jpg", ".jpeg", ".svg", ".pdf", ".md")
"""Of names that nobody gives to a folder: what is asked for is a file."""

UNFINISHED = ".featmatch-*.tmp"
"""What files are called that are still being written, or were when a process was killed."""

_OLD = 24 * 3600.0  # s: nobody writes at one file for so long


def check_ending(name: str, path: str | PathLike[str], endings: Sequence[str]) -> str:
    """Return the ending of `path` in small letters; ValueError unless it is one of `endings`."""
    ending = Path(check_path(name, path)).suffix.lower()
    if ending not in endings:
        raise ArgumentError(
            f"{name}: expected a name ending in {' '.join(endings)}, got {str(path)!r}"
        )
    return ending


def check_place(path: str | PathLike[str]) -> None:
    """Check that a file can be written to `path`, before any work is done for it.

    Raises
    ------
    OutputError
        The folder does not exist or cannot be written to, or what is there already is no file, or
        one that may not be written.
    """
    with _as_output_error(path):
        probe = unfinished(_find_place(path).parent)
        probe.touch(exist_ok=False)
        probe.unlink()


def write_whole(path: str | PathLike[str], content: bytes) -> None:
    """Write beside the place and move: the file is whole or as it was before.

    Symbolic links stay, and so do the permissions of a file that is replaced.

    Raises
    ------
    OutputError
        As for `check_place`, or the disk is full.
    """
    write_files({check_path("path", path): content})


def write_files(contents: Mapping[Any, bytes]) -> None:
    """Write several files as `write_whole` does: all are on the disk before one takes its place.

    Parameters
    ----------
    contents : mapping of str or path to bytes

    Raises
    ------
    OutputError
        As for `check_place`, or the disk is full.
    """
    with UnfinishedFiles() as files:
        for path, content in contents.items():
            files.write(path, content)
        files.finish()


class UnfinishedFiles(ExitStack):
    """Files that take their places together; a context, which leaves nothing of them without that.

    Symbolic links stay, and so do the permissions of files that are replaced.
    """

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[str | PathLike[str], Path, Path]] = []  # told as, where, beside
        self._reserved: list[tuple[str | PathLike[str], Path, Path]] = []

    def write(self, path: str | PathLike[str], content: bytes) -> None:
        """Write the content of a file beside its place; OutputError as for `write_whole`."""
        self._write(path, path, content)

    def write_folder(self, path: str | PathLike[str], contents: Mapping[str, bytes]) -> None:
        """Do so for files in a folder, which is made if there is none; see `write_folder`."""
        check_folder(path, contents)
        folder = Path(os.path.realpath(path))
        with _as_output_error(path):
            for parent in sorted({folder / up for name in contents for up in Path(name).parents}):
                if not parent.exists():
                    parent.mkdir()
                    self.callback(_remove_if_empty, parent)
        for name, content in contents.items():
            self._write(path, folder / name, content)

    def reserve(self, path: str | PathLike[str]) -> Path:
        """Return where a library that writes files by itself, such as SQLite, is to write one.

        Parameters
        ----------
        path : str or path
            Where `finish` moves what then lies there.
        """
        with _as_output_error(path):
            place = _find_place(check_path("path", path))
            check_place(path)
            file = unfinished(place.parent)
            self.callback(file.unlink, missing_ok=True)
            self._reserved.append((path, place, file))
        return file

    def make_folder(self, path: str | PathLike[str]) -> Path:
        """Make a folder if there is none; it is removed again if nothing is in it at the end."""
        check_folder(check_path("path", path), ["file"])
        folder = Path(os.path.realpath(path))
        with _as_output_error(path):
            if not folder.exists():
                folder.mkdir()
                self.callback(_remove_if_empty, folder)
        return folder

    def finish(self) -> None:
        """Let all files take their places."""
        for path, place, file in self._reserved:
            with _as_output_error(path), file.open("rb+") as stream:
                if place.exists():
                    shutil.copymode(place, file)
                os.fsync(stream.fileno())
        for path, place, file in self._places + self._reserved:
            with _as_output_error(path):
                file.replace(place)

    def _write(
        self, output: str | PathLike[str], path: str | PathLike[str], content: bytes
    ) -> None:
        with _as_output_error(output):
            place = _find_place(check_path("path", path))
            file = self.enter_context(_written_beside(place, content))
            self._places.append((output, place, file))


def check_folder(path: str | PathLike[str], names: Iterable[str]) -> None:
    """Check that files can be written into a folder, before any work is done for them.

    Parameters
    ----------
    path : str or path
        A folder, which `write_folder` makes if there is none.
    names : iterable of str
        Of the files, with ``/`` between a folder and what is in it.

    Raises
    ------
    OutputError
        There is a file where a folder has to be, a folder where a file has to be, or something that
        may not be written; or a folder that is not there yet has one of `FILE_ENDINGS`.
    """
    with _as_output_error(path):
        place = Path(os.path.realpath(path))
        if not place.exists():
            if place.suffix.lower() in FILE_ENDINGS:
                raise OutputError(
                    f"{path}: {place.suffix} is the ending of a file, and a folder is written here;"
                    " give a name without it"
                )
            check_place(place)
        for file in (place / name for name in names):
            for folder in (place, file.parent):
                if folder.exists() and not folder.is_dir():
                    raise OutputError(f"{folder}: is a file; give the name of a folder")
            if file.parent.is_dir():
                check_place(file)


def write_folder(path: str | PathLike[str], contents: Mapping[str, bytes]) -> None:
    """Write files into a folder: all are on the disk before the first takes its place.

    Parameters
    ----------
    path : str or path
        A folder, which is made if there is none. Other files in it stay, and so do symbolic links
        and the permissions of files that are replaced.
    contents : mapping of str to bytes
        By the names of the files, with ``/`` between a folder and what is in it.

    Raises
    ------
    OutputError
        As for `check_folder`, or the disk is full.
    """
    with UnfinishedFiles() as files:
        files.write_folder(path, contents)
        files.finish()


def read_whole(
    path: str | PathLike[str],
    error: type[FeatmatchError] = ReadError,
    max_bytes: int | None = None,
) -> bytes:
    """Read a file; raise `error` if it cannot be read, or has more than `max_bytes`."""
    path = check_path("path", path)
    try:
        with Path(path).open("rb") as file:
            content = file.read(-1 if max_bytes is None else max_bytes + 1)
    except OSError as cause:
        raise error(
            f"{path}: cannot be read ({reason_of(cause)}); check the name and the permissions"
        ) from cause
    if max_bytes is not None and len(content) > max_bytes:
        raise error(f"{path}: has more than {max_bytes:,} bytes; give a smaller file")
    return content


def reason_of(error: BaseException) -> str:
    """Say in a few words, for the middle of a sentence, what went wrong."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(reason).splitlines()[0].rstrip(". ").lower()


@contextmanager
def _written_beside(place: Path, content: bytes) -> Iterator[Path]:
    """Write a file that can take the place of another; it is removed unless it was moved there."""
    file = unfinished(place.parent)
    try:
        with file.open("xb") as stream:
            if place.exists():
                shutil.copymode(place, file)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        yield file
    finally:
        file.unlink(missing_ok=True)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def _as_output_error(path: str | PathLike[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({reason_of(error)}); choose another place"
        ) from error


def _find_place(path: str | PathLike[str]) -> Path:
    """Follow symbolic links to the file that is to be written, and refuse what cannot be."""
    place = Path(os.path.realpath(path))
    if place.is_dir():
        raise OutputError(f"{path}: is a folder; give the name of a file in it")
    if place.exists() and not place.is_file():
        raise OutputError(f"{path}: is a device or a pipe; give the name of a file")
    if place.exists() and not os.access(place, os.W_OK):
        raise OutputError(f"{path}: is write-protected; allow writing or give another name")
    if not place.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {place.parent}; make it first")
    return place


def remove_leftovers(paths: Iterable[Path]) -> None:
    """Remove those unfinished files of killed processes that nobody can still be writing."""
    for path in paths:
        with suppress(OSError):
            status = path.stat()
            touched = max(status.st_mtime, status.st_ctime)  # copies have the time of the original
            if time.time() - touched > _OLD:
                path.unlink()


def unfinished(folder: Path) -> Path:
    """Return a name in a folder that nothing else has, of a file that is not to last."""
    return folder / UNFINISHED.replace("*", secrets.token_hex(8))
