"""A town as an aerial photograph shows it, and as a map of it is drawn."""

from __future__ import annotations

import cv2
import numpy as np
from laid_pairs import SIZE, LaidPair, as_bytes, by_matrices, similarity

AREA = (1250, 1000)
FINE = 16  # parts of a pixel that OpenCV draws to
NUM_HOUSES, NUM_TREES = 800, 900  # that are tried


def drawn(points):
    return np.rint(np.asarray(points) * FINE).astype(np.int32)


def streets_of(rng):
    """Which share of each pixel is street: a grid that is not quite one."""
    share = np.zeros(AREA[::-1], np.uint8)
    for axis, end in enumerate(AREA):
        at = rng.uniform(20, 90)
        while at < end:
            far = AREA[1 - axis] + 10
            line = np.array([(at + rng.uniform(-60, 60), -10), (at + rng.uniform(-60, 60), far)])
            begin, stop = drawn(line if axis == 0 else line[:, ::-1]).tolist()
            cv2.line(share, begin, stop, 255, int(rng.choice([9, 13, 18])), cv2.LINE_AA, 4)
            at += rng.uniform(110, 240)
    return share


def houses_of(streets, rng):
    """Which share of each pixel is roof: rectangles beside the streets and each other."""
    share, taken = np.zeros_like(streets), cv2.dilate(streets, np.ones((9, 9)))
    for _ in range(NUM_HOUSES):
        center, sides = rng.uniform((0, 0), AREA), rng.uniform(12, 42, 2)
        box = cv2.boxPoints((center, sides, rng.choice([0, 90]) + rng.normal(0, 12)))
        left, top = np.maximum(np.floor(box.min(axis=0)).astype(int) - 4, 0)
        right, bottom = np.ceil(box.max(axis=0)).astype(int) + 5
        here = np.s_[top:bottom, left:right]
        house = np.zeros_like(share[here])
        cv2.fillPoly(house, [drawn(box - (left, top))], 255, cv2.LINE_AA, 4)
        if not taken[here][house > 0].any():
            share[here] = np.maximum(share[here], house)
            taken[here] = np.maximum(taken[here], cv2.dilate(house, np.ones((5, 5))))
    return share


def painted(ground, share, color):
    part = share[..., None] / 255.0
    return ground * (1 - part) + part * np.asarray(color, float)


def photographed(streets, houses, rng):
    """From above: meadows, trees, asphalt, and roofs with their shadows."""

    def texture(side, strength):
        coarse = rng.normal(0, strength, (AREA[1] // side + 1, AREA[0] // side + 1))
        return cv2.resize(coarse, AREA, interpolation=cv2.INTER_CUBIC)[..., None]

    photo = np.array((92, 104, 70.0)) + texture(60, 9) + texture(12, 7) + texture(3, 7)
    for _ in range(NUM_TREES):
        center, green = drawn(rng.uniform((0, 0), AREA)).tolist(), rng.uniform(-14, 14)
        radius = int(rng.uniform(3, 9) * FINE)
        color = (52 + green, 74 + green, 44 + green)
        cv2.circle(photo, center, radius, color, -1, cv2.LINE_AA, 4)
    photo = painted(photo, streets, (128, 126, 122))
    photo *= 1 - 0.55 * np.roll(houses, (5, 4), (0, 1))[..., None] / 255
    return painted(photo, houses, np.array((150, 92, 76)) + texture(30, 22)) + texture(2, 4)


def mapped(streets, houses):
    """Drawn: white streets and pale houses, both with an outline."""
    wider = np.ones((3, 3))
    sheet = np.full((*streets.shape, 3), (242, 239, 233), float)
    for share, color, outline in (
        (streets, (255, 255, 255), (180, 170, 160)),
        (houses, (217, 208, 201), (190, 175, 165)),
    ):
        sheet = painted(painted(sheet, cv2.dilate(share, wider), outline), share, color)
    return sheet


def aerial_and_map(seed=0):
    """An aerial photograph, turned by 12 degrees, and a map of the same town."""
    rng = np.random.default_rng(seed)
    streets = streets_of(rng)
    houses = houses_of(streets, rng)
    photo = photographed(streets, houses, rng).astype(np.float32)
    sheet = mapped(streets, houses).astype(np.float32)
    to_map = similarity(0, 1.25, (0, 0), (180, 130))
    to_photo = to_map @ similarity(12, 0.93, (319.5, 239.5), (330.2, 228.4))
    photo, sheet, to_moving = by_matrices(photo, sheet, to_photo, to_map, SIZE, SIZE)
    return LaidPair(as_bytes(photo), as_bytes(sheet), to_moving)
