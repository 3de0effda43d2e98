"""Pairs that share one thing, and nothing else, with the outline of it in both images."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
SIZE = (800, 600)
WORDS = (SAMPLES / "SOURCES.md").read_text(encoding="utf-8").split()
INK = (20, 20, 20)


def photograph(name, size=SIZE):
    pixels = cv2.cvtColor(cv2.imread(str(SAMPLES / name)), cv2.COLOR_BGR2RGB)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def write(page, words, x, y, scale=0.6, color=INK, thickness=1):
    cv2.putText(page, words, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, color, thickness, cv2.LINE_AA)


def photographed(pixels, seed, tilt=0.04):
    """Another camera: a slight perspective, blur, noise and exposure."""
    rng = np.random.default_rng(seed)
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = (corners + rng.uniform(-tilt, tilt, (4, 2)) * (width, height)).astype(np.float32)
    warp = cv2.getPerspectiveTransform(corners, moved)
    seen = cv2.warpPerspective(pixels, warp, (width, height), borderMode=cv2.BORDER_REFLECT)
    seen = cv2.GaussianBlur(seen, (0, 0), 0.6) * rng.uniform(0.85, 1.1)
    return np.clip(seen + rng.normal(0, 2, seen.shape), 0, 255).astype(np.uint8)


def hung(wall, poster, corners):
    """A wall with a poster whose corners lie there, clockwise from the top left."""
    height, width = poster.shape[:2]
    own = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(own, np.array(corners, np.float32))
    shown = cv2.warpPerspective(poster, warp, SIZE, flags=cv2.INTER_AREA)
    covered = cv2.warpPerspective(np.full((height, width), 255, np.uint8), warp, SIZE)
    share = covered[..., None] / 255.0
    return (wall * (1 - share) + shown * share).astype(np.uint8)


def form(seed):
    """A form that somebody has filled in."""
    rng = np.random.default_rng(seed)
    page = np.full((900, 700, 3), 248, np.uint8)
    write(page, "APPLICATION FOR A PERMIT", 110, 60, 1.1, thickness=2)
    labels = ["Family name", "Given names", "Date of birth", "Place of birth", "Nationality"]
    labels += ["Street and number", "Postal code", "City", "Telephone", "Employer", "Remarks"]
    for row, label in enumerate(labels):
        y = 130 + 66 * row
        write(page, f"{label}:", 40, y)
        cv2.rectangle(page, (240, y - 30), (660, y + 14), (90, 90, 90), 1)
        answer = " ".join(rng.choice(WORDS, 3))[:26]
        write(page, answer, 250, y, 0.8, (20, 40, 150), 2)
    return page


def calendar(seed):
    """A month that begins on another day."""
    page = np.full((650, 800, 3), 250, np.uint8)
    write(page, ("March", "August")[seed % 2], 260, 60, 1.5, thickness=3)
    for column, name in enumerate(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]):
        write(page, name, 40 + 105 * column, 120, 0.8, thickness=2)
    for day in range(30):
        row, column = divmod(day + (1, 4)[seed % 2], 7)
        write(page, str(day + 1), 50 + 105 * column, 190 + 85 * row, 1.0, thickness=2)
    for line in range(8):
        cv2.line(page, (30 + 105 * line, 140), (30 + 105 * line, 640), (150, 150, 150), 1)
    for line in range(7):
        cv2.line(page, (30, 140 + 85 * line), (765, 140 + 85 * line), (150, 150, 150), 1)
    return page


def watermarked(pixels):
    """A photograph with a mark all over it, as agencies put there."""
    mark = np.zeros(pixels.shape[:2], np.uint8)
    for row, y in enumerate(range(40, pixels.shape[0], 70)):
        for x in range(-60 + 90 * (row % 2), pixels.shape[1], 180):
            write(mark, "stockpix", x, y, 1.0, 255, 3)
    share = 0.6 * mark[..., None] / 255.0
    return (pixels * (1 - share) + 255 * share).astype(np.uint8)


def framed(pixels, material):
    """A photograph in a frame of a patterned material."""
    outer = material.copy()
    width, height = SIZE
    inner = cv2.resize(pixels, (width - 200, height - 200), interpolation=cv2.INTER_AREA)
    outer[100:-100, 100:-100] = inner
    return outer


def captioned(pixels, words="BREAKING NEWS: THE HARBOR IS OPEN AGAIN", height=90):
    """A photograph with a bar of text at its foot."""
    shown = pixels.copy()
    shown[-height:] = (110, 20, 30)
    write(shown, words, 20, pixels.shape[0] - 52, 0.95, (255, 255, 255), 2)
    write(shown, " ".join(WORDS[:9])[:60], 20, pixels.shape[0] - 16, 0.65, (230, 230, 230))
    return shown


POSTERS = {
    "a poster, large": ([(80, 60), (420, 80), (400, 320), (90, 330)], [(300, 200), (680, 180)]),
    "a poster, small": ([(500, 300), (700, 310), (690, 460), (505, 450)], [(60, 80), (290, 60)]),
}
"""What it is -> its corners in image 0, and the upper two of them in image 1."""


def poster_pair(name):
    """Two photographs with one poster, and its corners in both."""
    corners0, (left, right) = POSTERS[name]
    (x0, y0), (x1, y1) = left, right
    across = np.array([x1 - x0, y1 - y0])
    down = 0.72 * np.array([-across[1], across[0]])
    corners1 = np.array([left, right, right + down, left + down])
    poster = photograph("poster_0.jpg", (500, 375))
    image0 = hung(photograph("unrelated_0.jpg"), poster, corners0)
    image1 = hung(photograph("unrelated_1.jpg"), poster, corners1)
    return (image0, image1), (np.array(corners0, float), corners1)
