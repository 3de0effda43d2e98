"""What a run would take, before any work."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from featmatch.collection.pairs import CLOSED_EVERY, NUM_NEXT
from featmatch.collection.run import Run
from featmatch.pipeline import Pipeline

BYTES_A_PAIR = 15_000  # of about 1,000 matches
PARTNERS_ASKED = 0.65  # pairs for each similar image asked for: many images ask for each other


@dataclass(frozen=True)
class Cost:
    """What a kind of features costs, as measured on photographs with one processor of 2.5 GHz.

    Attributes
    ----------
    image_seconds : float
        To find them, for a megapixel.
    pair_seconds : float
        To match and verify two images with `num_keypoints` each; it grows with the square.
    num_keypoints : int
    keypoint_bytes : int
        That one takes on the disk.
    """

    image_seconds: float
    pair_seconds: float
    num_keypoints: int
    keypoint_bytes: int


COSTS = {
    "orb": Cost(0.15, 0.8, 8000, 52),
    "sift": Cost(1.2, 0.8, 10_000, 148),
    "cnn": Cost(0.9, 0.8, 8000, 276),
    "sift-cnn": Cost(4.0, 0.8, 8000, 276),
    "affine-sift": Cost(15.0, 3.0, 20_000, 164),
}
OTHER_COST = Cost(1.0, 1.0, 8000, 276)  # of methods that are not in the list


@dataclass(frozen=True)
class Estimate:
    """What a run would take; roughly, as photographs and machines differ.

    Attributes
    ----------
    num_images, num_pairs : int
        What is left to do.
    seconds : float
        Of wall time with the processes asked for.
    num_bytes, num_free : int
        That the results take on the disk, and that are free there.
    """

    num_images: int
    num_pairs: int
    seconds: float
    num_bytes: int
    num_free: int

    @classmethod
    def of(cls, run: Run) -> Estimate:
        """Estimate what a prepared run would take; no image is decoded."""
        left = [image for image in run.images.values() if not run.has_features(image)]
        pairs = _num_pairs(run)
        max_size = run.options.max_size
        megapixels = sum(_megapixels(image.size, max_size) for image in left)
        seconds = num_bytes = 0.0
        for pipeline in run.options.keys.method.pipelines:
            cost, share = _cost(pipeline)
            seconds += megapixels * cost.image_seconds + pairs * cost.pair_seconds * share**2
            num_bytes += len(left) * cost.num_keypoints * share * cost.keypoint_bytes
        return cls(
            num_images=len(left),
            num_pairs=pairs,
            seconds=seconds / run.engine.num_processes,
            num_bytes=round(num_bytes) + pairs * BYTES_A_PAIR,
            num_free=shutil.disk_usage(_first_there(run.store.folder)).free,
        )


def _num_pairs(run: Run) -> int:
    """Pairs that are left; of those that depend on what images look like, about how many."""
    if not run.described:
        return len(run.pairs_left())
    num, asked = len(run.images), run.options.neighbors
    each = asked * PARTNERS_ASKED
    if run.options.pairs == "sequential":
        each = NUM_NEXT + asked / CLOSED_EVERY
    num_shards = 1 if run.effort.part is None else run.effort.part[1]
    return round(min(num * (num - 1) / 2, num * each) / num_shards)


def _cost(pipeline: Pipeline) -> tuple[Cost, float]:
    """Return the cost of a method, and the share of its keypoints that are asked for."""
    cost = COSTS.get(pipeline.extractor.name, OTHER_COST)
    asked = getattr(pipeline.extractor, "max_keypoints", cost.num_keypoints)
    return cost, min(1.0, asked / cost.num_keypoints)


def _megapixels(size: tuple[int, int], max_size: int) -> float:
    factor = min(1.0, max_size / max(size)) if max_size else 1.0
    return size[0] * size[1] * factor**2 / 1e6


def _first_there(folder: Path) -> Path:
    """Return a folder, or the first one around it that exists."""
    around: Iterable[Path] = (folder.absolute(), *folder.absolute().parents)
    return next(one for one in around if one.exists())
