"""`collect`: a folder of photographs in, verified matches between them out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from featmatch.checks import check_path
from featmatch.collection.collection import Collection
from featmatch.collection.images import COLLECTION_FILE
from featmatch.collection.index import IMAGES_FILE, Index
from featmatch.collection.options import CollectOptions, Effort, Tell
from featmatch.collection.run import Run
from featmatch.collection.scan import scan
from featmatch.collection.store import PARTS, Store
from featmatch.errors import ArgumentError, ReadError
from featmatch.files import check_folder
from featmatch.pipeline import Pipeline
from featmatch.verification import Model


def collect(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    method: str | Pipeline = "sift+cnn",
    pairs: str | os.PathLike[str] = "auto",
    neighbors: int = 20,
    max_size: int = 1600,
    max_keypoints: int | None = None,
    model: Model = "auto",
    seed: int = 0,
    exif: str = "apply",
    masks: str | os.PathLike[str] | None = None,
    intrinsics: Any = None,
    prefilter: bool = False,
    num_processes: int = 1,
    memory: float = 256,
    max_minutes: float | None = None,
    shard: str | None = None,
    scheduler: str | None = None,
    retry_failed: bool = False,
    rehash: bool = False,
    progress: Tell | None = None,
) -> Collection:
    """Match the photographs of a folder with each other, and keep what was found.

    Features are found once an image. What is done is kept in `out` as soon as it is there: after an
    interruption the same call goes on, and after photographs or options have changed, only what
    depends on them is done again. Results do not depend on the number of processes or machines.

    Parameters
    ----------
    folder : str or path
        Photographs are looked for in it and in the folders in it, by their content.
    out : str or path
        The folder for the results, which is made if there is none; it may lie in `folder`.
    method : str or Pipeline
        A name in `METHODS`, several with ``+`` between them, whose matches are verified together,
        or a pipeline of your own.
    pairs : {"auto", "exhaustive", "sequential", "retrieval"} or path
        Which pairs to match; see `featmatch.collection.pairs.choose_pairs`. A path is that of a
        file with two names a line.
    neighbors : int
        How many images that look alike each one is matched with, for ``"retrieval"``.
    max_size : int
        Limit to the long side in pixels of the images worked on; 0 turns resizing off.
    max_keypoints : int, optional
        The most keypoints of each kind in an image. None leaves each method's default.
    model, seed, exif
        See `featmatch.match`.
    masks : str or path, optional
        A folder with masks: that of ``photo.jpg`` is called ``photo.jpg.png`` or ``photo.png``, and
        keypoints lie where it is not 0. Images without one are used whole.
    intrinsics : array_like, str or path, optional
        The camera of all images, in any of the forms of `featmatch.match`'s `camera`; or
        ``"exif"``, for the focal length that is stored in each. None: not known.
    prefilter : bool
        Look at the best keypoints of two images first, and leave out pairs where few are alike: of
        unrelated images three in four, of those that match one in a hundred.
    num_processes : int
        Processes that work at the same time, with one thread each; 1 works in this process. A
        script that asks for several has to do so below ``if __name__ == "__main__":``.
    memory : float
        Megabytes of features and images that each process keeps, to use them again.
    max_minutes : float, optional
        After which no further work is begun. None sets no limit.
    shard : str, optional
        ``"I/N"``: match the I-th of N shares of the pairs alone, as other machines match the
        others; `merge_collections` puts them together. None matches all.
    scheduler : str, optional
        Address of a scheduler of Dask distributed, whose workers do the work; they have to see both
        folders under the same names. None works on this machine.
    retry_failed : bool
        Try images again that could not be read; otherwise that waits until they have changed.
    rehash : bool
        Read all files again, also those whose size and time of modification are as they were.
    progress : callable, optional
        Called with a `Progress` now and then.

    Returns
    -------
    Collection

    Raises
    ------
    ReadError
        The folder cannot be read, or has no photographs.
    OutputError
        `out` cannot be written into. What is done is kept.
    ArgumentError
        An argument is not as described; or `out` holds something else.
    MissingExtraError
        A package is not installed that was asked for.

    Examples
    --------
    >>> import featmatch
    >>> collection = featmatch.collect("photographs", "matched", method="sift")
    >>> collection.graph.components
    """
    options = CollectOptions(
        method=method,
        pairs=pairs,
        neighbors=neighbors,
        max_size=max_size,
        max_keypoints=max_keypoints,
        model=model,
        seed=seed,
        exif=exif,
        masks=masks,
        intrinsics=intrinsics,
        prefilter=prefilter,
    )
    effort = Effort(
        num_processes=num_processes,
        memory=memory,
        max_minutes=max_minutes,
        shard=shard,
        scheduler=scheduler,
        retry_failed=retry_failed,
        rehash=rehash,
        progress=progress,
    )
    run = prepare(folder, out, options, effort)
    run.index.write(run.store.folder)
    run.finish().write(run.store.folder)
    return Collection(run.store.folder)


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
    results = Path(check_path("out", out)).absolute()
    earlier = _earlier(photographs, results, effort)
    index, images = scan(photographs, results, options, None if effort.rehash else earlier)
    check_folder(results, [COLLECTION_FILE, IMAGES_FILE])
    return Run(index, images, Store(results), options, effort)


def _earlier(folder: Path, out: Path, effort: Effort) -> Index | None:
    """Read the index that an earlier run has left; refuse a folder that holds something else."""
    if out.exists() and folder.exists() and out.samefile(folder):
        raise ArgumentError(f"out: expected another folder than that of the photographs, got {out}")
    if not (out / COLLECTION_FILE).is_file():
        left = list(out.iterdir()) if out.is_dir() else []
        if left and not any((out / part).is_dir() for part in PARTS):
            raise ArgumentError(
                f"out: expected a new or empty folder, or one of a collection, got {out}, which "
                f"holds {left[0].name}"
            )
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
