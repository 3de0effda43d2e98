"""What a page that can be touched shows: two pictures, and how points of one lie in the other.

A match has one relation, an alignment one, an object that is several times in a scene one for each
place. Points are (x, y) in pixels of the upright originals, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from featmatch.images.image import Image
from featmatch.types import Array

NUM_NODES = 33
"""Of a lattice along each side: a smooth map is nearly straight between two of them."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """A smooth map that no matrix tells, by samples; between them it is taken to be bilinear.

    Attributes
    ----------
    forward : (R, C, 2) float
        Where the nodes of picture 0 lie in picture 1: R x C of them, evenly spaced from the outer
        corner of its first pixel to that of its last. NaN where they lie nowhere.
    backward : (R, C, 2) float
        Where those of picture 1 lie in picture 0.
    """

    forward: Array
    backward: Array

    @classmethod
    def of(
        cls,
        forward: Callable[[Array], Array],
        backward: Callable[[Array], Array],
        size0: tuple[int, int],
        size1: tuple[int, int],
    ) -> Lattice:
        """Sample a map and its inverse.

        Parameters
        ----------
        forward, backward : callable
            Take points (N, 2) of picture 0 to picture 1, and back.
        size0, size1 : (width, height)
            Of the pictures.
        """
        return cls(_sampled(forward, size0), _sampled(backward, size1))


@dataclass(frozen=True, eq=False)
class Relation:
    """How points of picture 0 lie in picture 1: what a match, an alignment or a placement found.

    Attributes
    ----------
    label : str
        What it is called where there are several.
    points0, points1 : (M, 2) float
        Matched points.
    inliers : (M,) bool
        The matches that agree with the relation.
    measures : mapping of str to (M,) float
        By what the matches can be put in order, the smallest first, such as ``"residual (px)"``;
        infinite or NaN where it is not known.
    homography : (3, 3) float, optional
        Map of picture 0 to picture 1. At most one of this and the next two is given; without any,
        points have no place in the other picture.
    fundamental : (3, 3) float, optional
        x1' F x0 = 0: points lie on lines.
    lattice : Lattice, optional
        A map that is no matrix.
    surroundings : (M, 2, 2) float, optional
        How the surroundings of each match move, for relations that are no map: takes offsets around
        the point of picture 0 to offsets around that of picture 1.
    outline0, outline1 : (K, 2) float, optional
        Corners of what is outlined in each picture.
    error : float, optional
        How far off the map is expected to be, in pixels of picture 1.
    """

    label: str
    points0: Array
    points1: Array
    inliers: npt.NDArray[np.bool_]
    measures: Mapping[str, Array] = field(default_factory=dict)
    homography: Array | None = None
    fundamental: Array | None = None
    lattice: Lattice | None = None
    surroundings: Array | None = None
    outline0: Array | None = None
    outline1: Array | None = None
    error: float | None = None


@dataclass(frozen=True, eq=False)
class PicturePair:
    """Two pictures, and one relation of them or several.

    Attributes
    ----------
    image0, image1 : Image
    relations : tuple of Relation
        One or more.
    """

    image0: Image
    image1: Image
    relations: tuple[Relation, ...]


@dataclass(frozen=True)
class Table:
    """Numbers in words: a caption, the heads of the columns, and rows of cells."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Touched:
    """What a page shows.

    Attributes
    ----------
    title : str
        The answer in a few words.
    lead : str
        In a sentence.
    facts : mapping of str to str
        What else is known, by its name.
    tables : tuple of Table
    pairs : tuple of PicturePair
        One or more, of which the page shows one at a time. A picture of several pairs is one
        `Image`, which is written once.
    laid_first : bool
        Whether one picture laid over the other comes first, and the matches after it.
    """

    title: str
    lead: str
    facts: Mapping[str, str]
    tables: tuple[Table, ...]
    pairs: tuple[PicturePair, ...]
    laid_first: bool = False


def _sampled(transfer: Callable[[Array], Array], size: tuple[int, int]) -> Array:
    along_x, along_y = (np.linspace(-0.5, side - 0.5, NUM_NODES) for side in size)
    nodes = np.stack(np.meshgrid(along_x, along_y), axis=-1)
    return transfer(nodes.reshape(-1, 2)).reshape(nodes.shape)
