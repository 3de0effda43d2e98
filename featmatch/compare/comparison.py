"""What a comparison holds: hand-engineered features beside learned ones, on one pair of images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from featmatch.compare.changes import Change
from featmatch.compare.contrast import Contrast
from featmatch.compare.feature_maps import FeatureMaps
from featmatch.compare.fields import ReceptiveFields
from featmatch.compare.followed import FollowedPoint
from featmatch.compare.headline import ContestVerdict
from featmatch.compare.map_networks import MapNetwork
from featmatch.compare.notebook import comparison_html
from featmatch.compare.pair import Pair
from featmatch.images.image import Image
from featmatch.plain import is_picture, plain

NUM_DIGITS = 7  # of the numbers in `Comparison.to_dict`: what float32 holds

PARTS = (
    *("geometry", "features", "contrast", "swap"),
    *("feature maps", "receptive fields", "changes", "spread"),
)
"""The parts of the work, in their order, as `compare_cnn` tells of them."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Hand-engineered features beside learned ones, on one pair of images.

    All points and lengths are in pixels of the images as they were worked on.

    Parameters
    ----------
    version : str
        Of featmatch.
    seed : int
    quick : bool
        Whether changes and feature maps were looked at less closely.
    weights : str
        The name of the file that the network was read from.
    pair : Pair
        The images, and what is known of how they relate.
    verdict : ContestVerdict
        Who did best here, and why. The first two of its details tell of times too, which differ
        from run to run.
    contrast : Contrast
        All methods on the pair.
    changes : tuple of Change
        What becomes of their features when image 0 changes.
    feature_maps : FeatureMaps
        Where ORB's points lie in the network's maps of image 0.
    receptive_fields : ReceptiveFields
        What each of its layers sees.
    followed : tuple of FollowedPoint
        Points that ORB and the network have in common, on their way through both.
    seconds : mapping of str to float
        Wall time of each of `PARTS`, by its name.
    networks : tuple of MapNetwork
        What maps are computed from, in a page: the network, last, and what it was before and after
        some epochs of its training, where that is known.
    """

    version: str
    seed: int
    quick: bool
    weights: str
    pair: Pair
    verdict: ContestVerdict
    contrast: Contrast
    changes: tuple[Change, ...]
    feature_maps: FeatureMaps
    receptive_fields: ReceptiveFields
    followed: tuple[FollowedPoint, ...]
    seconds: Mapping[str, float]
    networks: tuple[MapNetwork, ...] = ()

    def _repr_html_(self) -> str:
        """Tell the verdict and the numbers of each method in a notebook."""
        return comparison_html(self.verdict, self.contrast.methods)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the pictures and networks as plain numbers, strings, lists and objects.

        Keys are the names of the fields. Only the times, and the verdict where it tells of them,
        differ between runs with the same inputs, options and seed.
        """
        document: dict[str, Any] = plain(
            self, num_digits=NUM_DIGITS, replace=_without_pixels, leave_out=_is_for_pages
        )
        return document


def _is_for_pages(value: Any) -> bool:
    """Tell pictures and networks, which are no numbers to read."""
    networks = isinstance(value, tuple) and value and isinstance(value[0], MapNetwork)
    return is_picture(value) or bool(networks)


def _without_pixels(value: Any) -> Any:
    return {"size": value.size, "name": value.name} if isinstance(value, Image) else value
