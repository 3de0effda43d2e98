"""What an image goes through in the comparison, with the map from the image to what becomes of it.

An alteration works on gray images of 8 bits and keeps to the middles of pixels: what it moves is
moved exactly as its homography says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import cos, radians, sin
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.images.image import Image

Gray = npt.NDArray[np.uint8]
Homography = npt.NDArray[np.float64]
Apply = Callable[[Image, float, np.random.Generator], tuple[Image, Homography]]


@dataclass(frozen=True)
class Alteration:
    """A way in which an image can change, by more and more.

    Parameters
    ----------
    name : str
    label : str
        What the value is, as at the axis of a chart.
    unit : str
        Of the value; empty for a plain number.
    values : tuple of float
        Those to measure at, ascending or descending.
    quick_values : tuple of float
        Fewer of them, for a quick look.
    neutral : float
        One of both: there the image is left as it is.
    apply : callable
        ``apply(image, value, rng)`` returns the altered image and the homography (3, 3) from the
        image to it, in pixels of their working sizes. All chance comes from `rng`.
    """

    name: str
    label: str
    unit: str
    values: tuple[float, ...]
    quick_values: tuple[float, ...]
    neutral: float
    apply: Apply


def rotate(image: Image, value: float, rng: np.random.Generator) -> tuple[Image, Homography]:
    """Rotate around the middle by degrees, from the x axis toward the y axis (clockwise).

    The altered image is as large as the image, so some of the scene is lost, and what it shows
    beyond the edges of the image continues them.
    """
    c, s = cos(radians(value)), sin(radians(value))
    return _warped(image, np.array([(c, -s), (s, c)]))


def zoom(image: Image, value: float, rng: np.random.Generator) -> tuple[Image, Homography]:
    """Show the scene larger or smaller, by a factor.

    An enlarged scene is cut to the middle part that fits into the image's size. A smaller one makes
    a smaller image, by area averaging; its homography takes account of whole pixels.
    """
    if value >= 1:
        return _warped(image, value * np.eye(2))
    height, width = image.pixels.shape[:2]
    new_size = max(1, round(value * width)), max(1, round(value * height))
    pixels = cv2.resize(image.pixels, new_size, interpolation=cv2.INTER_AREA)
    x, y = new_size[0] / width, new_size[1] / height
    homography = np.array([(x, 0, (x - 1) / 2), (0, y, (y - 1) / 2), (0, 0, 1)])
    return _image(image, pixels), homography


def blur(image: Image, value: float, rng: np.random.Generator) -> tuple[Image, Homography]:
    """Blur by a Gaussian of a sigma in pixels."""
    pixels = cv2.GaussianBlur(image.pixels, (0, 0), value) if value else image.pixels
    return _image(image, pixels), np.eye(3)


def add_noise(image: Image, value: float, rng: np.random.Generator) -> tuple[Image, Homography]:
    """Add Gaussian noise, independent in each pixel, of a sigma in gray levels (of 255)."""
    noise = rng.standard_normal(image.pixels.shape, np.float32)
    return _image(image, image.pixels + value * noise), np.eye(3)


def change_gamma(image: Image, value: float, rng: np.random.Generator) -> tuple[Image, Homography]:
    """Raise the brightness, from 0 to 1, to a power: above 1 darkens, below 1 brightens."""
    levels = 255 * (np.arange(256) / 255) ** value
    return _image(image, levels[image.pixels]), np.eye(3)


def compress(image: Image, value: float, rng: np.random.Generator) -> tuple[Image, Homography]:
    """Compress as JPEG with a quality from 0 to 100, and decode again."""
    _, file = cv2.imencode(".jpg", image.pixels, (cv2.IMWRITE_JPEG_QUALITY, round(value)))
    return _image(image, cv2.imdecode(file, cv2.IMREAD_GRAYSCALE)), np.eye(3)


def warp(
    pixels: npt.NDArray[Any], homography: Homography, size: tuple[int, int]
) -> npt.NDArray[Any]:
    """Map pixels into an image of `size` (width, height); what is beyond their edges continues."""
    flags, border = cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpPerspective(pixels, homography, size, flags=flags, borderMode=border))


def _warped(image: Image, linear: npt.NDArray[np.float64]) -> tuple[Image, Homography]:
    """Warp around the middle by a linear map (2, 2), into an image of the same size."""
    height, width = image.pixels.shape[:2]
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    homography = np.eye(3)
    homography[:2, :2] = linear
    homography[:2, 2] = middle - linear @ middle
    return _image(image, warp(image.pixels, homography, (width, height))), homography


def _image(image: Image, pixels: npt.NDArray[Any] | None) -> Image:
    rounded = np.rint(np.clip(np.asarray(pixels), 0, 255)).astype(np.uint8)
    rounded.setflags(write=False)
    return replace(image, pixels=rounded, size=(rounded.shape[1], rounded.shape[0]))


ALTERATIONS: Mapping[str, Alteration] = MappingProxyType(
    {
        alteration.name: alteration
        for alteration in (
            Alteration(
                name="rotation",
                label="rotation",
                unit="°",
                values=tuple(float(angle) for angle in range(0, 360, 15)),
                quick_values=(0.0, 45.0, 90.0, 180.0),
                neutral=0.0,
                apply=rotate,
            ),
            Alteration(
                name="scale",
                label="scale factor",
                unit="",
                values=(0.25, 0.35, 0.5, 0.71, 1.0, 1.41, 2.0, 2.83, 4.0),
                quick_values=(0.5, 1.0, 2.0),
                neutral=1.0,
                apply=zoom,
            ),
            Alteration(
                name="blur",
                label="blur, sigma",
                unit="px",
                values=(0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0),
                quick_values=(0.0, 2.0, 4.0),
                neutral=0.0,
                apply=blur,
            ),
            Alteration(
                name="noise",
                label="noise, sigma",
                unit="gray levels of 255",
                values=(0.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0),
                quick_values=(0.0, 20.0, 45.0),
                neutral=0.0,
                apply=add_noise,
            ),
            Alteration(
                name="brightness",
                label="gamma",
                unit="",
                values=(0.25, 0.4, 0.63, 1.0, 1.6, 2.5, 4.0),
                quick_values=(0.25, 1.0, 4.0),
                neutral=1.0,
                apply=change_gamma,
            ),
            Alteration(
                name="jpeg",
                label="JPEG quality",
                unit="",
                values=(100.0, 75.0, 50.0, 25.0, 10.0, 5.0, 2.0),
                quick_values=(100.0, 25.0, 5.0),
                neutral=100.0,
                apply=compress,
            ),
        )
    }
)
"""Name -> `Alteration`, in the order of the comparison."""
