"""What small networks learn on patches of an image: how strong the edges in it are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.explaining.pictures import gray_levels, gray_picture, signed_picture
from featmatch.images.image import Image

Floats: TypeAlias = npt.NDArray[np.float32]

MAX_SIZE = 320  # px of the image that patches are taken from
PATCH = 7  # px, side of what the networks see
NOISE = 0.3  # of the image's own contrast
_STRIP = 46  # px, width of the parts of the image that are learned from or held out, in turn


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be learned: how strong the edge in the middle of a noisy patch is.

    Attributes
    ----------
    clean, noisy : (H, W) float32
        The image, of zero mean and unit contrast; without and with noise.
    edges : (H, W) float32
        Length of the Sobel gradient of the clean image, of zero mean and unit deviation: one who
        always answers with the mean has a mean squared error of about 1.
    strip : int
        Width in pixels of the strips of the image that are learned from or held out, in turn.
    view : (int, int)
        Top-left corner x, y of a square of `strip` pixels a side that is held out: of all, the one
        with the most edges.
    """

    clean: Floats
    noisy: Floats
    edges: Floats
    strip: int
    view: tuple[int, int]

    def patches(
        self, number: int, held_out: bool, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw noisy patches (N, 7, 7, 1) and the strengths of their edges (N, 1, 1, 1)."""
        height, width = self.noisy.shape
        left = np.arange(width - PATCH + 1)
        strips = left // self.strip
        whole = strips == (left + PATCH - 1) // self.strip  # those that lie in one strip
        xs = rng.choice(left[whole & (strips % 2 == held_out)], number)
        ys = rng.integers(height - PATCH + 1, size=number)
        windows = np.lib.stride_tricks.sliding_window_view(self.noisy, (PATCH, PATCH))
        middles = self.edges[ys + PATCH // 2, xs + PATCH // 2]
        return windows[ys, xs][..., None], middles[:, None, None, None]

    def seen(self, values: Floats) -> Floats:
        """Cut the view out of a map of the whole image."""
        x, y = self.view
        return values[y : y + self.strip, x : x + self.strip]

    def answered(self, values: Floats) -> Floats:
        """Cut out the part of the view that has a whole patch around every pixel."""
        margin = PATCH // 2
        return self.seen(values)[margin:-margin, margin:-margin]

    def edge_picture(self, strengths: Floats) -> npt.NDArray[np.uint8]:
        """Show strengths: black is the weakest edge of the image, white the view's strongest."""
        low, high = self.edges.min(), self.answered(self.edges).max()
        return gray_levels(255 * (strengths - low) / max(high - low, 1e-3))


def learned_from(image: Image) -> npt.NDArray[np.uint8]:
    """Reduce an image to at most `MAX_SIZE` pixels a side, in gray."""
    return gray_picture(image, MAX_SIZE, 48)


def make_task(image: Image) -> Task:
    """Make the task from an image, as `learned_from` reduces it."""
    gray = learned_from(image).astype(np.float32)
    clean = (gray - gray.mean()) / (gray.std() + 5)
    along_x, along_y = (cv2.Sobel(clean, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    lengths = np.asarray(np.hypot(along_x, along_y), np.float32)
    edges = (lengths - lengths.mean()) / max(float(lengths.std()), 1e-3)
    noise = np.random.default_rng(0).standard_normal(clean.shape, np.float32)
    height, width = clean.shape
    strip = min(_STRIP, height, width // 2)
    squares = [
        (x, y)
        for x in range(strip, width - strip + 1, 2 * strip)
        for y in range(0, height - strip + 1, strip // 4)
    ]
    sums = [float(lengths[y : y + strip, x : x + strip].sum()) for x, y in squares]
    view = squares[int(np.argmax(sums))]
    return Task(clean, clean + np.float32(NOISE) * noise, edges, strip, view)


def view_pictures(task: Task) -> dict[str, npt.NDArray[np.uint8]]:
    """Show the view: ``clean``, ``noisy`` and its true ``edges``."""
    grays = {"clean": task.clean, "noisy": task.noisy}
    pictures = {name: signed_picture(task.answered(x), 3) for name, x in grays.items()}
    return {**pictures, "edges": task.edge_picture(task.answered(task.edges))}
