"""Other maps between two images that fit about as well as the one that was found.

Where image 1 repeats, a map that takes a window of image 0 to the next one fits too. Rivals of the
map are looked for by the maps of image 1 to itself. Shapes do not tell them apart, but brightness
and color may; if they do not, either, the map is ambiguous.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from featmatch.geometry.accuracy import overlap_grid
from featmatch.geometry.appearance import Appearance, are_comparable
from featmatch.geometry.polish import MAX_ERROR, Polished, polish_homography
from featmatch.geometry.repeats import self_maps
from featmatch.geometry.residuals import Matrix, transfer
from featmatch.images.view import View
from featmatch.types import Array

NEARLY_AS_ALIKE = 0.5  # of the share of patches that look alike: as another map's
LEAST_OVERLAP = 0.25  # of what both images would show: less is alike by chance
MOST_UNLIKE = 0.2  # of the places: what has moved, and a reflection or two
MOST_POLISHED = 6  # maps, those with the fewest places of another color first
MOST_STEPS = 40  # windows along a row
MOST_STEPS_OF_TWO = 10  # in each of two directions: walls have thousands of bricks


@dataclass(frozen=True, eq=False)
class Rivalry:
    """The maps between two images that look alike.

    Attributes
    ----------
    best : Polished
        The map that brightness and color speak for, or the one that was found.
    rivals : tuple of Polished
        Maps that nothing tells from the best one; none if it is not ambiguous.
    decided : bool
        There were rivals, all of another color, and hardly a place of the best map is.
    """

    best: Polished
    rivals: tuple[Polished, ...] = ()
    decided: bool = False


def rivalry(view0: View, view1: View, found: Polished) -> Rivalry:
    """Look for maps that fit about as well as one that was found, and choose among all of them.

    Parameters
    ----------
    view0, view1 : View
    found : Polished
        The map of image 0 to image 1.

    Returns
    -------
    Rivalry
    """
    own = self_maps(view1)
    if not own:
        return Rivalry(found)
    contest = _Contest(view0, view1, own, found)
    contest.admit(contest.by_color(_walked(view0, view1, found.homography, own))[:MOST_POLISHED])
    best = contest.best()
    # Its nearest rivals have the most in common with it: it has to beat these as well.
    contest.admit(each @ best.homography for each in _both_ways(own))
    rivals = contest.unbeaten(best)
    return Rivalry(best, rivals, decided=not rivals and contest.is_of_one_color(best))


@dataclass(eq=False)
class _Contest:
    """Maps that are about equally alike in shape, and their differences in color."""

    view0: View
    view1: View
    own: Sequence[Matrix]
    found: Polished
    appearance: Appearance = field(init=False)
    admitted: list[tuple[Polished, Array]] = field(init=False)

    def __post_init__(self) -> None:
        window = _period(self.own[0], self.found.homography, self.view1)
        self.appearance = Appearance.of(self.view0, self.view1, window)
        self.admitted = [(self.found, self.appearance.differences(self.found.homography))]

    def by_color(self, maps: Iterable[Matrix]) -> list[Matrix]:
        """Order maps by the share of places that are of another color."""

        def share_unlike(homography: Matrix) -> float:
            return self.appearance.share_unlike(self.appearance.differences(homography))

        return sorted(maps, key=share_unlike)

    def admit(self, maps: Iterable[Matrix]) -> None:
        """Polish maps, and let those take part that are alike in shape and not there yet."""
        for homography in maps:
            polished = polish_homography(self.view0, self.view1, homography)
            alike = polished.alike >= NEARLY_AS_ALIKE * self.found.alike
            if polished.num_points and alike and not self._knows(polished):
                differences = self.appearance.differences(polished.homography)
                self.admitted.append((polished, differences))

    def best(self) -> Polished:
        """Return the map with the fewest places of another color if it clearly beats that found."""
        first, best = (
            self.admitted[0],
            min(self.admitted, key=lambda each: self.appearance.share_unlike(each[1])),
        )
        return best[0] if self.appearance.prefers(best[1], first[1]) else first[0]

    def unbeaten(self, best: Polished) -> tuple[Polished, ...]:
        """Return the maps that show much of what the best one does and are not clearly worse."""
        own = next(differences for each, differences in self.admitted if each is best)
        return tuple(
            each
            for each, differences in self.admitted
            if each is not best
            and are_comparable(own, differences)
            and not self.appearance.prefers(own, differences)
        )

    def is_of_one_color(self, best: Polished) -> bool:
        """Whether there are other maps, and this one shows the same colors in both images."""
        own = next(differences for each, differences in self.admitted if each is best)
        return len(self.admitted) > 1 and self.appearance.share_unlike(own) <= MOST_UNLIKE

    def _knows(self, polished: Polished) -> bool:
        grid = overlap_grid(polished.homography, self.view0.image.size, self.view1.image.size)
        goal = transfer(polished.homography, grid)
        least = MAX_ERROR * self.view1.image.pixel_size
        return any(
            np.median(np.linalg.norm(transfer(each.homography, grid) - goal, axis=1)) <= least
            for each, _ in self.admitted
        )


def _period(own: Matrix, homography: Matrix, view1: View) -> float:
    """Length of the shorter period in pixels of image 0."""
    middle = (np.array([view1.image.size], np.float64) - 1) / 2
    back = np.linalg.inv(homography)
    return float(np.linalg.norm(transfer(back, transfer(own, middle)) - transfer(back, middle)))


def _both_ways(own: Sequence[Matrix]) -> list[Matrix]:
    return [each for step in own for each in (step, np.linalg.inv(step).astype(np.float64))]


def _walked(view0: View, view1: View, homography: Matrix, own: Sequence[Matrix]) -> list[Matrix]:
    """Go on by maps of image 1 to itself, in all directions, while enough is seen by both."""
    size0, size1 = view0.image.size, view1.image.size
    least = LEAST_OVERLAP * len(overlap_grid(homography, size0, size1))
    most = MOST_STEPS if len(own) == 1 else MOST_STEPS_OF_TWO

    def walk(start: Matrix, step: Matrix) -> list[Matrix]:
        walked = []
        for each in _both_ways([step]):
            current = start
            for _ in range(most):
                current = each @ current
                if len(overlap_grid(current, size0, size1)) < least:
                    break
                walked.append(current)
        return walked

    row = [homography, *walk(homography, own[0])]
    if len(own) > 1:
        row += [each for start in row for each in walk(start, own[1])]
    return row[1:]
