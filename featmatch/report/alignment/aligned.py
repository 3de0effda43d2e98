"""What an alignment has to have to be told, drawn and written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from featmatch.images.image import Image
from featmatch.images.original import Original
from featmatch.report.match.matched import Matched
from featmatch.types import Array


class Sheet(Protocol):
    """A rectangle of whole pixels of the fixed image; see `featmatch.alignment.canvas.Canvas`."""

    @property
    def left(self) -> int:
        """Its first column."""

    @property
    def top(self) -> int:
        """Its first row."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""


class Bend(Protocol):
    """A field of moves; see `featmatch.alignment.field.Field`."""

    @property
    def size(self) -> tuple[int, int]:
        """Of the fixed image."""

    @property
    def controls(self) -> Array:
        """Moves of the control points."""


class Laying(Protocol):
    """A warp; see `featmatch.alignment.warp.Warp`."""

    @property
    def matrix(self) -> Array:
        """Maps the moving image to the fixed one, or to where a field moves its points."""

    def to_fixed(self, points: Array) -> Array:
        """(N, 2) points of the moving image in the fixed one."""

    def to_moving(self, points: Array) -> Array:
        """(N, 2) points of the fixed image in the moving one."""


class Aligned(Protocol):
    """One image laid over another; see `featmatch.Alignment`."""

    @property
    def match(self) -> Matched:
        """Of both images."""

    @property
    def moving(self) -> Image:
        """Image 0."""

    @property
    def fixed(self) -> Image:
        """Image 1."""

    @property
    def warp(self) -> Laying | None:
        """Where each point lies in the other image."""

    @property
    def kind(self) -> str:
        """Of the warp, or ``"none"``."""

    @property
    def matrix(self) -> Array | None:
        """Map of the moving image to the fixed one; None for a field."""

    @property
    def field(self) -> Bend | None:
        """What bends the fixed image first."""

    @property
    def reason(self) -> str:
        """Why there is no warp, or how good it is."""

    @property
    def held_out(self) -> npt.NDArray[np.float64]:
        """Errors in pixels of the fixed image."""

    @property
    def expected_error(self) -> float | None:
        """Of a point."""

    @property
    def agreement(self) -> float | None:
        """Share of patches that look alike."""

    @property
    def overlap(self) -> float:
        """Share of the fixed image that is covered."""

    @property
    def seconds(self) -> Mapping[str, float]:
        """Of each stage."""

    def error_percentile(self, percent: float) -> float | None:
        """Pixels that so many percent of the held-out errors do not exceed."""

    def canvas(self, kind: Any = ..., *, crop: bool = ...) -> Sheet:
        """Pixels that pictures have."""

    def aligned(self, canvas: Any = ...) -> Original:
        """Lay the moving image on a canvas."""

    def pictures(self, canvas: Any) -> tuple[Original, Original]:
        """Lay both images on a canvas."""
