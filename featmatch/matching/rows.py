"""Matches among some keypoints of an image, as matches among all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from featmatch.types import Array, Matches


def of_rows(matches: Matches, rows0: Array, rows1: Array) -> Matches:
    """Name the rows of all features in matches of some rows.

    Parameters
    ----------
    matches : Matches
        Of the features of some rows (`featmatch.features.selection.selected`).
    rows0, rows1 : (K0,), (K1,) int
        Which rows of all features these were, in image 0 and image 1.

    Returns
    -------
    Matches
        The same ones; also what they were chosen from.
    """
    return replace(
        matches,
        indices=np.column_stack([rows0[matches.indices[:, 0]], rows1[matches.indices[:, 1]]]),
        candidates=matches.candidates and of_rows(matches.candidates, rows0, rows1),
        seeds=matches.seeds and of_rows(matches.seeds, rows0, rows1),
    )
