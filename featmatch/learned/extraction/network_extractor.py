"""What the extractors share that take their descriptors from the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import ClassVar

from featmatch.checks import check_integer, check_number
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.matching.turn_matcher import NUM_TURNS
from featmatch.types import Norm

_MAX_KEYPOINTS = 1_000_000


@dataclass(frozen=True)
class NetworkExtractor:
    """An extractor whose descriptors come from the network.

    Parameters
    ----------
    max_keypoints : int
        The most that are kept.
    scales : tuple of float
        Sizes in which the network looks at the image, relative to the working size.
    weights : path, optional
        A file that `featmatch.train` wrote; None takes the network that comes with the package.
    num_turns : int
        Turns that the descriptors of these weights can take, as in the matcher; see `TurnMatcher`.
    tile_size : int
        Images larger than this, in pixels, are worked on in tiles. It limits the memory; results
        do not depend on it.

    Raises
    ------
    ValueError, TypeError
        An option is out of its range or of another kind.
    """

    max_keypoints: int
    scales: tuple[float, ...]
    weights: str | PathLike[str] | None = None
    num_turns: int = NUM_TURNS
    tile_size: int = 1024

    name: ClassVar[str]
    summary: ClassVar[str]
    descriptor: ClassVar[str] = "64 floats"
    needs: ClassVar[str] = ""
    unavailable: ClassVar[str | None] = None
    norm: ClassVar[Norm] = "l2"

    def __post_init__(self) -> None:
        check_integer("max_keypoints", self.max_keypoints, 0, _MAX_KEYPOINTS)
        object.__setattr__(self, "scales", _checked(self.scales))
        if not isinstance(self.weights, str | PathLike | None):
            raise ArgumentTypeError(f"weights: expected a path or None, got {self.weights!r}")
        check_integer("num_turns", self.num_turns, 1, 64)
        check_integer("tile_size", self.tile_size, 1, 65536)


def _checked(scales: Sequence[float]) -> tuple[float, ...]:
    if not isinstance(scales, Sequence):
        raise ArgumentTypeError(f"scales: expected numbers, as in (1.0, 0.5), got {scales!r}")
    for scale in scales:
        check_number("scales", scale, 0.01, 4)
    if not scales or len(set(scales)) < len(scales):
        raise ArgumentError(f"scales: expected at least one number, each once, got {scales!r}")
    return tuple(scales)
