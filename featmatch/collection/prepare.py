"""What comes before the work on a collection: its images, and what an earlier run has left."""

from __future__ import annotations

import os
from pathlib import Path

from featmatch.checks import check_path
from featmatch.collection.images import COLLECTION_FILE
from featmatch.collection.index import IMAGES_FILE, Index
from featmatch.collection.options import CollectOptions, Effort
from featmatch.collection.run import Run
from featmatch.collection.scan import scan
from featmatch.collection.store import PARTS, Store
from featmatch.errors import ArgumentError, ReadError
from featmatch.files import UNFINISHED, check_folder


def prepare(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    options: CollectOptions,
    effort: Effort,
) -> Run:
    """Find the images of a folder, and what an earlier run has left; nothing is written.

    Raises
    ------
    ReadError, OutputError, ArgumentError, MissingExtraError
        See `collect`.
    """
    photographs = Path(check_path("folder", folder)).absolute()
    results = Path(os.path.realpath(check_path("out", out)))
    earlier = _earlier(photographs, results, effort)
    index, images = scan(photographs, results, options, None if effort.rehash else earlier)
    check_folder(results, [COLLECTION_FILE, IMAGES_FILE])
    return Run(index, images, Store(results), options, effort)


def _earlier(folder: Path, out: Path, effort: Effort) -> Index | None:
    """Read the index that an earlier run has left; refuse a folder that holds something else."""
    if out.exists() and folder.exists() and out.samefile(folder):
        raise ArgumentError(f"out: expected another folder than that of the photographs, got {out}")
    check_results_folder(out)
    if not (out / COLLECTION_FILE).is_file():
        return None
    try:
        earlier = Index.read(out)
    except ReadError as error:
        effort.note(f"{error}".partition(";")[0] + "; made again")
        return None
    if earlier.folder.exists() and folder.exists() and not earlier.folder.samefile(folder):
        raise ArgumentError(
            f"out: expected a folder for the results of {folder}, got {out}, which holds those of "
            f"{earlier.folder}; give another one"
        )
    return earlier


def check_results_folder(out: Path) -> None:
    """Refuse a folder that holds something else than the results of a collection.

    Raises
    ------
    ArgumentError
        It does.
    """
    if (out / COLLECTION_FILE).is_file():
        return
    others = out.iterdir() if out.is_dir() else []
    left = [path for path in others if not path.match(UNFINISHED)]
    if left and not any((out / part).is_dir() for part in PARTS):
        raise ArgumentError(
            f"out: expected a new or empty folder, or one of a collection, got {out}, which holds "
            f"{left[0].name}"
        )
