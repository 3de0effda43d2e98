"""A thing placed in a picture several times, with the exact map of each: made by ourselves."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

_FINER = 2  # samples along each side of a pixel: edges are as a camera sees them
_TRIES = 400  # places that are tried before a picture is said to be full


@dataclass(frozen=True, eq=False)
class Placed:
    """Where a thing was placed.

    `homography` maps the thing to the picture, `side` is its shorter side there in pixels, and
    `hidden` the share of it that something else covers.
    """

    homography: np.ndarray
    side: float
    hidden: float

    def outline(self, size):
        """(4, 2) corners in the picture: the outer edges of the thing's pixels."""
        return project(self.homography, border(size))


def border(size):
    """(4, 2) corners of an image, the outer edges of its pixels, clockwise from the top left."""
    width, height = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], float) - 0.5


def project(homography, points):
    mapped = np.column_stack([points, np.ones(len(points))]) @ np.asarray(homography).T
    return mapped[:, :2] / mapped[:, 2:]


def place_all(thing, picture, sides, seed=0, *, hidden=0.0, tilt=0.15, turn=np.pi, taken=None):
    """Place a thing in a picture, once for each of `sides`, its shorter side in pixels there.

    `hidden` is the share of each that a strip of other pixels of the picture covers, `tilt` how far
    corners leave those of a rectangle as a share of its sides, `turn` the largest angle, in
    radians. No two lie on each other, nor on what is nonzero in `taken`, where they are marked.
    Light differs a little, and there is noise.

    Returns the picture, (H, W, 3) uint8, and a list of `Placed`.
    """
    rng = np.random.default_rng(seed)
    size = thing.shape[1::-1]
    drawn = picture.astype(np.float32)
    taken = np.zeros(picture.shape[:2], np.uint8) if taken is None else taken
    placed = []
    for side in sides:
        homography = _free_place(size, side, taken, rng, tilt, turn)
        outline = project(homography, border(size))
        covered = _strip(size, hidden, rng)
        draw(drawn, thing, homography, rng, covered)
        cv2.fillConvexPoly(taken, np.rint(outline).astype(np.int32), 1)
        placed.append(Placed(homography, side, hidden))
    noisy = drawn + rng.normal(0, 2.0, drawn.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8), placed


def area_in_common(outline0, outline1):
    """Intersection over union of two convex outlines."""
    first, second = (np.asarray(each, np.float32) for each in (outline0, outline1))
    common, _ = cv2.intersectConvexConvex(first, second)
    whole = cv2.contourArea(first) + cv2.contourArea(second)
    return common / max(whole - common, 1e-9)


def _free_place(size, side, taken, rng, tilt, turn):
    """A map of the thing to where nothing lies yet, all of it in the picture."""
    height, width = taken.shape
    corners = border(size) - (np.array(size) - 1) / 2
    corners = corners * side / min(size)
    for _ in range(_TRIES):
        angle = rng.uniform(-turn, turn)
        cosine, sine = np.cos(angle), np.sin(angle)
        bent = corners * (1 + rng.uniform(-tilt, tilt, (4, 2)))
        turned = bent @ np.array([[cosine, sine], [-sine, cosine]])
        reach = np.abs(turned).max(axis=0) + 4
        if (2 * reach >= (width, height)).any():
            continue
        outline = turned + rng.uniform(reach, np.array([width, height]) - reach)
        mask = np.zeros_like(taken)
        cv2.fillConvexPoly(mask, np.rint(outline).astype(np.int32), 1)
        if not (mask & taken).any():
            source, goal = border(size).astype(np.float32), outline.astype(np.float32)
            return cv2.getPerspectiveTransform(source, goal)
    raise ValueError("the picture is full")


def _strip(size, hidden, rng):
    """(H, W) mask of what is covered: a strip from one of the four edges on."""
    width, height = size
    mask = np.zeros((height, width), np.float32)
    edge = rng.integers(4)
    rows, columns = round(hidden * height), round(hidden * width)
    if edge == 0:
        mask[:rows] = 1
    elif edge == 1:
        mask[height - rows :] = 1
    elif edge == 2:
        mask[:, :columns] = 1
    else:
        mask[:, width - columns :] = 1
    return mask


def draw(drawn, thing, homography, rng, covered=None):
    """Draw the thing into the picture, but for what is covered, in another light."""
    if covered is None:
        covered = np.zeros(thing.shape[:2], np.float32)
    height, width = drawn.shape[:2]
    outline = project(homography, border(thing.shape[1::-1]))
    left, top = np.floor(np.maximum(outline.min(axis=0) - 2, 0)).astype(int)
    right, bottom = np.ceil(np.minimum(outline.max(axis=0) + 3, (width, height))).astype(int)
    lengths = np.linalg.norm(outline - np.roll(outline, 1, axis=0), axis=1)
    factor = min(1.0, _FINER * lengths.max() / max(thing.shape[:2]))
    small = cv2.resize(thing, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    cover = cv2.resize(covered, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    to_thing = _resizing(thing.shape[1] / small.shape[1], thing.shape[0] / small.shape[0])
    to_finer = _resizing(_FINER, _FINER) @ np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
    mapping = to_finer @ homography @ to_thing
    size = int(_FINER * (right - left)), int(_FINER * (bottom - top))

    def laid(pixels, mode):
        finer = cv2.warpPerspective(
            pixels.astype(np.float32), mapping, size, flags=cv2.INTER_LINEAR, borderMode=mode
        )
        return cv2.resize(finer, (right - left, bottom - top), interpolation=cv2.INTER_AREA)

    colors = laid(small, cv2.BORDER_REPLICATE)
    shown = laid(1 - cover, cv2.BORDER_CONSTANT)[..., None]
    colors = colors * rng.uniform(0.8, 1.15) + rng.uniform(-12, 12)
    part = drawn[top:bottom, left:right]
    part += shown * (colors - part)


def _resizing(factor_x, factor_y):
    """How points move when an image is resized."""
    shift = (factor_x - 1) / 2, (factor_y - 1) / 2
    return np.array([[factor_x, 0, shift[0]], [0, factor_y, shift[1]], [0, 0, 1.0]])
