"""Photographs and what surrounds them: frames, walls and floors, as textures in linear light."""

from __future__ import annotations

import cv2
import numpy as np
from skimage import data

# Every photograph used, by its name in skimage.data; SOURCES.md states author and license of each.
PHOTOS = (
    "astronaut",
    "brick",
    "camera",
    "chelsea",
    "coffee",
    "grass",
    "gravel",
    "hubble_deep_field",
    "retina",
    "rocket",
)
TEXELS = 420  # per meter, on walls and floors
DISPLAY_GAMMA = 2.2
# The brick photograph, turned upright, is still seen at an angle: corners of nine whole courses.
BRICK_QUAD = np.array([[0, 49.5], [511, 100], [511, 365.7], [0, 427.5]], np.float32)
BRICK_SIZE = 1.14, 0.675  # meters, those nine courses of common bricks


def photo(name: str) -> np.ndarray:
    """Read a photograph as (h, w, 3) float32 RGB in linear light."""
    if name not in PHOTOS:
        raise ValueError(f"name: expected one of {', '.join(PHOTOS)}, got {name!r}")
    pixels = getattr(data, name)()
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return (pixels / np.float32(255)) ** np.float32(DISPLAY_GAMMA)


def resized(texture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resize with the filter that suits the direction, without overshoot below zero."""
    shrinks = width < texture.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.maximum(cv2.resize(texture, (width, height), interpolation=method), 0)


def tiled(tile: np.ndarray, width: int, height: int) -> np.ndarray:
    """Fill an area with mirrored copies of a tile: no seams, and no patch repeated upright."""
    down, across = height // tile.shape[0] + 1, width // tile.shape[1] + 1
    padding = [(0, down * tile.shape[0]), (0, across * tile.shape[1]), (0, 0)]
    return np.pad(tile, padding, mode="symmetric")[:height, :width]


def texels(width: float, height: float) -> tuple[int, int]:
    """Texture width and height for a surface given in meters."""
    return round(width * TEXELS), round(height * TEXELS)


def clouds(rng: np.random.Generator, width: int, height: int, cell: float) -> np.ndarray:
    """Smooth noise (height, width, 1) of unit variance whose blotches are about `cell` texels."""
    coarse = rng.normal(size=(round(height / cell) + 2, round(width / cell) + 2))
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]


def plaster(rng, width: float, height: float, color) -> np.ndarray:
    """Painted plaster: faint roller marks and blotches."""
    size = texels(width, height)
    marks = 0.020 * clouds(rng, *size, 5) + 0.018 * clouds(rng, *size, 28)
    return np.asarray(color) * (1 + marks + 0.03 * clouds(rng, *size, 300))


def brick_wall(rng, width: float, height: float, color, contrast: float = 1.0) -> np.ndarray:
    """Brickwork from the photograph, made frontal, tinted, with a shade of its own a patch."""
    tile_size = texels(*BRICK_SIZE)
    upright = cv2.rotate(photo("brick"), cv2.ROTATE_90_CLOCKWISE)
    right, bottom = tile_size[0] - 1, tile_size[1] - 1
    corners = np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]], np.float32)
    frontal = cv2.getPerspectiveTransform(BRICK_QUAD, corners)
    tile = cv2.warpPerspective(
        upright, frontal, tile_size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    size = texels(width, height)
    bricks = (tiled(tile, *size) / tile.mean()) ** contrast
    stains = 0.05 * clouds(rng, *size, 30) + 0.05 * clouds(rng, *size, 200)
    grain = 0.04 * clouds(rng, *size, 3)
    return np.asarray(color) * bricks * np.exp(contrast * (stains + grain))


def stone(rng, name: str, width: float, height: float, color, scale: float, contrast: float):
    """Terrazzo or carpet from a photograph of a ground, `scale` meters to the photograph."""
    side = round(scale * TEXELS)
    tile = resized(photo(name), side, side)
    size = texels(width, height)
    grains = (tiled(tile, *size) / tile.mean()) ** contrast
    return np.asarray(color) * grains * np.exp(0.08 * clouds(rng, *size, 120))


def planks(rng, width: float, height: float, color, plank: float = 0.14) -> np.ndarray:
    """Floorboards that run down the texture: each with its own shade, grain and length."""
    size = texels(width, height)
    board = np.zeros((size[1], size[0], 1))
    step = round(plank * TEXELS)
    streaks = clouds(rng, size[0] * 4, size[1], 9).reshape(size[1], size[0], 4).mean(2)[..., None]
    fine = cv2.resize(rng.normal(size=(size[1] // 60 + 2, size[0])), size)[..., None]
    for left in range(0, size[0], step):
        top = -int(rng.uniform(0, 1.5) * TEXELS)
        while top < size[1]:
            bottom = top + int(rng.uniform(1.0, 2.2) * TEXELS)
            board[max(top, 0) : bottom, left : left + step] = rng.normal(0, 0.16)
            board[max(bottom - 2, 0) : bottom, left : left + step] = -1.0
            top = bottom
        board[:, left : left + 2] = -1.0
    return np.asarray(color) * np.exp(board + 0.10 * fine + 0.05 * streaks)


def framed(name: str, width: float, mat: float, frame: float, color, density: int = 600):
    """Put a photograph in a white mat and a frame, all lengths in meters.

    Parameters
    ----------
    name : str
        One of PHOTOS.
    width, mat, frame : float
        Width of the picture itself, of the mat and of the frame around it (0: none).
    color : (float, float, float)
        Reflectance of the frame.
    density : int
        Texels a meter.

    Returns
    -------
    texture : (h, w, 3) float32 array
    size : (float, float)
        Width and height of the whole, in meters.
    """
    picture = photo(name)
    across = round(width * density)
    picture = resized(picture, across, round(across * picture.shape[0] / picture.shape[1]))
    picture = 0.02 + 0.86 * picture
    if mat:
        picture = bordered(picture, 3, (0.45, 0.44, 0.42))
        picture = bordered(picture, round(mat * density), (0.80, 0.79, 0.76))
    if frame:
        edge = max(1, round(frame * density / 6))
        picture = bordered(picture, edge, 0.5 * np.asarray(color))
        picture = bordered(picture, round(frame * density) - 2 * edge, color)
        picture = bordered(picture, edge, 1.2 * np.asarray(color))
    height, width = picture.shape[:2]
    return picture, (width / density, height / density)


def bordered(texture: np.ndarray, border: int, color) -> np.ndarray:
    """Surround a texture with a band of one color."""
    height, width = texture.shape[:2]
    around = np.empty((height + 2 * border, width + 2 * border, 3), np.float32)
    around[:] = color
    around[border : border + height, border : border + width] = texture
    return around


def plain(color) -> np.ndarray:
    """Make a texture of one color."""
    return np.broadcast_to(np.float32(color), (4, 4, 3))
