"""Scenes that show a thing, of the kinds that people look for things in: made by ourselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from drawn_screens import ICON, screen
from placed_objects import area_in_common, border, draw, place_all
from shared_things import SAMPLES, WORDS, photograph, write

SIDES = (40, 60, 60, 80, 120, 180)
"""Pixels, shorter sides of what is placed."""

_TURN = 0.35  # rad, of what hangs on a wall or lies on a desk
_TILE = 448, 336  # px
_PAGE = 560, 760  # px


@dataclass(frozen=True, eq=False)
class PlacedScene:
    """A thing, a scene, and where it lies there.

    `thing` and `scene` are (H, W, 3) uint8; `sides` are the shorter sides of each place in pixels,
    and `outlines` (4, 2) its corners: for a thing with depth those of the upright box around it.
    """

    thing: np.ndarray
    scene: np.ndarray
    sides: tuple[float, ...] = ()
    outlines: tuple[np.ndarray, ...] = ()
    flat: bool = True

    def score(self, outlines):
        """Compare outlines that were found, each of which may be one of ours.

        Returns for each place whether it was found, the mean error of its corners in pixels (NaN
        where it was not, or has depth), and the number of outlines that are false.
        """
        left = [np.asarray(one) if self.flat else boxed(one) for one in outlines]
        found, errors = [], []
        for truth in self.outlines:
            hulls = [cv2.convexHull(np.asarray(one, np.float32))[:, 0] for one in left]
            common = [area_in_common(hull, truth) for hull in hulls]
            found.append(max(common, default=0.0) >= 0.5)
            if not found[-1]:
                errors.append(np.nan)
                continue
            best = left.pop(int(np.argmax(common)))
            exact = self.flat and best.shape == truth.shape
            errors.append(np.linalg.norm(best - truth, axis=1).mean() if exact else np.nan)
        return found, errors, len(left)


def boxed(outline):
    """(4, 2) corners of the upright box around points."""
    (left, top), (right, bottom) = np.min(outline, axis=0), np.max(outline, axis=0)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def photograph_files(folder=SAMPLES):
    """Return the paths of the photographs in a folder."""
    return sorted(Path(folder).glob("*.jpg"))


def read(path, size=None):
    """Read a photograph, filling a size of (width, height)."""
    pixels = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    if size is None:
        return pixels
    factor = max(size[0] / pixels.shape[1], size[1] / pixels.shape[0])
    mode = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    larger = (
        max(size[0], round(factor * pixels.shape[1])),
        max(size[1], round(factor * pixels.shape[0])),
    )
    return cv2.resize(pixels, larger, interpolation=mode)[: size[1], : size[0]]


def street(rng, files, num):
    """A poster on what a large photograph shows, seen from the side."""
    thing, wall = rng.choice(len(files), 2, replace=False)
    return _placed(rng, read(files[thing]), read(files[wall], (1600, 1200)), num, turn=_TURN)


def collage(rng, files, num, *, tiles=3, sides=SIDES, **how):
    """A photograph among others, turned by any angle."""
    thing, *others = rng.permutation(len(files))
    names = [files[others[index % len(others)]] for index in range(tiles * tiles)]
    rows = [names[tiles * row : tiles * (row + 1)] for row in range(tiles)]
    scene = np.vstack([np.hstack([read(name, _TILE) for name in row]) for row in rows])
    return _placed(rng, read(files[thing]), scene, num, sides, **how)


def half_hidden(rng, files, num):
    """The same, each covered by half."""
    return collage(rng, files, num, hidden=0.5)


def twelve_megapixels(rng, files, num):
    """Small photographs in a scene of 4032 x 3024."""
    return collage(rng, files, num, tiles=9, sides=(40, 60))


def screenshot(rng, files, num):
    """An icon of 40 to 64 px on a screen of 1920 x 1080, shown as it is."""
    pixels, _, icons = screen(int(rng.integers(1 << 30)), ["Open", "Save", "Close", "Print"])
    chosen = rng.permutation(len(icons))
    side = int(rng.choice([40, ICON, 64]))
    x, y = icons[chosen[0]]
    icon = pixels[y : y + ICON, x : x + ICON]
    icon = cv2.resize(icon, (side, side), interpolation=cv2.INTER_AREA)
    pixels[y : y + ICON, x : x + ICON] = 245
    outlines = []
    for index in chosen[:num]:
        x, y = icons[index]
        pixels[y : y + side, x : x + side] = icon
        outlines.append(border((side, side)) + np.array([x, y]))
    return PlacedScene(icon, pixels, (side,) * num, tuple(outlines))


def text_page(rng):
    """A page of text below a letterhead, all of them laid out alike."""
    width, height = _PAGE
    page = np.full((height, width, 3), 247, np.uint8)
    page[:70] = cv2.resize(photograph("gallery_0.jpg")[200:400], (width, 70))
    write(page, "THE GALLERY", 170, 50, 1.2, (250, 250, 250), 3)
    write(page, " ".join(rng.choice(WORDS, 3))[:22], 40, 120, 1.0, thickness=2)
    for line in range(24):
        write(page, " ".join(rng.choice(WORDS, 12))[:52], 40, 160 + 24 * line, 0.5)
    return page


def pages(rng, files, num):
    """Six pages on a desk, of which up to two are copies of one."""
    desk = read(files[rng.integers(len(files))], (2400, 1600))
    others = [text_page(rng) for _ in range(6)]
    thing, num = text_page(rng), min(num, 2)
    scene, taken = desk.astype(np.float32), np.zeros(desk.shape[:2], np.uint8)
    outlines, sides = [], []
    for index, page in enumerate([thing] * num + others[num:]):
        side = float(rng.integers(300, 380))
        place = place_all(page, scene, [side], int(rng.integers(1 << 30)), turn=_TURN, taken=taken)
        scene = place[0].astype(np.float32)
        if index < num:
            outlines.append(place[1][0].outline(_PAGE))
            sides.append(side)
    return PlacedScene(thing, scene.astype(np.uint8), tuple(sides), tuple(outlines))


def depth(rng, files, num):
    """A box of which three sides are seen, from elsewhere than in its picture."""
    *faces, wall = rng.choice(len(files), 4, replace=False)
    faces = [read(files[each], (320, 320)) for each in faces]
    corners = _box_in(rng, 300.0, (0.6, 0.4))
    low, high = np.floor(corners.min((0, 1)) - 8), np.ceil(corners.max((0, 1)) + 8)
    thing = np.full((*(high - low).astype(int)[::-1], 3), 128.0, np.float32)
    _draw_box(thing, faces, corners - low, rng)
    scene = read(files[wall], (1600, 1200)).astype(np.float32)
    sides, outlines = [], []
    for index in range(min(num, 3)):
        side = float(rng.choice([100, 140, 200]))
        angles = np.array([0.6, 0.4]) + rng.uniform(-0.25, 0.25, 2)
        center = (280 + 500 * index, rng.uniform(300, 900))
        corners = _box_in(rng, side, angles) + center
        _draw_box(scene, faces, corners, rng)
        outlines.append(boxed(corners.reshape(-1, 2)))
        sides.append(float(np.ptp(outlines[-1], axis=0).min()))
    thing, scene = (
        np.clip(each + rng.normal(0, 2, each.shape), 0, 255).astype(np.uint8)
        for each in (thing, scene)
    )
    return PlacedScene(thing, scene, tuple(sides), tuple(outlines), flat=False)


KINDS = {
    "poster in a street": street,
    "photograph among others, any turn": collage,
    "the same, covered by half": half_hidden,
    "icons on a screen": screenshot,
    "page among pages": pages,
    "box with depth": depth,
    "40 and 60 px in 12 megapixels": twelve_megapixels,
}
"""What a scene shows -> what makes it, of a generator of random numbers, paths, and how often."""


def made(kind, seed, files, num=None):
    """Make a scene that shows its thing `num` times: 1 to 5 times, by the seed."""
    rng = np.random.default_rng(seed)
    return KINDS[kind](rng, files, 1 + seed % 5 if num is None else num)


def _placed(rng, thing, scene, num, sides=SIDES, **how):
    chosen = np.sort(rng.choice(sides, num))[::-1].astype(float)
    scene, placed = place_all(thing, scene, chosen, int(rng.integers(1 << 30)), **how)
    outlines = tuple(one.outline(thing.shape[1::-1]) for one in placed)
    return PlacedScene(thing, scene, tuple(one.side for one in placed), outlines)


def _box_in(rng, side, angles):
    """(3, 4, 2) corners of three faces of a box, from its middle, each from its top left."""
    yaw, pitch = angles
    front = np.array([(-1, -1, -1), (1, -1, -1), (1, 1, -1), (-1, 1, -1)], float)
    right = np.array([(1, -1, -1), (1, -1, 1), (1, 1, 1), (1, 1, -1)], float)
    top = np.array([(-1, -1, 1), (1, -1, 1), (1, -1, -1), (-1, -1, -1)], float)
    faces = np.stack([front, right, top]) * (1.0, 0.8, 0.7)
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    )
    turned = faces @ (about_x @ about_y).T
    return side * 3.0 * turned[..., :2] / (turned[..., 2:] + 6.0)


def _draw_box(picture, faces, corners, rng):
    for face, quad in zip(faces, corners, strict=True):
        own = border(face.shape[1::-1]).astype(np.float32)
        draw(picture, face, cv2.getPerspectiveTransform(own, quad.astype(np.float32)), rng)
