"""Pairs of images made of photographs, of which it is known what relates them.

Planes are warps of one photograph. Depth is a background and a few boards before it, each with a
photograph on it, seen by two cameras. Light, lens and sensor change as in the training of the
learned features.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from featmatch.learned.training.photometric import photometric_change

SIZE = (640, 480)
_NUM_POINTS = 300
_CENTER = np.array([SIZE[0] / 2, SIZE[1] / 2])


@dataclass(frozen=True, eq=False)
class LabeledPair:
    """Two images (480, 640) uint8, and points that both show: none if they are unrelated."""

    kind: str  # plane, depth, unrelated or sticker, if they share a small one
    image0: np.ndarray
    image1: np.ndarray
    points0: np.ndarray  # (N, 2) px
    points1: np.ndarray


def plane_pair(photograph, rng):
    """A warp of a photograph, from mild to hopeless."""
    texture, strength = _texture(photograph), rng.uniform(0, 1)
    angle = rng.uniform(-np.pi, np.pi) * rng.choice([0.1, 1.0])
    zoom = np.exp(strength * rng.uniform(-1.2, 1.2))
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    tilt = np.diag([1.0, 1 - 0.8 * strength * rng.random()])
    warp = np.eye(3)
    warp[:2, :2] = turn @ tilt
    warp[:2, 2] = _CENTER + strength * rng.uniform(-120, 120, 2) - warp[:2, :2] @ _CENTER
    warp[2, :2] = strength * rng.uniform(-6e-4, 6e-4, 2)
    warp /= warp[2] @ [*_CENTER, 1]
    points0 = rng.uniform((0, 0), SIZE, (_NUM_POINTS, 2))
    points1, depths = _projected(warp, points0)
    seen = (depths > 0) & _inside(points1)
    image1 = cv2.warpPerspective(texture, warp, SIZE, flags=cv2.INTER_AREA)
    return _photographed("plane", (texture, image1), points0[seen], points1[seen], rng)


def depth_pair(photographs, rng):
    """Boards at different depths, seen by two cameras that stand apart."""
    textures = [_texture(photograph) for photograph in photographs]
    strength = rng.uniform(0.1, 1)
    camera = np.array([[700.0, 0, _CENTER[0]], [0, 700, _CENTER[1]], [0, 0, 1]])
    rotation = cv2.Rodrigues(strength * rng.uniform(-0.35, 0.35, 3))[0]
    position = strength * np.array([*rng.uniform(-3, 3, 2), rng.uniform(-1.5, 1.5)])
    poses = [(np.eye(3), np.zeros(3)), (rotation, -rotation @ position)]
    planes = [_board(rng, 12.0, 16.0, 0.2)]
    depths = sorted(rng.uniform(4, 9, len(textures) - 1), reverse=True)
    planes += [_board(rng, depth, 0.35 * depth, 0.6) for depth in depths]
    images, labels, maps = [], [], []
    for turn, shift in poses:
        image, label = np.zeros(SIZE[::-1], np.float32), np.full(SIZE[::-1], -1)
        own = []
        for number, (plane, texture) in enumerate(zip(planes, textures, strict=True)):
            onto = camera @ np.column_stack([turn @ plane[:, :2], turn @ plane[:, 2] + shift])
            own.append(onto)
            drawn = cv2.warpPerspective(texture, onto, SIZE, flags=cv2.INTER_AREA)
            mask = cv2.warpPerspective(np.ones_like(texture), onto, SIZE) > 0.5
            image[mask], label[mask] = drawn[mask], number
        images.append(image)
        labels.append(label)
        maps.append(own)
    points0, points1 = _seen_by_both(labels, maps, rng)
    return _photographed("depth", images, points0, points1, rng)


def unrelated_pair(photographs, rng):
    """Two photographs of different things; every other time the same sticker is on both."""
    images = [_texture(photograph) for photograph in photographs[:2]]
    has_sticker = rng.random() < 0.5
    if has_sticker:
        sticker, height = _texture(photographs[2]), rng.uniform(60, 130)
        for image in images:
            size = int(height * SIZE[0] / SIZE[1]), int(height * rng.uniform(0.9, 1.1))
            x, y = (int(rng.integers(whole - own)) for whole, own in zip(SIZE, size, strict=True))
            small = cv2.resize(sticker, size, interpolation=cv2.INTER_AREA)
            image[y : y + size[1], x : x + size[0]] = small
    none = np.zeros((0, 2))
    return _photographed("sticker" if has_sticker else "unrelated", images, none, none, rng)


def _texture(photograph):
    gray = cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY) if photograph.ndim == 3 else photograph
    height, width = gray.shape
    if height > width:
        gray = np.ascontiguousarray(np.rot90(gray))
    return cv2.resize(gray, SIZE, interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _board(rng, depth, width, slant):
    """(3, 3): the pixels (x, y, 1) of a texture -> points in space."""
    turn = cv2.Rodrigues(rng.uniform(-slant, slant, 3))[0]
    across, down = turn[:, 0] * width / SIZE[0], turn[:, 1] * width / SIZE[0]
    middle = np.array([*rng.uniform(-0.3, 0.3, 2) * depth * (slant > 0.3), depth])
    corner = middle - across * _CENTER[0] - down * _CENTER[1]
    return np.column_stack([across, down, corner])


def _seen_by_both(labels, maps, rng):
    points0, points1 = [], []
    for number, (onto0, onto1) in enumerate(zip(*maps, strict=True)):
        points = rng.uniform((0, 0), SIZE, (_NUM_POINTS, 2))
        seen = np.ones(len(points), bool)
        projected = []
        for label, onto in zip(labels, (onto0, onto1), strict=True):
            there, depths = _projected(onto, points)
            seen &= (depths > 0) & _inside(there)
            x, y = np.rint(there[seen]).astype(int).T
            seen[seen] = label[y.clip(0, SIZE[1] - 1), x.clip(0, SIZE[0] - 1)] == number
            projected.append(there)
        points0.append(projected[0][seen])
        points1.append(projected[1][seen])
    return np.concatenate(points0), np.concatenate(points1)


def _projected(matrix, points):
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return homogeneous[:, :2] / homogeneous[:, 2:], homogeneous[:, 2]


def _inside(points):
    return ((points >= 0) & (points <= np.array(SIZE) - 1)).all(axis=1)


def _photographed(kind, images, points0, points1, rng):
    image0, image1 = (
        np.round(255 * photometric_change(np.ascontiguousarray(image), rng, 0.8)).astype(np.uint8)
        for image in images
    )
    return LabeledPair(kind, image0, image1, points0, points1)
