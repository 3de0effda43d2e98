"""The moving image on the pixels of a canvas: by Lanczos, after area averaging where it shrinks."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.alignment.canvas import Canvas
from featmatch.alignment.warp import Warp
from featmatch.errors import ArgumentError
from featmatch.geometry.lucas_kanade import LONGEST_SIDE
from featmatch.geometry.residuals import Matrix
from featmatch.images.original import OPAQUE, Original
from featmatch.types import Array

_SHRINKS = 1 / 1.5  # length of a pixel in the canvas, below which its neighbors are averaged
_BAND = 1 << 22  # px resampled at once by a field: its places take 16 bytes each
_REACH = 4  # px to each side that Lanczos' kernel reaches
_LONGEST = LONGEST_SIDE - 2 * _REACH
_BARELY = 1e-3  # opacity that is divided by in place of 0
_SIDE = 16  # points along each side of the canvas, where the scale is looked at


def resample(moving: Original, size: tuple[int, int], warp: Warp, canvas: Canvas) -> Original:
    """Resample an image onto a canvas.

    Parameters
    ----------
    moving : Original
    size : (width, height)
        Of the image that `warp` belongs to, which `moving` may be a smaller version of.
    warp : Warp
    canvas : Canvas

    Returns
    -------
    Original
        Of the same depth; transparent where the image shows nothing.

    Raises
    ------
    ArgumentError
        The image or the canvas is longer than 32,758 px.
    """
    longest = max(*moving.size, *canvas.size)
    if longest > _LONGEST:
        raise ArgumentError(
            f"image: expected at most {_LONGEST:,} px a side to be resampled, got {longest:,}"
        )
    scale = _scale(warp, canvas, size) * size[0] / moving.size[0]
    smaller = _shrunk(moving, scale) if scale < _SHRINKS else moving
    factor = np.divide(smaller.size, size)
    colors, known = smaller.colors, smaller.opacity
    if known is None:
        warped, opacity = _warped(colors, None, factor, warp, canvas)
        return Original(warped, opacity)
    share = known.astype(np.float32) / OPAQUE
    weights = share if colors.ndim == 2 else share[..., None]
    summed, covered = _warped(colors.astype(np.float32) * weights, None, factor, warp, canvas)
    shares, _ = _warped(share, 0.0, factor, warp, canvas)
    shares = np.clip(shares, 0, 1)
    weights = shares if colors.ndim == 2 else shares[..., None]
    divided = summed / np.maximum(weights, _BARELY)
    return Original(_as(colors.dtype, divided), np.minimum(covered, _as(np.uint8, OPAQUE * shares)))


def _warped(
    colors: npt.NDArray[Any], beyond: float | None, factor: Array, warp: Warp, canvas: Canvas
) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
    """Resample colors, which go on beyond the border unless another value does, and where."""
    opaque = np.full(colors.shape[:2], OPAQUE, np.uint8)
    to_pixels = np.diag([*factor, 1.0])
    to_pixels[:2, 2] = factor / 2 - 0.5
    to_fixed = np.array([[1.0, 0, canvas.left], [0, 1.0, canvas.top], [0, 0, 1.0]])
    mapping = to_pixels @ np.linalg.inv(warp.matrix) @ to_fixed
    if warp.field is not None or not _is_before_horizon(mapping, canvas.size):
        border = cv2.BORDER_REPLICATE if beyond is None else cv2.BORDER_CONSTANT
        return _warped_by_places(colors, border, factor, warp, canvas)
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    opacity = cv2.warpPerspective(opaque, mapping, canvas.size, flags=flags)
    if beyond is None:  # a margin, as OpenCV takes longer to go on by itself
        colors = np.asarray(
            cv2.copyMakeBorder(colors, _REACH, _REACH, _REACH, _REACH, cv2.BORDER_REPLICATE)
        )
        mapping = np.array([[1.0, 0, _REACH], [0, 1.0, _REACH], [0, 0, 1.0]]) @ mapping
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    sampled = cv2.warpPerspective(colors, mapping, canvas.size, flags=flags)
    return np.asarray(cv2.copyTo(sampled, opacity)), np.asarray(opacity, np.uint8)


def _is_before_horizon(mapping: Matrix, size: tuple[int, int]) -> bool:
    """Whether no corner of a canvas lies beyond the horizon of a map from it."""
    corners = np.array([(x, y, 1.0) for x in (0, size[0] - 1) for y in (0, size[1] - 1)])
    depths = np.sign(np.linalg.det(mapping)) * (corners @ mapping[2])
    return bool(depths.min() > 0)


def _warped_by_places(
    colors: npt.NDArray[Any], border: int, factor: Array, warp: Warp, canvas: Canvas
) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
    """Do so where no matrix tells all places, some rows at a time."""
    width, height = canvas.size
    result = np.zeros((height, width, *colors.shape[2:]), colors.dtype)
    opacity = np.zeros((height, width), np.uint8)
    x, y = canvas.lines()
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        band = slice(top, top + rows)
        along_x, along_y = (
            (place + 0.5) * each - 0.5
            for place, each in zip(warp.places(x, y[band]), factor, strict=True)
        )
        inside = (along_x >= -0.5) & (along_x <= colors.shape[1] - 0.5)
        inside &= (along_y >= -0.5) & (along_y <= colors.shape[0] - 0.5)
        map_x, map_y = (np.where(inside, one, -1).astype(np.float32) for one in (along_x, along_y))
        sampled = cv2.remap(colors, map_x, map_y, cv2.INTER_LANCZOS4, borderMode=border)
        result[band][inside] = np.asarray(sampled)[inside]
        opacity[band][inside] = OPAQUE
    return result, opacity


def _scale(warp: Warp, canvas: Canvas, size: tuple[int, int]) -> float:
    """Typical length on the canvas of a pixel of the moving image, where both are."""
    x, y = (np.linspace(line[0], line[-1], _SIDE) for line in canvas.lines())
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    there = warp.to_moving(points)
    inside = ((there >= -0.5) & (there <= np.subtract(size, 0.5))).all(axis=1)
    if not inside.any():
        return 1.0
    areas = np.abs(np.linalg.det(warp.jacobians(points[inside])))
    return float(1 / np.sqrt(np.median(areas)))


def _shrunk(moving: Original, scale: float) -> Original:
    """Average the pixels that come to lie on one."""
    width, height = moving.size
    size = max(1, round(width * scale)), max(1, round(height * scale))
    opacity = moving.opacity
    if opacity is None:
        colors = cv2.resize(moving.colors, size, interpolation=cv2.INTER_AREA)
        return Original(np.asarray(colors))
    share = opacity.astype(np.float32) / OPAQUE
    weights = share if moving.colors.ndim == 2 else share[..., None]
    summed = cv2.resize(moving.colors * weights, size, interpolation=cv2.INTER_AREA)
    shares: Array = np.asarray(cv2.resize(share, size, interpolation=cv2.INTER_AREA))
    divisor = shares if moving.colors.ndim == 2 else shares[..., None]
    colors = _as(moving.colors.dtype, np.asarray(summed) / np.maximum(divisor, _BARELY))
    return Original(colors, _as(np.uint8, OPAQUE * shares))


def _as(dtype: npt.DTypeLike, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Round to integers within their limits; floats stay."""
    if np.dtype(dtype).kind == "f":
        return np.asarray(values, dtype)
    limited: npt.NDArray[Any] = np.rint(np.clip(values, 0, np.iinfo(dtype).max))
    return limited.astype(dtype)
