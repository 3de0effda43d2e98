"""What places of an object have to have to be told, drawn and written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from featmatch.images.image import Image
from featmatch.types import Points


class Placed(Protocol):
    """One place where a scene shows an object; see `featmatch.Placement`."""

    @property
    def scene(self) -> Image:
        """Made smaller."""

    @property
    def kind(self) -> Literal["plane", "depth"]:
        """Whether a homography takes the object there."""

    @property
    def outline(self) -> npt.NDArray[np.float64]:
        """(K, 2) corners in the scene."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""

    @property
    def homography(self) -> npt.NDArray[np.float64] | None:
        """(3, 3) map of the object to the scene."""

    @property
    def scale(self) -> float:
        """Length in the scene of a pixel of the object."""

    @property
    def angle(self) -> float:
        """In radians."""

    @property
    def confidence(self) -> float:
        """From 0 to 1."""

    @property
    def log10_false_alarms(self) -> float:
        """Of such places, in a scene without the object."""

    @property
    def visible(self) -> float:
        """Share of the object's patches that look alike."""

    @property
    def num_inliers(self) -> int:
        """Matches that agree."""

    @property
    def points0(self) -> Points:
        """Of these, in the object."""

    @property
    def points1(self) -> Points:
        """Of these, in the scene."""


class Located(Protocol):
    """All places where scenes show an object; see `featmatch.Placements`."""

    @property
    def sought(self) -> Image:
        """The object."""

    @property
    def scenes(self) -> tuple[Image, ...]:
        """All that were looked at."""

    def __len__(self) -> int:
        """Return the number of places."""

    def __iter__(self) -> Iterator[Placed]:
        """Yield them in the order of the scenes."""

    def in_scene(self, number: int) -> tuple[Placed, ...]:
        """Return those of one scene."""
