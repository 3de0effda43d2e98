"""What the units of each layer see of an image, and how much of it matters to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featmatch.images.image import Image
from featmatch.learned.network.effective_fields import EffectiveField, effective_fields
from featmatch.learned.network.level import Level
from featmatch.learned.network.network import FeatureNetwork
from featmatch.types import Array

ORB_PATCH = 31
"""Side in pixels of the patch that an ORB descriptor compares brightnesses in, at its scale."""

SHARE = 0.86
"""Part of the gradient that the effective field holds: as much as two standard deviations of a
round Gaussian, 1 - exp(-2)."""


@dataclass(frozen=True, eq=False)
class LayerField:
    """The receptive field of a layer's units, in working pixels.

    Parameters
    ----------
    name, title : str
        Of the layer: short and in words.
    stride : int
        From one unit to the next.
    size : int
        Side of the theoretical field: the pixels that a unit can depend on at all. Of the score it
        differs from pixel to pixel; this is the largest.
    center : float
        Middle of what unit 0 sees, along either axis; that of unit u is u strides further.
    effective_size : int
        Side of the smallest square that holds `ReceptiveFields.share` of the gradient.
    heat : (size, size) float64
        Magnitude of the gradient of a unit before its activation with respect to the pixels of its
        field, over its largest value: with 3 digits, 0 to 1.
    """

    name: str
    title: str
    stride: int
    size: int
    center: float
    effective_size: int
    heat: Array


@dataclass(frozen=True)
class ReceptiveFields:
    """Fields of all layers, beside the patch of an ORB descriptor.

    Parameters
    ----------
    layers : tuple of LayerField
    share : float
        Part of the gradient that the effective field holds.
    orb_patch : int
        Working pixels along the side of ORB's patch, at the finest level of its pyramid.
    """

    layers: tuple[LayerField, ...]
    share: float = SHARE
    orb_patch: int = ORB_PATCH


def measure_receptive_fields(
    network: FeatureNetwork, image: Image, *, quick: bool = False, seed: int = 0
) -> ReceptiveFields:
    """Measure the receptive fields of all layers on windows of an image; see `effective_fields`.

    Parameters
    ----------
    network : FeatureNetwork
        As `load_network` gives it.
    image : Image
    quick : bool
        Use 4 windows and not 16.
    seed : int
        Of the windows and signs.

    Returns
    -------
    ReceptiveFields
    """
    rng = np.random.default_rng(seed)
    pixels = Level.of(image.gray(), 1.0).pixels
    found = effective_fields(network, pixels, 4 if quick else 16, rng)
    return ReceptiveFields(tuple(_described(field) for field in found))


def _described(field: EffectiveField) -> LayerField:
    magnitude = field.seen.magnitude
    return LayerField(
        name=field.layer.name,
        title=field.layer.title,
        stride=field.layer.stride,
        size=field.size,
        center=field.layer.field.center[0],
        effective_size=field.seen.side(SHARE),
        heat=np.round(magnitude / (magnitude.max() or 1), 3),
    )
