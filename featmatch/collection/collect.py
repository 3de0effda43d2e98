"""`collect`: a folder of photographs in, verified matches between them out."""

from __future__ import annotations

import os
from typing import Any

from featmatch.collection.collection import Collection
from featmatch.collection.options import CollectOptions, Effort, Tell
from featmatch.collection.prepare import prepare
from featmatch.files import check_folder
from featmatch.pipeline import Pipeline
from featmatch.report.collection.report import FILES, write_report
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
    `out` gets the page ``graph.html``, ``graph.png`` and tables of the images and pairs as well.

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
        The most keypoints of each kind in an image. None takes each method's default, of a single
        kind no more than 8,192 (`featmatch.collection.method.MOST_KEYPOINTS`); a `Pipeline` keeps
        its own.
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
    check_folder(run.store.folder, FILES)
    run.index.write(run.store.folder)
    run.finish().write(run.store.folder)
    collection = Collection(run.store.folder)
    write_report(collection, run.store.folder)
    return collection
