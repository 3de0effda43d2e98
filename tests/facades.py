"""Facades whose windows repeat, seen twice: made by ourselves, so the map between them is known."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SIZE = (900, 600)
KINDS = ("color", "brightness", "details", "nothing")
_MARGIN = 1200  # px of facade on each side of what image 0 shows: no view sees its end
_LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, eq=False)
class FacadePair:
    """Two views of a facade, (600, 900, 3) RGB, and the map of the first to the second."""

    image0: np.ndarray
    image1: np.ndarray
    homography: np.ndarray


def facade_pair(kind, seed, *, period=None, periods=None, steady=False):
    """Two views of a facade, some windows apart.

    `kind` is what the windows differ in: their color at the same gray, their brightness, a detail
    in a few of them, or nothing. `period` is that of the windows in px, `periods` how many of them
    lie between the views, and `steady` leaves out turns, perspective, and all that light does.
    """
    rng = np.random.default_rng([KINDS.index(kind), seed])
    period = period or int(rng.choice([40, 60, 85, 120, 170, 230, 300]))
    period_y = round(period * rng.uniform(1.0, 1.4))
    canvas = _canvas(kind, period, period_y, rng)
    most = max(1, int(0.45 * SIZE[0] / period))
    if periods is None:
        periods = int(rng.integers(1, most + 1)) * int(rng.choice([-1, 1]))
    shift = np.array([periods * period, rng.integers(-1, 2) * (period_y < 150) * period_y])
    shift = shift + rng.uniform(-0.25, 0.25, 2) * period
    if steady:
        shift = np.array([periods * period, 0.0])
    maps = [_camera(np.zeros(2), rng, steady), _camera(shift, rng, steady)]
    images = [_developed(_seen(canvas, each), rng, steady) for each in maps]
    true = maps[1] @ np.linalg.inv(maps[0])
    return FacadePair(images[0], images[1], true / true[2, 2])


def facade_error(homography, true):
    """Mean distance in px in image 1, over the points of image 0 that it shows."""
    width, height = SIZE
    x, y = np.meshgrid(np.linspace(0, width - 1, 15), np.linspace(0, height - 1, 15))
    points = np.column_stack([x.ravel(), y.ravel(), np.ones(x.size)])
    goal, place = ((points @ np.asarray(each).T) for each in (true, homography))
    goal, place = goal[:, :2] / goal[:, 2:], place[:, :2] / place[:, 2:]
    seen = ((goal >= 0) & (goal <= np.subtract(SIZE, 1))).all(axis=1)
    return float(np.linalg.norm(goal - place, axis=1)[seen].mean())


def _canvas(kind, period, period_y, rng):
    width, height = SIZE[0] + 2 * _MARGIN, SIZE[1] + 2 * _MARGIN
    columns, rows = width // period + 1, height // period_y + 1
    wall = rng.uniform(110, 190, 3)
    tile, glass = _window(period, period_y, wall)
    grays = np.full((rows, columns), 85.0)
    if kind == "brightness":
        grays = rng.uniform(40, 130, (rows, columns))
    paints = np.repeat(grays[..., None], 3, axis=2)
    if kind == "color":
        hues = rng.uniform(-45, 45, (rows, columns, 3))
        paints = paints + hues - (hues @ _LUMA)[..., None]  # of the same gray
    canvas = np.tile(tile, (rows, columns, 1))
    panes = np.kron(paints.transpose(2, 0, 1), np.ones((period_y, period))).transpose(1, 2, 0)
    share = np.tile(glass, (rows, columns))[..., None]
    canvas = canvas * (1 - share) + panes * share
    if kind == "details":
        for row, column in np.argwhere(rng.random((rows, columns)) < 0.12):
            _detail(canvas, column * period, row * period_y, (period, period_y), rng)
    return canvas[:height, :width].astype(np.float32)


def _window(period, period_y, wall):
    """One period of the wall, and how much of each of its pixels is glass."""
    fine = 4
    high, wide = fine * period_y, fine * period
    tile, glass = np.empty((high, wide, 3)), np.zeros((high, wide))
    tile[:] = wall
    top, bottom, left, right = (
        round(each) for each in (0.2 * high, 0.8 * high, 0.22 * wide, 0.78 * wide)
    )
    frame = max(fine, round(0.05 * wide))
    tile[top:bottom, left:right] = 225
    tile[bottom : bottom + frame, left - frame : right + frame] = wall * 0.6
    middle, crossbar = (left + right) // 2, top + (bottom - top) * 2 // 5
    for x0, x1 in ((left + frame, middle - frame // 2), (middle + frame // 2, right - frame)):
        for y0, y1 in (
            (top + frame, crossbar - frame // 2),
            (crossbar + frame // 2, bottom - frame),
        ):
            glass[y0:y1, x0:x1] = 1
    size = (period, period_y)
    return (cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (tile, glass))


def _detail(canvas, left, top, size, rng):
    """A lamp, a plant, a sign beside or in a window."""
    x = left + rng.uniform(0.2, 0.8) * size[0]
    y = top + rng.uniform(0.2, 0.8) * size[1]
    radius = max(3, round(0.11 * size[0]))
    color = rng.uniform(0, 255, 3).tolist()
    center = round(x), round(y)
    if rng.random() < 0.5:
        cv2.circle(canvas, center, radius, color, -1, cv2.LINE_AA)
    else:
        cv2.rectangle(canvas, center, (center[0] + 2 * radius, center[1] + radius), color, -1)


def _camera(shift, rng, steady):
    """Map of the canvas to a view."""
    width, height = SIZE
    to_view = np.array([[1, 0, -_MARGIN - shift[0]], [0, 1, -_MARGIN - shift[1]], [0, 0, 1.0]])
    if steady:
        return to_view
    angle, scale = np.radians(rng.uniform(-4, 4)), rng.uniform(0.95, 1.1)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    center = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    motion = np.eye(3)
    motion[:2, :2] = turn
    motion[2, :2] = rng.uniform(-1, 1, 2) * 6e-5
    return np.linalg.inv(center) @ motion @ center @ to_view


def _seen(canvas, camera):
    return cv2.warpPerspective(canvas, camera, SIZE, flags=cv2.INTER_CUBIC)


def _developed(pixels, rng, steady):
    """Exposure and white balance, noise, JPEG."""
    if not steady:
        pixels = 255 * (pixels.clip(0, 255) / 255) ** rng.uniform(0.85, 1.2)
        pixels = pixels * rng.uniform(0.75, 1.15) * rng.uniform(0.93, 1.07, 3) + rng.uniform(-8, 8)
    pixels = pixels + rng.normal(0, rng.uniform(1, 4), pixels.shape)
    quality = int(rng.integers(75, 96))
    encoded = cv2.imencode(
        ".jpg",
        np.ascontiguousarray(pixels[..., ::-1]).clip(0, 255).astype(np.uint8),
        [cv2.IMWRITE_JPEG_QUALITY, quality],
    )[1]
    return np.ascontiguousarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1])
