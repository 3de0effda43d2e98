"""Pairs to train on, drawn into a file: what the network learns from can be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

import numpy as np

from featmatch.files import PICTURES, check_ending, picture_bytes, write_whole
from featmatch.learned.training.pairs import PairOptions
from featmatch.learned.training.photographs import Photograph
from featmatch.learned.training.training_data import draw_pairs

_NUM_PAIRS = 12


def save_pairs(
    photographs: Sequence[Photograph], path: str | PathLike[str], options: PairOptions, seed: int
) -> None:
    """Draw pairs to train on into a picture, whole or not at all.

    Parameters
    ----------
    photographs : sequence of (H, W, 3) or (H, W) uint8
    path : str or path
        Ending in .png, .svg or .pdf.
    options : PairOptions
    seed : int
        The same one gives the same picture.

    Raises
    ------
    ValueError
        The path has another ending.
    OutputError
        The file cannot be written.
    """
    from featmatch.report.training.pairs import pairs_picture  # loads matplotlib

    ending = check_ending("path", path, PICTURES)
    pairs = draw_pairs(photographs, options, _NUM_PAIRS, np.random.default_rng(seed))
    write_whole(path, picture_bytes(pairs_picture(pairs), ending))
