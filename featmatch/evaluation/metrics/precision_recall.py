"""Precision and recall of matches that are taken in the order of their distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.errors import ArgumentError

_MAX_POINTS = 100  # of a curve that is to be drawn


@dataclass(frozen=True)
class PrecisionRecall:
    """How precision falls as recall grows.

    Parameters
    ----------
    precision, recall : tuple of float
        Points of the curve, at most 100 of them, in the order of rising recall: of the matches up
        to some distance, the share that is right; of all that could be right, the share that is
        among them.
    average_precision : float or None
        Area under the steps of the whole curve; None if nothing could be right.
    """

    precision: tuple[float, ...]
    recall: tuple[float, ...]
    average_precision: float | None


def precision_recall(
    distances: npt.ArrayLike, correct: npt.ArrayLike, num_possible: int
) -> PrecisionRecall:
    """Measure how well distances tell right matches from wrong ones.

    Average precision is the sum, over the distances that occur, of the precision up to it times
    the growth of recall at it; nothing is interpolated. Matches at the same distance are taken
    together.

    Parameters
    ----------
    distances : (M,) float
        Of the matches; small ones are taken first.
    correct : (M,) bool
        Whether each is right.
    num_possible : int
        How many right ones there could have been; at least as many as there are.

    Returns
    -------
    PrecisionRecall
        An empty curve if there are no matches or nothing could be right.

    Raises
    ------
    ValueError
        The arrays differ in length, or fewer are possible than are right.

    References
    ----------
    C. Manning, P. Raghavan and H. Schütze, "Introduction to Information Retrieval" (2008), section
    8.4; for matches, K. Mikolajczyk and C. Schmid, "A performance evaluation of local descriptors",
    PAMI 27 (2005).
    """
    distances, correct = np.asarray(distances, np.float64), np.asarray(correct, bool)
    if distances.ndim != 1 or distances.shape != correct.shape:
        raise ArgumentError(
            f"correct: expected shape ({distances.size},) as that of distances, got {correct.shape}"
        )
    if num_possible < correct.sum():
        raise ArgumentError(
            f"num_possible: expected at least the {correct.sum()} that are right, "
            f"got {num_possible}"
        )
    if not num_possible:
        return PrecisionRecall((), (), None)
    order = np.argsort(distances, kind="stable")
    last = np.flatnonzero(np.diff(distances[order], append=np.inf) > 0)  # of equal distances
    num_right = np.cumsum(correct[order])[last]
    precision, recall = num_right / (last + 1), num_right / num_possible
    average = float(np.sum(precision * np.diff(recall, prepend=0.0)))
    drawn = np.unique(
        np.linspace(0, len(last) - 1, min(len(last), _MAX_POINTS)).round().astype(int)
    )
    return PrecisionRecall(tuple(precision[drawn].tolist()), tuple(recall[drawn].tolist()), average)
