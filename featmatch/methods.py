"""The methods by name: the one registry, from which the CLI, README and tests take theirs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from featmatch.features.akaze import AKAZE
from featmatch.features.brisk import BRISK
from featmatch.features.kaze import KAZE
from featmatch.features.orb import ORB
from featmatch.features.sift import SIFT
from featmatch.pipeline import Pipeline

METHODS: Mapping[str, Pipeline] = MappingProxyType(
    {extractor.name: Pipeline(extractor) for extractor in (ORB(), SIFT(), AKAZE(), KAZE(), BRISK())}
)
"""Name of the method -> `Pipeline`, with every option at its default."""

AUTO: tuple[str, ...] = ("orb", "sift")
"""The methods that ``method="auto"`` tries in turn, cheapest first."""
