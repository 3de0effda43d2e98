"""Pairs of images of which it is known exactly where each pixel of the one lies in the other.

Both are pictures of one continuous scene, each pixel the mean of nine samples, so that neither is
made from the other and no warp has blurred one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from shared_things import form

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SIZE = (640, 480)
SAMPLES_A_SIDE = 3
NOISE = 4.0  # gray levels, standard deviation


@dataclass(frozen=True)
class LaidPair:
    """Two images, and where the scene's points lie in each.

    `to_moving` takes (N, 2) points of the fixed image to the moving one.
    """

    moving: np.ndarray
    fixed: np.ndarray
    to_moving: Callable[[np.ndarray], np.ndarray]

    def noisy(self, seed=0, noise=NOISE):
        rng = np.random.default_rng(seed)
        moving, fixed = (
            as_bytes(image + rng.normal(0, noise, image.shape))
            for image in (self.moving, self.fixed)
        )
        return LaidPair(moving, fixed, self.to_moving)

    def overlap(self, step=8):
        """(N, 2) points of the fixed image that the moving one shows."""
        height, width = self.fixed.shape[:2]
        x, y = np.meshgrid(np.arange(0, width, step), np.arange(0, height, step))
        points = np.column_stack([x.ravel(), y.ravel()]).astype(float)
        there = self.to_moving(points)
        last = np.array(self.moving.shape[1::-1]) - 1
        return points[((there >= 0) & (there <= last)).all(axis=1)]

    def error(self, to_fixed):
        """Mean distance in the fixed image over the overlap; `to_fixed` takes moving points."""
        points = self.overlap()
        return float(np.linalg.norm(to_fixed(self.to_moving(points)) - points, axis=1).mean())


def project(matrix, points):
    mapped = np.column_stack([points, np.ones(len(points))]) @ np.asarray(matrix).T
    return mapped[:, :2] / mapped[:, 2:]


def seen(scene, to_scene, size):
    """Take a picture: `to_scene` takes its (N, 2) pixels to those of the scene."""
    width, height = size
    steps = (np.arange(SAMPLES_A_SIDE) + 0.5) / SAMPLES_A_SIDE - 0.5
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    centers = np.column_stack([x.ravel(), y.ravel()]).astype(float)
    light = np.zeros((height, width, *scene.shape[2:]))
    for offset in np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2):
        places = to_scene(centers + offset).astype(np.float32).reshape(height, width, 2)
        x, y = np.moveaxis(places, 2, 0).copy()
        light = light + cv2.remap(scene, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return light / len(steps) ** 2


def as_bytes(light):
    return np.clip(np.rint(light), 0, 255).astype(np.uint8)


def photograph(name="gallery_0.jpg"):
    pixels = cv2.cvtColor(cv2.imread(str(SAMPLES / name)), cv2.COLOR_BGR2RGB)
    return pixels.astype(np.float32)


def similarity(degrees, scale, center, to):
    """The matrix that turns and scales around `center`, which it takes to `to`."""
    angle = np.radians(degrees)
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = turn, np.asarray(to) - turn @ np.asarray(center)
    return matrix


def by_matrices(scene0, scene1, to_scene0, to_scene1, size0, size1):
    """A pair of a flat scene, which shows `scene0` to the one and `scene1` to the other."""
    to_moving = np.linalg.inv(to_scene0) @ to_scene1
    images = (
        seen(scene, lambda points, to=to: project(to, points), size)
        for scene, to, size in ((scene0, to_scene0, size0), (scene1, to_scene1, size1))
    )
    return *images, lambda points: project(to_moving, points)


def two_exposures(degrees=0.7, gain=1.25, gamma=1.5):
    """One scene by a camera that was held in the hand, darker and brighter."""
    scene = photograph()
    to_scene1 = similarity(0, 1.25, (319.5, 239.5), (449.5, 337))
    to_scene0 = to_scene1 @ similarity(degrees, 1.004, (319.5, 239.5), (325.9, 236.2))
    to_scene0[2, :2] = 4e-6, -6e-6
    dark, bright, to_moving = by_matrices(scene, scene, to_scene0, to_scene1, SIZE, SIZE)
    bright = 255 * np.clip(gain * bright / 255, 0, 1) ** (1 / gamma)
    return LaidPair(as_bytes(dark), as_bytes(bright), to_moving)


def scanned_form(degrees=3.0, dpi=(80, 105)):
    """A form, scanned twice, filled in otherwise; its page is 7 inches wide."""
    pages = [cv2.resize(form(seed), (1400, 1800), interpolation=cv2.INTER_CUBIC) for seed in (1, 2)]
    sizes = [(round(7.4 * each), round(9.4 * each)) for each in dpi]
    to_scene = []
    for each, turn, size in zip(dpi, (degrees, 0.0), sizes, strict=True):
        center = (np.array(size) - 1) / 2
        to_scene.append(similarity(-turn, 200 / each, center, (703.0, 895.0)))
    framed = [
        cv2.copyMakeBorder(page, 200, 200, 200, 200, cv2.BORDER_CONSTANT, value=(70, 75, 80))
        for page in pages
    ]
    in_frame = np.array([[1, 0, 200], [0, 1, 200], [0, 0, 1.0]])
    scenes = [page.astype(np.float32) for page in framed]
    to_scene = [in_frame @ matrix for matrix in to_scene]
    moving, fixed, to_moving = by_matrices(*scenes, *to_scene, *sizes)
    return LaidPair(as_bytes(moving), as_bytes(fixed), to_moving)


def photographed_page(shade=0.5):
    """A scan of a page, and a photograph of it from the side, half of it in a soft shadow."""
    page = cv2.resize(form(3), (1400, 1800), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    page = cv2.copyMakeBorder(page, 300, 300, 300, 300, cv2.BORDER_CONSTANT, value=(90, 70, 60))
    width, height = 540, 645
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * (width - 1, height - 1)
    quad = np.array([(215, 190), (1830, 330), (1690, 2290), (330, 2180)], np.float32)
    to_scene0 = cv2.getPerspectiveTransform(corners.astype(np.float32), quad)
    to_scene1 = np.array([[2.7, 0, 300.85], [0, 2.7, 300.85], [0, 0, 1]])
    moving, fixed, to_moving = by_matrices(
        page, page, to_scene0, to_scene1, (width, height), (518, 666)
    )
    x = np.linspace(-1, 1, width)[None, :, None] + np.linspace(-0.4, 0.4, height)[:, None, None]
    moving = moving * (1 - shade / (1 + np.exp(6 * x)))
    return LaidPair(as_bytes(moving), as_bytes(fixed), to_moving)


def cells(size, seed=0, spacing=26):
    """A stained slide: round cells with dark nuclei on a pale ground."""
    rng = np.random.default_rng(seed)
    width, height = size
    slide = np.full((height, width, 3), (226, 205, 220), np.float32)
    for _ in range(width * height // spacing**2):
        x, y = rng.uniform(0, (width, height))
        axes = rng.uniform(5, 14, 2)
        angle, tint = rng.uniform(0, 180), rng.uniform(-25, 25, 3)
        for share, color in ((1.0, (200, 150, 190)), (0.45, (110, 70, 140))):
            ellipse = ((x, y), tuple(2 * share * axes), angle)
            cv2.ellipse(slide, ellipse, (np.array(color) + tint).tolist(), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(slide, (0, 0), 1.2)


def microscope_tiles(overlap=0.1, vignetting=0.35, seed=0):
    """Two neighboring tiles of a slide, each darker toward its own corners."""
    scene = cells((1700, 800), seed)
    step = SIZE[0] * (1 - overlap)
    to_scene1 = similarity(0, 1.25, (0, 0), (40, 60))
    to_scene0 = to_scene1 @ similarity(0, 1, (0, 0), (step + 0.37, 5.61))
    moving, fixed, to_moving = by_matrices(scene, scene, to_scene0, to_scene1, SIZE, SIZE)
    x, y = np.meshgrid(np.linspace(-1, 1, SIZE[0]), np.linspace(-1, 1, SIZE[1]))
    falloff = (1 - vignetting * (x**2 + y**2) / 2)[..., None]
    return LaidPair(as_bytes(moving * falloff), as_bytes(fixed * falloff), to_moving)


def video_frames(motion=(0.83, -0.46)):
    """Two frames of a video, between which the camera has moved by about a pixel."""
    scene = photograph("room_0.jpg")
    to_scene1 = similarity(0, 1.25, (319.5, 239.5), (449.5, 337))
    to_scene0 = to_scene1 @ similarity(0.02, 1.0, (319.5, 239.5), np.add((319.5, 239.5), motion))
    moving, fixed, to_moving = by_matrices(scene, scene, to_scene0, to_scene1, SIZE, SIZE)
    return LaidPair(as_bytes(moving), as_bytes(fixed), to_moving)


def curved_page(bend=11.0):
    """A page flat on a scanner, and photographed as it bulges: no homography fits."""
    page = cv2.resize(form(5), (1400, 1800), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    page = cv2.copyMakeBorder(page, 300, 300, 300, 300, cv2.BORDER_CONSTANT, value=(90, 70, 60))
    size = (518, 666)
    tilt = np.array([[1.02, 0.03, -12.0], [-0.02, 0.99, 9.0], [1.5e-5, -2e-5, 1.0]])

    def to_fixed(points):
        x, y = points.T / np.array(size)[:, None] * np.pi
        moved = points + bend * np.column_stack([0.5 * np.sin(2 * x) * np.sin(y), np.sin(x)])
        return project(tilt, moved)

    def to_moving(points):
        found = points
        for _ in range(60):
            found = found - 0.9 * (to_fixed(found) - points)
        assert np.abs(to_fixed(found) - points).max() < 1e-6
        return found

    fixed = seen(page, lambda points: 2.7 * points + 300.85, size)
    moving = seen(page, lambda points: 2.7 * to_fixed(points) + 300.85, size)
    return LaidPair(as_bytes(moving), as_bytes(fixed), to_moving)


KINDS = {
    "two exposures": two_exposures,
    "form, 3 degrees": scanned_form,
    "form, 180 degrees": lambda: scanned_form(180.0, (105, 75)),
    "photographed page": photographed_page,
    "microscope tiles": microscope_tiles,
    "video frames": video_frames,
    "curved page": curved_page,
}
"""What a pair shows -> what makes it."""

FLAT = tuple(name for name in KINDS if name != "curved page")
