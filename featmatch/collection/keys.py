"""Keys: names for results, made of all that they depend on.

Another photograph, option or version makes another key: results cannot mix, and what is still
right is found again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.collection.method import CollectionMethod
from featmatch.collection.vlad import DESCRIBER
from featmatch.features.extractor import Extractor
from featmatch.files import read_whole
from featmatch.images.view import Reading
from featmatch.verification import MatchOptions
from featmatch.version import __version__

FORMAT = 1
"""Of the store: grows when what is computed or kept changes without another version."""

_KEY_BYTES = 16  # 2^64 results would have to be kept before two share a key by chance


def digest(*parts: object) -> str:
    """Return 32 hexadecimal digits that tell sequences of texts and numbers apart."""
    text = json.dumps(parts).encode()
    return hashlib.blake2b(text, digest_size=_KEY_BYTES).hexdigest()


def pair_key(image0: str, image1: str, matching: str) -> str:
    """Return the key of what is found between two images, of theirs and that of the matching."""
    return digest(image0, image1, matching)


@dataclass(frozen=True)
class Keys:
    """The keys of a collection, by its options.

    Parameters
    ----------
    method : CollectionMethod
    reading : Reading
    options : MatchOptions
    prefilter : bool
        Whether pairs are looked at quickly first; see `worth_matching`.
    """

    method: CollectionMethod
    reading: Reading
    options: MatchOptions
    prefilter: bool = False

    def features(self, sha256: str, mask: str = "") -> tuple[str, ...]:
        """Return the keys of an image's features, one for each kind.

        Parameters
        ----------
        sha256 : str
            Of the image file.
        mask : str
            The same of its mask; empty without one.
        """
        return tuple(digest(sha256, mask, extraction) for extraction in self._extractions)

    def vector(self, sha256: str, features: tuple[str, ...], mask: str = "") -> str:
        """Return the key of an image's `global_descriptor`: that of the features it is made of."""
        number = self.method.kind_described
        return digest(sha256, mask, self._description) if number is None else features[number]

    def image(self, features: tuple[str, ...], camera: npt.NDArray[np.float64] | None) -> str:
        """Return the key of an image: of its features, and of its camera where that is known."""
        return digest(*features, None if camera is None else camera.tolist())

    @cached_property
    def matching(self) -> str:
        """The key of all that matching depends on beside the images."""
        pipelines = self.method.pipelines
        return digest(
            *(repr(pipeline.matcher) for pipeline in pipelines),
            repr(pipelines[0].estimator),
            repr(self.options),
            self.prefilter,
            *_versions(),
        )

    @cached_property
    def _extractions(self) -> list[str]:
        return [self._extraction(pipeline.extractor) for pipeline in self.method.pipelines]

    @cached_property
    def _description(self) -> str:
        return self._extraction(DESCRIBER)

    def _extraction(self, extractor: Extractor) -> str:
        return digest(repr(extractor), _weights_digest(extractor), repr(self.reading), *_versions())


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal digits."""
    return hashlib.sha256(read_whole(path)).hexdigest()


def _versions() -> tuple[Any, ...]:
    return FORMAT, __version__, cv2.__version__


def _weights_digest(extractor: object) -> str:
    """Return the digest of a network's weights; empty for an extractor that has none."""
    if not hasattr(extractor, "weights"):
        return ""
    from featmatch.learned.network.weights import SHIPPED

    return file_digest(Path(extractor.weights or SHIPPED))
