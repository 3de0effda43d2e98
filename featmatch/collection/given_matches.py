"""Matches that another tool has found between the photographs of a collection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from featmatch.collection.hloc_files import find_pair, open_hloc, pairs_in, read_matches, turned
from featmatch.collection.method import CollectionMethod
from featmatch.collection.records import Pair
from featmatch.errors import FeaturesReadError
from featmatch.images.view import View
from featmatch.matching.matcher import Matcher
from featmatch.types import Features
from featmatch.verification import MatchedPair


@dataclass(frozen=True)
class MatchesOfFile(Matcher):
    """What stands for the matches in a file; it matches what mirror images are looked at with.

    Parameters
    ----------
    digest : str
        Of the file's bytes: with other matches, pairs are verified again.
    """

    digest: str = ""


@dataclass(frozen=True)
class GivenMatches(CollectionMethod):
    """Takes the matches between two images from a file of hloc, in place of finding them.

    Parameters
    ----------
    path : str
    """

    path: str = ""

    def match(
        self, views: tuple[View, View], found0: Sequence[Features], found1: Sequence[Features]
    ) -> MatchedPair:
        """See `CollectionMethod.match`; FeaturesReadError if the file has no such matches."""
        names = views[0].image.name, views[1].image.name
        (features0,), (features1,) = found0, found1
        with open_hloc(self.path) as file:
            place, other_order = find_pair(file, *names)
            if not place:
                raise FeaturesReadError(f"{self.path}: has no matches of {' and '.join(names)}")
            if other_order:
                matches = turned(read_matches(file, place, (len(features1), len(features0))))
            else:
                matches = read_matches(file, place, (len(features0), len(features1)))
        return MatchedPair(*views, features0, features1, matches)


def given_pairs(path: str, names: Sequence[str]) -> tuple[Pair, ...]:
    """Return the pairs that a file has matches of, in natural order as `names`, each once."""
    order = {name: place for place, name in enumerate(names)}
    with open_hloc(path) as file:
        pairs = set(pairs_in(file, names))
    in_order = {pair if order[pair[0]] < order[pair[1]] else pair[::-1] for pair in pairs}
    return tuple(sorted(in_order, key=lambda pair: (order[pair[0]], order[pair[1]])))
