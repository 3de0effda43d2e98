"""Training pairs of 64 x 64 pixels: of a photograph, and blank ones of a map of one's own."""

from __future__ import annotations

import numpy as np
from known_warps import SAMPLES

from featmatch.learned.training.pairs import PairOptions, TrainingPair, make_pair
from featmatch.learned.training.photographs import read_photographs
from featmatch.learned.training.relation import OnePlane

SIZE = 64  # px


def pairs_of_a_photograph(num):
    (photograph,) = read_photographs(SAMPLES / "poster_0.jpg")
    rng = np.random.default_rng(0)
    return [make_pair(photograph, rng, PairOptions(size=SIZE)) for _ in range(num)]


def blank_pair_of(homography):
    image = np.zeros((SIZE, SIZE), np.float32)
    return TrainingPair(image, image, OnePlane(np.array(homography, np.float64)), 0)
