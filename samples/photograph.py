"""Photographs of a lit scene: rays to linear light, linear light to a JPEG file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scene import Camera, Rectangle, cast, pixel_to_surface

ROWS_AT_ONCE = 8  # keeps the rays of one step in the processor's cache


@dataclass(frozen=True)
class Exposure:
    """How light becomes a photograph.

    Parameters
    ----------
    gain : float
        Factor on all light.
    gamma : float
        The tone curve's exponent is 1 / gamma; larger lifts the shadows.
    cast : (float, float, float)
        Factors on red, green and blue.
    gradient : (float, float)
        Share of light gained from the middle to the right and to the lower edge; 0 for none.
    noise : float
        Standard deviation at mid gray, in 8-bit steps.
    quality : int
        JPEG quality.
    """

    gain: float = 1.0
    gamma: float = 1.9
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gradient: tuple[float, float] = (0.0, 0.0)
    noise: float = 2.0
    quality: int = 88


def bilinear(texture: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Read a texture (h, w, 3) at u, v in [0, 1], measured from its outer edges; (N, 3) float32."""
    height, width = texture.shape[:2]
    x = np.clip(u * width - 0.5, 0, width - 1)
    y = np.clip(v * height - 0.5, 0, height - 1)
    left, top = np.minimum(x.astype(int), width - 2), np.minimum(y.astype(int), height - 2)
    fx, fy = (x - left)[:, None].astype(np.float32), (y - top)[:, None].astype(np.float32)
    upper = texture[top, left] * (1 - fx) + texture[top, left + 1] * fx
    lower = texture[top + 1, left] * (1 - fx) + texture[top + 1, left + 1] * fx
    return upper * (1 - fy) + lower * fy


def read_levels(surface: Rectangle, u: np.ndarray, v: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Read a rectangle's texture (N, 3) where samples lie `step` texels apart (trilinear)."""
    level = np.clip(np.log2(np.maximum(step, 1)), 0, len(surface.levels) - 1)
    color = np.zeros((len(u), 3), np.float32)
    for number, texture in enumerate(surface.levels):
        weight = np.maximum(0, 1 - np.abs(level - number))
        near = weight > 0
        if near.any():
            read = bilinear(texture, u[near], v[near])
            color[near] += read * weight[near, None].astype(np.float32)
    return color


def texel_step(surface: Rectangle, camera: Camera, u, v, depth, spacing: float) -> np.ndarray:
    """Texels between samples `spacing` pixels apart, in the direction where they lie furthest."""
    G = pixel_to_surface(surface, camera)
    height, width = surface.levels[0].shape[:2]
    scale = depth * spacing
    steps = [
        np.hypot((G[0, k] - u * G[2, k]) * width, (G[1, k] - v * G[2, k]) * height) for k in (0, 1)
    ]
    return scale * np.maximum(*steps)


def render(
    surfaces: Sequence[Rectangle],
    irradiance: Sequence[np.ndarray],
    camera: Camera,
    samples: int = 3,
) -> np.ndarray:
    """Render a view in linear light, each pixel the mean of samples x samples rays.

    Parameters
    ----------
    surfaces : sequence of Rectangle
        The scene. A ray that leaves it is black.
    irradiance : sequence of (h, w, 3) float32 arrays
        Light that falls on each surface, as a coarse texture of its own.
    camera : Camera
        Who looks.
    samples : int
        Rays a pixel and axis.

    Returns
    -------
    (height, width, 3) float32 array
    """
    width, height = camera.size
    offsets = (np.arange(samples) + 0.5) / samples - 0.5
    columns = (np.arange(width)[:, None] + offsets).ravel()
    bands = []
    for top in range(0, height, ROWS_AT_ONCE):
        rows = (np.arange(top, min(top + ROWS_AT_ONCE, height))[:, None] + offsets).ravel()
        x, y = (grid.ravel() for grid in np.meshgrid(columns, rows))
        index, u, v, depth = cast(surfaces, camera, x, y)
        color = np.zeros((x.size, 3), np.float32)
        for number in np.unique(index[index >= 0]):
            at = index == number
            place = surfaces[number], u[at], v[at]
            step = texel_step(surfaces[number], camera, u[at], v[at], depth[at], 1 / samples)
            color[at] = read_levels(*place, step) * bilinear(irradiance[number], *place[1:])
        bands.append(color.reshape(-1, samples, width, samples, 3).mean(axis=(1, 3)))
    return np.concatenate(bands)


def develop(light: np.ndarray, exposure: Exposure, rng: np.random.Generator) -> bytes:
    """Turn linear light (h, w, 3) into a JPEG file: exposure, lens falloff, tone curve, noise."""
    height, width = light.shape[:2]
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    field = 1 + exposure.gradient[0] * x + exposure.gradient[1] * y - 0.12 * (x**2 + y**2)
    exposed = exposure.gain * light * np.multiply(field[..., None], exposure.cast)
    tone = (1 - np.exp(-exposed)) ** (1 / exposure.gamma)
    noisy = 255 * tone + rng.normal(0, exposure.noise, light.shape) * (0.6 + 0.8 * tone)
    pixels = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    options = [cv2.IMWRITE_JPEG_QUALITY, exposure.quality]
    return cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), options)[1].tobytes()
