"""Matched points whose truth is known: layers that move alike, and wrong matches among them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from featmatch import Features

SIZE = 1000, 800
DIAGONAL = float(np.hypot(*SIZE))
LAYERS = ((1.0, 0.2, (40.0, -25.0)), (1.6, -0.5, (-150.0, 120.0)))
"""Zoom, turn and shift of the left and the right half of image 0."""


def similarity(zoom, turn):
    """Matrices of zooms and turns."""
    c, s = zoom * np.cos(turn), zoom * np.sin(turn)
    return np.moveaxis(np.array([[c, -s], [s, c]]), (0, 1), (-2, -1))


@dataclass(frozen=True)
class Scene:
    """Points of both images, what each match says of its zoom and turn, and which are right."""

    points0: np.ndarray
    points1: np.ndarray
    zooms: np.ndarray
    turns: np.ndarray
    right: np.ndarray

    @property
    def maps(self):
        return similarity(self.zooms, self.turns)

    def __len__(self):
        return len(self.right)

    def __getitem__(self, rows):
        return replace(self, **{name: column[rows] for name, column in vars(self).items()})


def moving_scene(num_right, num_wrong, seed=0):
    """Two layers, seen by keypoints whose zooms and turns are about right, and random matches."""
    rng = np.random.default_rng(seed)
    num = num_right + num_wrong
    points0, points1 = rng.uniform(0, SIZE, (2, num, 2))
    zooms, turns = np.exp(rng.normal(0, 0.6, num)), rng.uniform(-np.pi, np.pi, num)
    left = points0[:, 0] < SIZE[0] / 2
    for own, (zoom, turn, shift) in zip((left, ~left), LAYERS, strict=True):
        rows = np.flatnonzero(own & (np.arange(num) < num_right))
        centered = points0[rows] - np.array(SIZE) / 2
        moved = centered @ similarity(zoom, turn).T + np.array(SIZE) / 2 + shift
        points1[rows] = moved + rng.normal(0, 0.7, moved.shape)
        zooms[rows] = zoom * np.exp(rng.normal(0, 0.1, len(rows)))
        turns[rows] = turn + rng.normal(0, 0.1, len(rows))
    return Scene(points0, points1, zooms, turns, np.arange(num) < num_right)


def unit_rows(rng, num, size=32):
    rows = rng.normal(size=(num, size))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def scene_features(scene, descriptors0, descriptors1, method="made"):
    """Keypoints at the scene's points, whose scales and angles say how its matches move."""
    num = len(scene)
    ones = np.ones(num, np.float32)
    shared = {"scores": ones, "image_size": SIZE, "method": method}
    features0 = Features(
        keypoints=scene.points0.astype(np.float32),
        descriptors=descriptors0,
        scales=10 * ones,
        angles=0.3 * ones,
        **shared,
    )
    features1 = Features(
        keypoints=scene.points1.astype(np.float32),
        descriptors=descriptors1,
        scales=(10 * scene.zooms).astype(np.float32),
        angles=(0.3 + scene.turns).astype(np.float32),
        **shared,
    )
    return features0, features1
