"""Pairs that look alike and yet show different things: what repeats, what is drawn twice, mirrors.

Made from the sample photographs and from drawing, so that every test machine makes the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_WORDS = (SAMPLES / "SOURCES.md").read_text(encoding="utf-8").split()


def _sample(name):
    return cv2.cvtColor(cv2.imread(str(SAMPLES / name)), cv2.COLOR_BGR2RGB)


def _as_photographed(image, seed, tilt=0.06):
    """Another camera: a slight perspective, blur, noise and exposure."""
    rng = np.random.default_rng(seed)
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + rng.uniform(-tilt, tilt, (4, 2)).astype(np.float32) * [width, height]
    warp = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    seen = cv2.warpPerspective(image, warp, (width, height), borderMode=cv2.BORDER_REFLECT)
    seen = cv2.GaussianBlur(seen, (0, 0), 0.7) * rng.uniform(0.8, 1.1)
    return np.clip(seen + rng.normal(0, 3, seen.shape), 0, 255).astype(np.uint8)


def page_of_text(seed):
    """A page with words in random order, in one and the same print."""
    rng = np.random.default_rng(seed)
    page = np.full((900, 700, 3), 245, np.uint8)
    for baseline in range(80, 860, 30):
        x = 60
        while True:
            word = str(rng.choice(_WORDS))
            (width, _), _ = cv2.getTextSize(word, cv2.FONT_HERSHEY_COMPLEX, 0.7, 1)
            if x + width > 640:
                break
            cv2.putText(
                page, word, (x, baseline), cv2.FONT_HERSHEY_COMPLEX, 0.7, (30,) * 3, 1, cv2.LINE_AA
            )
            x += width + 14
    return page


def facade(seed, rows, columns):
    """A wall with the same window again and again, in a grid of its own."""
    rng = np.random.default_rng(seed)
    wall = np.full((700, 900, 3), rng.integers(120, 200, 3), np.float32)
    wall += cv2.GaussianBlur(rng.normal(0, 40, wall.shape), (0, 0), 1.5)
    window = cv2.resize(_sample("poster_0.jpg")[200:380, 300:420], (60, 90))
    window = cv2.copyMakeBorder(window, 6, 6, 6, 6, cv2.BORDER_CONSTANT, value=(240, 240, 235))
    height, width = window.shape[:2]
    for y in np.linspace(30, 700 - height - 30, rows).astype(int):
        for x in np.linspace(30, 900 - width - 30, columns).astype(int):
            wall[y : y + height, x : x + width] = window
    return np.clip(wall, 0, 255).astype(np.uint8)


def bricks(seed):
    """A wall of bricks, each with a tone of its own."""
    rng = np.random.default_rng(seed)
    wall = np.full((640, 860, 3), 190, np.float32)
    for row, y in enumerate(range(0, 640, 32)):
        for x in range(-(row % 2) * 40, 860, 80):
            tone = np.array([165, 90, 70], np.float32) * rng.uniform(0.8, 1.15)
            wall[y + 3 : y + 32, max(0, x + 3) : max(0, x + 80)] = tone
    wall += cv2.GaussianBlur(rng.normal(0, 25, wall.shape), (0, 0), 1.0)
    return np.clip(wall, 0, 255).astype(np.uint8)


def logo(side):
    """An emblem with rings, a star and letters."""
    drawn = np.full((400, 400, 3), 250, np.uint8)
    cv2.circle(drawn, (200, 200), 190, (20, 40, 140), -1, cv2.LINE_AA)
    cv2.circle(drawn, (200, 200), 160, (250, 250, 240), 12, cv2.LINE_AA)
    turns = np.arange(10) * np.pi / 5
    radii = np.where(np.arange(10) % 2, 50, 120)
    star = np.column_stack([200 + radii * np.sin(turns), 180 - radii * np.cos(turns)])
    cv2.fillPoly(drawn, [star.astype(np.int32)], (230, 60, 40), cv2.LINE_AA)
    for text, x, y in (("FAST", 120, 320), ("24 h", 150, 200), ("FOOD", 130, 100)):
        cv2.putText(
            drawn, text, (x, y), cv2.FONT_HERSHEY_TRIPLEX, 1.4, (255, 230, 60), 3, cv2.LINE_AA
        )
    return cv2.resize(drawn, (side, side), interpolation=cv2.INTER_AREA)


def gravel(seed):
    """Pebbles of all shades, thousands of them."""
    rng = np.random.default_rng(seed)
    ground = np.full((640, 860, 3), 110, np.uint8)
    for x, y, long, short in rng.uniform((0, 0, 4, 3), (860, 640, 15, 9), (9000, 4)):
        axes, shade = (int(long), int(short)), int(rng.integers(60, 230))
        angle = int(rng.integers(180))
        color = (shade, shade - 8, shade - 20)
        cv2.ellipse(ground, (int(x), int(y)), axes, angle, 0, 360, color, -1, cv2.LINE_AA)
    return ground


def with_logo(name, corner, side):
    """A photograph with the same logo somewhere in it, on a thirtieth of its area or less."""
    picture, (x, y) = _sample(name).copy(), corner
    picture[y : y + side, x : x + side] = logo(side)
    return picture


def _mirrored(name0, name1, axis):
    return _sample(name0), np.ascontiguousarray(np.flip(_sample(name1), axis))


HARD_NEGATIVES: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {
    "two pages of text": lambda: (page_of_text(0), _as_photographed(page_of_text(1), 0)),
    "two pages of text, both photographed": lambda: (
        _as_photographed(page_of_text(2), 1),
        _as_photographed(page_of_text(3), 2),
    ),
    "two facades, the same windows": lambda: (
        facade(0, 4, 7),
        _as_photographed(facade(1, 5, 6), 3),
    ),
    "two facades, other grids": lambda: (facade(2, 3, 5), _as_photographed(facade(3, 4, 8), 4)),
    "two walls of bricks": lambda: (bricks(0), _as_photographed(bricks(1), 5)),
    "two places on a path of gravel": lambda: (gravel(0), _as_photographed(gravel(1), 6)),
    "one logo on two photographs": lambda: (
        with_logo("unrelated_0.jpg", (40, 60), 110),
        with_logo("unrelated_1.jpg", (260, 120), 130),
    ),
    "one logo, small and large": lambda: (
        _as_photographed(with_logo("unrelated_0.jpg", (500, 420), 80), 7, tilt=0.03),
        _as_photographed(with_logo("unrelated_1.jpg", (30, 40), 150), 8, tilt=0.03),
    ),
    "room, mirrored": lambda: _mirrored("room_0.jpg", "room_1.jpg", 1),
    "room and itself, mirrored": lambda: _mirrored("room_0.jpg", "room_0.jpg", 1),
    "gallery, mirrored": lambda: _mirrored("gallery_0.jpg", "gallery_1.jpg", 1),
    "gallery and itself, mirrored": lambda: _mirrored("gallery_0.jpg", "gallery_0.jpg", 1),
    "poster, upside down in a mirror": lambda: _mirrored("poster_0.jpg", "poster_1.jpg", 0),
}
"""What it is -> the two images."""

PARTS = {
    name for name in HARD_NEGATIVES if name.startswith(("one logo", "two facades", "two walls"))
}
"""What may be told as a part: one logo is in both; windows and bricks are of one pattern."""


def is_right(name, verdict):
    """Whether the verdict on a hard negative is one that may be given."""
    return verdict.kind == "none" or (verdict.kind == "part" and name in PARTS)
