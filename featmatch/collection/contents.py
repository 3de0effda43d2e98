"""What the outputs and the report of a collection ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from featmatch.collection.records import ImageEntry, PairRecord, PairSummary
from featmatch.types import Features


class CollectionContents(Protocol):
    """The images of a folder, their features and the verified matches; read when asked for."""

    @property
    def folder(self) -> Path:
        """Where the photographs are."""

    @property
    def images(self) -> Sequence[ImageEntry]:
        """All files of the folder, in natural order of their names."""

    @property
    def pairs(self) -> Sequence[PairSummary]:
        """All pairs that were matched, in the order of their names."""

    def features(self, name: str) -> tuple[Features, ...]:
        """Return the features of an image, one for each kind that the method finds."""

    def keypoints(self, name: str) -> npt.NDArray[np.float32]:
        """Return (N, 2) keypoints of an image in pixels of the upright original, all kinds."""

    def num_keypoints(self, name: str) -> tuple[int, ...]:
        """Return how many keypoints of an image are of each kind."""

    def matches(self, name0: str, name1: str) -> PairRecord:
        """Return what was found between two images."""
