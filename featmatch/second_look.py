"""A second, closer look at two images, where their matches say from which side to look.

Views of an image as tilted planes would show it (`featmatch.features.affine`) cost as much as there
are views, and their matches the square of that; so a first look takes few. Where it finds some
matches, which the pairs of views it took them from tell, a second look takes denser views of more
pixels, and matches them with each other alone: J.-M. Morel and G. Yu's ASIFT in two resolutions
("ASIFT: a new framework for fully affine invariant image comparison", SIAM Journal on Imaging
Sciences 2009, section 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from featmatch.checks import check_integer, check_number, check_type
from featmatch.features.affine import AffineViews
from featmatch.features.selection import joined, selected
from featmatch.features.tilted_view import view_matrix
from featmatch.frames import frames_of
from featmatch.images.view import View
from featmatch.matching.agreement import log10_poisson_tail
from featmatch.matching.duplicates import remove_duplicates
from featmatch.matching.matcher import FeatureMatcher
from featmatch.matching.rows import of_rows
from featmatch.types import Array, Features, Matches
from featmatch.verification import MatchedPair

_SAME_SHAPE = 1e-3  # frames are kept as 4-byte floats; views differ by far more


@dataclass(frozen=True)
class SecondLook:
    """Matches more of two images in views near those in which some matched.

    Parameters
    ----------
    views : AffineViews
        The views that may be taken, densely sampled.
    num_pairs : int
        The most pairs of views of the first look that are followed, those with the most evidence:
        by default 5, as Morel and Yu do.
    max_wrong : float
        Fewer pairs of views than this would be followed of two unrelated images (`view_pairs`).
    max_relative_tilt : float
        Views are taken that differ from one of the first look by a tilt of at most this.
    """

    views: AffineViews
    num_pairs: int = 5
    max_wrong: float = 1.0
    max_relative_tilt: float = 1.5

    def __post_init__(self) -> None:
        check_type("views", self.views, AffineViews)
        check_integer("num_pairs", self.num_pairs, 1, 1000)
        check_number("max_wrong", self.max_wrong, above=0)
        check_number("max_relative_tilt", self.max_relative_tilt, 1, 32)

    def look(self, pair: MatchedPair, matcher: FeatureMatcher) -> MatchedPair:
        """Look again at a pair of images.

        Parameters
        ----------
        pair : MatchedPair
            As the first look left it; of images that are seen.
        matcher : FeatureMatcher
            Matches the views with each other.

        Returns
        -------
        MatchedPair
            With the features and matches of both looks; `pair` itself where no tilted views match.
        """
        followed = view_pairs(pair, self.max_wrong)[: self.num_pairs]
        if not followed:
            return pair
        shapes0, shapes1 = zip(*followed, strict=True)
        features0, groups0 = self._seen(pair.view0, pair.features0, shapes0)
        features1, groups1 = self._seen(pair.view1, pair.features1, shapes1)
        found = [pair.matches]
        for rows0, rows1 in zip(groups0, groups1, strict=True):
            matches = matcher.match(selected(features0, rows0), selected(features1, rows1))
            found.append(of_rows(matches, rows0, rows1))
        matches = remove_duplicates(_together(found), features0, features1)
        return replace(pair, features0=features0, features1=features1, matches=matches)

    def _seen(
        self, view: View, features: Features, shapes: Sequence[Array]
    ) -> tuple[Features, list[Array]]:
        """Add features of the views near some shapes; rows of those that belong to each shape."""
        near = [
            [one for one in self.views.sampled if self._is_near(view_shape(*one), shape)]
            for shape in shapes
        ]
        taken = list(dict.fromkeys(one for views in near for one in views))
        found = self.views.extract_views(view.image, view.usable, taken)
        ends = len(features) + np.cumsum([len(one) for one in found], dtype=np.int64)
        rows = {
            one: np.arange(end - len(new), end)
            for one, new, end in zip(taken, found, ends, strict=True)
        }
        none = np.zeros(0, np.int64)
        groups = [np.concatenate([none, *(rows[one] for one in views)]) for views in near]
        return joined([features, *found]), groups

    def _is_near(self, shape0: Array, shape1: Array) -> bool:
        return relative_tilt(shape0, shape1) <= self.max_relative_tilt


def view_shape(tilt: float, rotation: float) -> Array:
    """Return the shape, in the image, of what is a circle in a view: (2, 2), of determinant 1."""
    stretch = np.linalg.inv(view_matrix(tilt, rotation))
    shape: Array = stretch @ stretch.T * tilt**-1
    return shape


def relative_tilt(shape0: Array, shape1: Array) -> float:
    """Return the tilt that takes one shape to another; at least 1.

    Their quotient has the eigenvalues t and 1/t, so its trace is ``t + 1 / t``.
    """
    half = max(1.0, float(np.trace(shape0 @ np.linalg.inv(shape1))) / 2)
    return half + float(np.sqrt(half**2 - 1))


def view_pairs(pair: MatchedPair, max_wrong: float) -> list[tuple[Array, Array]]:
    """Find the pairs of views that more matches lead between than chance explains.

    Wrong matches lead from any view to any, to those with many of them the more often. How many
    lead between two views by chance follows from how many lead from the one, and to the other: the
    evidence is that there are more (the tail of Poisson's distribution).

    Parameters
    ----------
    pair : MatchedPair
        Of features with frames; the views are told by the shapes of these.
    max_wrong : float
        Fewer pairs than this would be found, were all matches wrong: a significance level, the same
        whatever the number of views.

    Returns
    -------
    list of pair of (2, 2) float64
        Shapes of what are circles in the views, the strongest evidence first; without the pair of
        both images themselves, which were seen well enough.
    """
    rows0, rows1 = pair.matches.indices.T
    shapes0, views0 = _shapes(frames_of(pair.features0)[rows0])
    shapes1, views1 = _shapes(frames_of(pair.features1)[rows1])
    counts = np.zeros((len(shapes0), len(shapes1)), np.int64)
    np.add.at(counts, (views0, views1), 1)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(1, counts.sum())
    evidence = log10_poisson_tail(counts, expected)
    untilted0, untilted1 = (
        np.array([_is_untilted(shape) for shape in shapes], bool) for shapes in (shapes0, shapes1)
    )
    significant = counts.size * 10**evidence < max_wrong
    wanted = significant & ~np.outer(untilted0, untilted1)
    views0, views1 = np.nonzero(wanted)
    order = np.argsort(evidence[wanted], kind="stable")
    return [(shapes0[views0[place]], shapes1[views1[place]]) for place in order]


def _is_untilted(shape: Array) -> bool:
    return bool(np.allclose(shape, np.eye(2), atol=_SAME_SHAPE))


def _shapes(frames: Array) -> tuple[list[Array], Array]:
    """Return the shapes that frames have, each once, and which of them each frame has."""
    sizes = np.abs(np.linalg.det(frames))
    flat = sizes == 0
    shapes = frames @ frames.transpose(0, 2, 1) / np.where(flat, 1, sizes)[:, None, None]
    shapes[flat] = np.eye(2)
    distinct: list[Array] = []
    places = np.full(len(shapes), -1, np.int64)
    while (left := np.flatnonzero(places < 0)).size:
        differences = np.abs(shapes[left] - shapes[left[0]]).max(axis=(1, 2))
        places[left[differences <= _SAME_SHAPE]] = len(distinct)
        distinct.append(shapes[left[0]])
    return distinct, places


def _together(found: Sequence[Matches]) -> Matches:
    """Put matches together, in order, each once."""
    indices = np.concatenate([matches.indices for matches in found])
    _, first = np.unique(indices, axis=0, return_index=True)
    origins = [
        [getattr(matches, name) for matches in found if getattr(matches, name) is not None]
        for name in ("candidates", "seeds")
    ]
    return Matches(
        indices[first],
        np.concatenate([matches.distances for matches in found])[first],
        np.concatenate([matches.ratios for matches in found])[first],
        *(_together(some) if some else None for some in origins),
    )
