"""Which images of a folder look most alike, in memory that does not grow with the folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from featmatch.collection.vlad import Vector

Rows = npt.NDArray[np.int64]
Allowed = Callable[[Rows, Rows], npt.NDArray[np.bool_]]
"""Of (M, 1) and (1, N) numbers of images, whether they may be partners, (M, N)."""

BLOCK_SIZE = 1024  # images: 64 MB of vectors of SIFT


def most_similar(
    names: Sequence[str],
    descriptor_of: Callable[[str], Vector],
    num: int,
    *,
    queries: Sequence[int] | None = None,
    allowed: Allowed | None = None,
) -> tuple[Rows, Vector]:
    """Find the images that look most like each of some images.

    Parameters
    ----------
    names : sequence of str
        Of all images.
    descriptor_of : callable
        Name -> `global_descriptor`; it is called several times where the images are many.
    num : int
        How many to find.
    queries : sequence of int, optional
        Numbers of the images that others are found for; None for all.
    allowed : callable, optional
        Which images may be found for which; None for all but the image itself.

    Returns
    -------
    (Q, num) int64
        Numbers of images, the most similar first, the earlier one of two that are as similar; -1
        where there are no more. Images without keypoints are like none.
    (Q, num) float32
        How similar, at most 1; -inf where there are no more.
    """
    asked = np.arange(len(names)) if queries is None else np.asarray(queries, np.int64)
    found = np.full((len(asked), num), -1, np.int64)
    scores = np.full((len(asked), num), -np.inf, np.float32)
    for rows in _blocks(len(asked)):
        wanted = asked[rows]
        vectors = _vectors(names, wanted, descriptor_of)
        for columns in _blocks(len(names)):
            others = np.arange(len(names))[columns]
            same = rows == columns and queries is None
            there = vectors if same else _vectors(names, others, descriptor_of)
            products = vectors @ there.T
            possible = np.not_equal.outer(wanted, others)
            possible &= np.logical_and.outer(vectors.any(axis=1), there.any(axis=1))
            if allowed is not None:
                possible &= allowed(wanted[:, None], others[None])
            products[~possible] = -np.inf
            found[rows], scores[rows] = _best(
                np.hstack([found[rows], np.where(possible, others, -1)]),
                np.hstack([scores[rows], products]),
                num,
            )
    return found, scores


def _best(numbers: Rows, scores: Vector, num: int) -> tuple[Rows, Vector]:
    order = np.argsort(-scores, axis=1, kind="stable")[:, :num]
    return np.take_along_axis(numbers, order, 1), np.take_along_axis(scores, order, 1)


def _blocks(num: int) -> Iterator[slice]:
    for start in range(0, num, BLOCK_SIZE):
        yield slice(start, min(start + BLOCK_SIZE, num))


def _vectors(names: Sequence[str], numbers: Rows, descriptor_of: Callable[[str], Vector]) -> Vector:
    first = descriptor_of(names[numbers[0]])
    vectors = np.empty((len(numbers), len(first)), np.float32)  # filled: a list would take as much
    for row, number in enumerate(numbers):
        vectors[row] = first if row == 0 else descriptor_of(names[number])
    return vectors
