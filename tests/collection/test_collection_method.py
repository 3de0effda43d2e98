"""The methods of a collection."""

from dataclasses import replace

import pytest

from featmatch import METHODS
from featmatch.collection.method import MOST_KEYPOINTS, CollectionMethod
from featmatch.learned.extraction.extractor import CNN


@pytest.mark.parametrize("name", sorted(METHODS))
def test_keypoints_are_limited_to_what_many_pairs_can_be_asked(name):
    if METHODS[name].extractor.unavailable:
        pytest.skip(METHODS[name].extractor.unavailable)
    (pipeline,) = CollectionMethod.named(name, {}).pipelines
    own = METHODS[name].extractor.max_keypoints
    assert pipeline.extractor.max_keypoints == min(own, MOST_KEYPOINTS)


def test_a_union_has_all_keypoints_of_each_kind():
    both = CollectionMethod.named("sift+cnn", {}).pipelines
    for pipeline, name in zip(both, ("sift", "cnn"), strict=True):
        own = METHODS[name].extractor
        assert pipeline.extractor == (own if name == "sift" else replace(own, scales=CNN.scales))
        assert pipeline.matcher.neighborhoods is None


def test_a_limit_that_is_asked_for_is_kept():
    method = CollectionMethod.named("sift+cnn", {"max_keypoints": 9000})
    assert [one.extractor.max_keypoints for one in method.pipelines] == [9000, 9000]
    assert CollectionMethod.named(METHODS["sift"], {}).pipelines == (METHODS["sift"],)


def test_colmap_keeps_as_many():
    pycolmap = pytest.importorskip("pycolmap")
    options = pycolmap.FeatureExtractionOptions()
    assert options.sift.max_num_features == MOST_KEYPOINTS
