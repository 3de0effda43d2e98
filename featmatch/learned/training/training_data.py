"""What becomes of the photographs in a training: pairs to train on and pairs to validate with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from featmatch.errors import ArgumentError
from featmatch.learned.network.network import FeatureNetwork
from featmatch.learned.training.pairs import PairOptions, TrainingPair, make_pair
from featmatch.learned.training.photographs import Photograph
from featmatch.learned.training.real_pairs import RealPair, make_real_pair
from featmatch.learned.training.scene_pairs import make_scene_pair

_MIN_STRENGTH = 0.3  # of the changes between two views; the easiest keep the loss from stalling
_NUM_VALIDATION_PAIRS = 32
_VALIDATION_SIZE = 192  # px


def split(
    photographs: Sequence[Photograph], validation_share: float
) -> tuple[list[Photograph], list[Photograph]]:
    """Divide photographs, evenly spread, into those to train on and those to validate with.

    Parameters
    ----------
    photographs : sequence
    validation_share : float
        From 0 to 0.5.

    Returns
    -------
    for_training, for_validation : list
        A single photograph serves both; so do all of them for a share of 0.

    Raises
    ------
    ValueError
        There are no photographs.
    """
    if not len(photographs):
        raise ArgumentError("photographs: expected at least one, got none")
    num_validation = round(validation_share * len(photographs))
    if validation_share and len(photographs) > 1:
        num_validation = max(num_validation, 1)
    if not num_validation:
        return list(photographs), list(photographs)
    chosen = set(np.linspace(0, len(photographs) - 1, num_validation + 2)[1:-1].round().astype(int))
    return (
        [photo for place, photo in enumerate(photographs) if place not in chosen],
        [photo for place, photo in enumerate(photographs) if place in chosen],
    )


def draw_pairs(
    photographs: Sequence[Photograph],
    options: PairOptions,
    num_pairs: int,
    rng: np.random.Generator,
    scene_share: float = 0.0,
    real_pairs: Sequence[RealPair] = (),
    real_share: float = 0.0,
) -> list[TrainingPair]:
    """Draw pairs to train on: of any of the photographs, some easier and some harder.

    Parameters
    ----------
    photographs : sequence of (H, W, 3) or (H, W) uint8
    options : PairOptions
    num_pairs : int
    rng : Generator
    scene_share : float
        Of the pairs, the share that shows scenes with depth (`make_scene_pair`); the others show a
        photograph.
    real_pairs : sequence of RealPair
    real_share : float
        Of the pairs, the share that shows one of the `real_pairs` (`make_real_pair`).

    Returns
    -------
    list of TrainingPair
    """
    drawn = []
    for _ in range(num_pairs):
        chance = rng.random() if scene_share or real_share else 1.0
        if chance < scene_share:
            pair = make_scene_pair(photographs, rng, options, rng.uniform(_MIN_STRENGTH, 1))
        elif chance < scene_share + real_share:
            real = real_pairs[int(rng.integers(len(real_pairs)))]
            pair = make_real_pair(real, rng, options, rng.uniform(_MIN_STRENGTH, 1))
        else:
            photograph = photographs[int(rng.integers(len(photographs)))]
            pair = make_pair(photograph, rng, options, rng.uniform(_MIN_STRENGTH, 1))
        drawn.append(pair)
    return drawn


def validation_pairs(
    photographs: Sequence[Photograph], options: PairOptions, seed: int, scene_share: float = 0.0
) -> list[TrainingPair]:
    """Make the pairs that every epoch is validated with: larger than those to train on, and hard.

    Parameters
    ----------
    photographs : sequence of (H, W, 3) or (H, W) uint8
    options : PairOptions
        But for `size`.
    seed : int
        The same one gives the same pairs.
    scene_share : float
        Of the pairs, the share that shows scenes with depth: the last ones.

    Returns
    -------
    list of TrainingPair
        32 of 192 x 192 pixels.
    """
    rng = np.random.default_rng(seed)
    larger = replace(options, size=_VALIDATION_SIZE)
    num_scenes = round(scene_share * _NUM_VALIDATION_PAIRS)
    flat = [
        make_pair(photographs[place % len(photographs)], rng, larger)
        for place in range(_NUM_VALIDATION_PAIRS - num_scenes)
    ]
    return flat + [make_scene_pair(photographs, rng, larger) for _ in range(num_scenes)]


def weights_fingerprint(network: FeatureNetwork) -> str:
    """Compute the SHA-256 of the arrays of a network, in their order, as a hexadecimal number."""
    digest = hashlib.sha256()
    for array in network.state_dict().values():
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def fingerprint(photographs: Sequence[Photograph]) -> str:
    """Compute the SHA-256 of the pixels of photographs, in their order, as a hexadecimal number."""
    digest = hashlib.sha256()
    for photograph in photographs:
        digest.update(str(photograph.shape).encode())
        digest.update(np.ascontiguousarray(photograph).data)
    return digest.hexdigest()


def pairs_fingerprint(real_pairs: Sequence[RealPair]) -> str:
    """Compute the SHA-256 of pixels and matches of real pairs, in their order, in hexadecimal."""
    digest = hashlib.sha256()
    shared = {id(image): image for real in real_pairs for image in (real.image0, real.image1)}
    once = {key: fingerprint((image,)) for key, image in shared.items()}
    for real in real_pairs:
        digest.update((once[id(real.image0)] + once[id(real.image1)]).encode())
        digest.update(str(real.points0.shape).encode())
        digest.update(np.ascontiguousarray((real.points0, real.points1)).data)
    return digest.hexdigest()
