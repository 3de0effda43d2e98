"""Register small patches of two images to a fraction of a pixel, all of them at once.

Of the family of Lucas and Kanade: the shift between two patches follows from the difference of
their brightness and from its gradient. The gradient is taken on the patch that stays, so that it is
computed once (inverse composition: S. Baker and I. Matthews, "Lucas-Kanade 20 years on: a unifying
framework", IJCV 56, 2004). Patches have mean zero and variance one under a Gaussian window, which
removes a difference in gain and in offset between the photographs.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.types import Array

HALF_SIZE = 6  # px: patches have 13 x 13 pixels
MARGIN = HALF_SIZE + 1  # px: the gradient needs a pixel more
NUM_ITERATIONS = 8
LEAST_CONTRAST = 1.0  # gray levels, standard deviation: below it there is only noise
LEAST_STRUCTURE = 1e-4  # smaller eigenvalue of the standardized gradients: below it, an edge
_TINY = 1e-6

_STEPS = np.arange(-HALF_SIZE, HALF_SIZE + 1.0)
OFFSETS: Array = np.stack(np.meshgrid(_STEPS, _STEPS), axis=-1).reshape(-1, 2)
"""(P, 2) positions of a patch's pixels around its center."""

_WINDOW = np.exp(-(OFFSETS**2).sum(axis=1) / (2 * (HALF_SIZE / 2) ** 2)).astype(np.float32)
_WINDOW /= _WINDOW.sum()

Floats = npt.NDArray[np.float32]


def register_patches(
    template: Floats, points: Array, image: Floats, positions: Array
) -> tuple[Array, Array]:
    """Find by how much each patch of one image is off in the other.

    Parameters
    ----------
    template : (H, W) float32
        Gray levels, 0 to 255, of the image whose patches stay.
    points : (N, 2) float
        Centers of the patches in `template`, at least `MARGIN` inside of it.
    image : (H, W) float32
        Gray levels of the other image, blurred if it is finer than the template.
    positions : (N, P, 2) float
        Where each pixel of each patch (`OFFSETS`) is believed to lie in `image`.

    Returns
    -------
    shifts : (N, 2) float64
        In pixels of the template: what it shows at a point, `image` shows where that point plus
        its shift was believed to lie.
    correlations : (N,) float64
        Of the patches once shifted, in [-1, 1]; -1 where one is too plain to be registered.
    """
    pixels = points[:, None] + OFFSETS
    patches, contrasts = _standardized(_sample(template, pixels))
    slopes = np.stack([_sample(side, pixels) for side in _gradients(template)], axis=1)
    slopes /= np.maximum(contrasts, _TINY)[:, None]
    gradients = _without_gain(slopes, patches)
    structure = np.einsum("nip,njp,p->nij", gradients, gradients, _WINDOW).astype(np.float64)
    plain = (contrasts[:, 0] < LEAST_CONTRAST) | (
        np.linalg.eigvalsh(structure)[:, 0] < LEAST_STRUCTURE
    )
    structure[plain] = np.eye(2)
    # What turns differences in brightness into a shift stays the same in every iteration.
    solvers = np.linalg.inv(structure) @ (gradients * _WINDOW)

    positions = positions.astype(np.float32)
    jacobians = _jacobians(positions)
    shifts = np.zeros((len(points), 2))
    for _ in range(NUM_ITERATIONS):
        seen, _ = _standardized(_sample_shifted(image, positions, jacobians, shifts))
        shifts += np.einsum("nip,np->ni", solvers, patches - seen)
    seen, contrasts = _standardized(_sample_shifted(image, positions, jacobians, shifts))
    correlations = np.einsum("np,np,p->n", seen, patches, _WINDOW).astype(np.float64)
    correlations[plain | (contrasts[:, 0] < LEAST_CONTRAST)] = -1.0
    return shifts, correlations


def _sample_shifted(image: Floats, positions: Floats, jacobians: Floats, shifts: Array) -> Floats:
    moves = np.einsum("nij,nj->ni", jacobians, shifts.astype(np.float32))
    return _sample(image, positions + moves[:, None])


def _jacobians(positions: Floats) -> Floats:
    """(N, 2, 2) derivatives of the position by the point, from the pixels around the center."""
    side = 2 * HALF_SIZE + 1
    center = len(OFFSETS) // 2
    along_x = positions[:, center + 1] - positions[:, center - 1]
    along_y = positions[:, center + side] - positions[:, center - side]
    return np.asarray(np.stack([along_x, along_y], axis=-1) / 2, np.float32)


def _sample(image: Floats, positions: Array) -> Floats:
    """Brightness at (N, P, 2) positions, between pixels by bilinear interpolation."""
    x, y = cv2.split(positions.astype(np.float32))
    sampled = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.float32)


def _gradients(image: Floats) -> tuple[Floats, Floats]:
    """Central differences along x and along y."""
    along_x = cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    along_y = cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    return np.asarray(along_x, np.float32), np.asarray(along_y, np.float32)


def _standardized(patches: Floats) -> tuple[Floats, Floats]:
    """Patches of mean zero and variance one under the window, and the contrast they had."""
    centered = patches - np.einsum("np,p->n", patches, _WINDOW)[:, None]
    contrasts = np.sqrt(np.einsum("np,np,p->n", centered, centered, _WINDOW))[:, None]
    standardized: Floats = centered / np.maximum(contrasts, _TINY)
    return standardized, contrasts


def _without_gain(gradients: Floats, patches: Floats) -> Floats:
    """Take out of (N, 2, P) gradients what a change of offset or gain would explain as well."""
    gradients = gradients - np.einsum("nip,p->ni", gradients, _WINDOW)[..., None]
    along_patch = np.einsum("nip,np,p->ni", gradients, patches, _WINDOW)
    projected: Floats = gradients - along_patch[..., None] * patches[:, None]
    return projected
