"""The methods by name: the one registry, from which the CLI, README and tests take theirs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from featmatch.features.affine import AffineViews
from featmatch.features.contributed import AKAZE, BRISK, KAZE
from featmatch.features.orb import ORB
from featmatch.features.sift import SIFT
from featmatch.learned.extraction.extractor import CNN
from featmatch.learned.extraction.sift_cnn import SIFTCNN
from featmatch.matching.matcher import Matcher
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.pipeline import Pipeline

METHODS: Mapping[str, Pipeline] = MappingProxyType(
    {
        pipeline.extractor.name: pipeline
        for pipeline in (
            Pipeline(ORB()),
            Pipeline(SIFT()),
            Pipeline(
                AffineViews(
                    SIFT(max_keypoints=500, spread=False),
                    untilted=SIFT(max_keypoints=3000, num_candidates=5000),
                ),
                Matcher(min_rival_distance=10.0, min_spacing=2.0),
                one_at_a_time=True,
            ),
            Pipeline(CNN(), TurnMatcher()),
            Pipeline(
                SIFTCNN(),
                TurnMatcher(max_ratio=0.9, min_rival_distance=10.0, min_spacing=2.0),
            ),
            Pipeline(AKAZE()),
            Pipeline(KAZE()),
            Pipeline(BRISK()),
        )
    }
)
"""Name of the method -> `Pipeline`."""
