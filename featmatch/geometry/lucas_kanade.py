"""Register small patches of two images to a fraction of a pixel, all of them at once.

Of the family of Lucas and Kanade: the shift between two patches follows from the difference of
their brightness and from its gradient. The gradient is taken on the patch that stays, so that it is
computed once (inverse composition: S. Baker and I. Matthews, "Lucas-Kanade 20 years on: a unifying
framework", IJCV 56, 2004). Patches have mean zero and variance one under a Gaussian window, which
removes a difference in gain and in offset between the photographs.
"""

from __future__ import annotations

from math import isqrt

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.types import Array

HALF_SIZE = 6  # px: patches usually have 13 x 13 pixels
LONGEST_SIDE = 32_766  # px: OpenCV samples no larger images
NUM_ITERATIONS = 8
LEAST_STEP = 0.01  # px: after a smaller one the next are a tenth of it and less
LEAST_CONTRAST = 1.0  # gray levels, standard deviation: below it there is only noise
LEAST_STRUCTURE = 1e-4  # smaller eigenvalue of the standardized gradients: below it, an edge
_TINY = 1e-6

Floats = npt.NDArray[np.float32]


def patch_offsets(half_size: int = HALF_SIZE) -> Array:
    """(P, 2) positions of a patch's pixels around its center, row by row."""
    steps = np.arange(-half_size, half_size + 1.0)
    offsets: Array = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    return offsets


def register_patches(
    template: Floats, points: Array, image: Floats, positions: Array
) -> tuple[Array, Array]:
    """Find by how much each patch of one image is off in the other.

    Parameters
    ----------
    template : (H, W) float32
        Gray levels, 0 to 255, of the image whose patches stay.
    points : (N, 2) float
        Centers of the patches in `template`; they lie in it with a pixel around them.
    image : (H, W) float32
        Gray levels of the other image, blurred if it is finer than the template.
    positions : (N, P, 2) float
        Where each pixel of each patch (`patch_offsets`) is believed to lie in `image`; P is the
        square of an odd number.

    Returns
    -------
    shifts : (N, 2) float64
        In pixels of the template: what it shows at a point, `image` shows where that point plus
        its shift was believed to lie.
    correlations : (N,) float64
        Of the patches once shifted, in [-1, 1]; -1 where one is too plain to be registered.
    """
    half_size = _half_size(positions)
    window = _window(half_size)
    brightness, slopes = _sample_with_slopes(template, points, half_size)
    patches, contrasts = _standardized(brightness, window)
    slopes /= np.maximum(contrasts, _TINY)[:, None]
    gradients = _without_gain(slopes, patches, window)
    weighted = gradients * window
    structure = (weighted @ gradients.swapaxes(1, 2)).astype(np.float64)
    plain = (contrasts[:, 0] < LEAST_CONTRAST) | (
        np.linalg.eigvalsh(structure)[:, 0] < LEAST_STRUCTURE
    )
    structure[plain] = np.eye(2)
    # What turns differences in brightness into a shift stays the same in every iteration.
    solvers = np.linalg.inv(structure).astype(np.float32) @ weighted

    places, jacobians = _planes(positions), _jacobians(positions)
    shifts = np.zeros((len(points), 2))
    moving = np.flatnonzero(~plain)
    for _ in range(NUM_ITERATIONS):
        if not len(moving):
            break
        seen = _sample_shifted(image, places[:, moving], jacobians[moving], shifts[moving])
        differences = patches[moving] - _standardized(seen, window)[0]
        steps = np.einsum("nip,np->ni", solvers[moving], differences)
        shifts[moving] += steps
        moving = moving[np.linalg.norm(steps, axis=1) > LEAST_STEP]
    seen, contrasts = _standardized(_sample_shifted(image, places, jacobians, shifts), window)
    correlations = np.einsum("np,np,p->n", seen, patches, window).astype(np.float64)
    correlations[plain | (contrasts[:, 0] < LEAST_CONTRAST)] = -1.0
    return shifts, correlations


def _sample_shifted(image: Floats, places: Floats, jacobians: Floats, shifts: Array) -> Floats:
    moves = np.einsum("nij,nj->in", jacobians, shifts.astype(np.float32))
    return _sample_planes(image, places + moves[..., None])


def _half_size(positions: Array) -> int:
    return isqrt(positions.shape[1]) // 2


def _window(half_size: int) -> Floats:
    """(P,) Gaussian weights of a patch's pixels; their sum is 1."""
    distances = np.square(patch_offsets(half_size)).sum(axis=1)
    window: Floats = np.exp(-distances / (2 * (half_size / 2) ** 2)).astype(np.float32)
    window /= window.sum()
    return window


def _jacobians(positions: Array) -> Floats:
    """(N, 2, 2) derivatives of the position by the point, from the pixels around the center."""
    side = 2 * _half_size(positions) + 1
    center = positions.shape[1] // 2
    along_x = positions[:, center + 1] - positions[:, center - 1]
    along_y = positions[:, center + side] - positions[:, center - side]
    return np.asarray(np.stack([along_x, along_y], axis=-1) / 2, np.float32)


def sample(image: Floats, positions: Array) -> Floats:
    """Return the brightness at (N, P, 2) positions, between pixels by bilinear interpolation."""
    return _sample_planes(image, _planes(positions))


def _planes(positions: Array) -> Floats:
    """(2, N, P) coordinates along x and along y: OpenCV and NumPy work on whole rows of them."""
    return np.ascontiguousarray(np.moveaxis(positions, -1, 0), np.float32)


def _sample_planes(image: Floats, places: Floats) -> Floats:
    if max(image.shape) > LONGEST_SIDE:
        return _sample_anywhere(image, np.moveaxis(places, 0, -1))
    x, y = places
    sampled = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.float32)


def _sample_anywhere(image: Floats, positions: Array) -> Floats:
    """Do what `cv2.remap` does, for images that are too long for it."""
    last = np.array(image.shape[::-1]) - 1
    places = positions.clip(0, last)
    corner = np.minimum(np.floor(places).astype(np.int64), np.maximum(last - 1, 0))
    right, down = np.moveaxis(places - corner, -1, 0)
    x, y = np.moveaxis(corner, -1, 0)
    beside, below = np.minimum(x + 1, last[0]), np.minimum(y + 1, last[1])
    upper = image[y, x] * (1 - right) + image[y, beside] * right
    lower = image[below, x] * (1 - right) + image[below, beside] * right
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def _sample_with_slopes(image: Floats, points: Array, half_size: int) -> tuple[Floats, Floats]:
    """(N, P) brightness of the patches around points; (N, 2, P) central differences along x, y."""
    side = 2 * half_size + 3
    places = _planes(points[:, None]) + _planes(patch_offsets(half_size + 1)[None])
    around = _sample_planes(image, places).reshape(-1, side, side)
    slopes = np.empty((len(points), 2, side - 2, side - 2), np.float32)
    np.subtract(around[:, 1:-1, 2:], around[:, 1:-1, :-2], out=slopes[:, 0])
    np.subtract(around[:, 2:, 1:-1], around[:, :-2, 1:-1], out=slopes[:, 1])
    slopes *= 0.5
    num_pixels = (side - 2) ** 2
    return around[:, 1:-1, 1:-1].reshape(-1, num_pixels), slopes.reshape(-1, 2, num_pixels)


def _standardized(patches: Floats, window: Floats) -> tuple[Floats, Floats]:
    """Patches of mean zero and variance one under the window, and the contrast they had."""
    centered = patches - np.einsum("np,p->n", patches, window)[:, None]
    contrasts = np.sqrt(np.einsum("np,np,p->n", centered, centered, window))[:, None]
    standardized: Floats = centered / np.maximum(contrasts, _TINY)
    return standardized, contrasts


def _without_gain(gradients: Floats, patches: Floats, window: Floats) -> Floats:
    """Take out of (N, 2, P) gradients what a change of offset or gain would explain as well."""
    gradients = gradients - np.einsum("nip,p->ni", gradients, window)[..., None]
    along_patch = np.einsum("nip,np,p->ni", gradients, patches, window)
    projected: Floats = gradients - along_patch[..., None] * patches[:, None]
    return projected
