"""Options that OpenCV would take as they come, and end the process over some of them."""

from dataclasses import replace

import pytest

from featmatch.features.contributed import AKAZE, BRISK, KAZE
from featmatch.features.orb import ORB
from featmatch.features.sift import SIFT
from featmatch.methods import METHODS


@pytest.mark.parametrize(
    ("extractor", "option", "value"),
    [
        (ORB, "num_levels", 0),
        (ORB, "num_levels", 100),
        (ORB, "scale_factor", 0.5),
        (ORB, "scale_factor", 1.0),
        (ORB, "wta_k", 7),
        (ORB, "fast_threshold", -1),
        (ORB, "num_candidates", -1),
        (SIFT, "contrast_threshold", -1.0),
        (SIFT, "edge_threshold", float("nan")),
        (BRISK, "threshold", 300),
        (SIFT, "max_keypoints", 10**12),
    ],
)
def test_values_out_of_range_are_refused(extractor, option, value):
    with pytest.raises(ValueError, match=f"^{option}: expected .* to .*, got "):
        extractor(**{option: value})


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("value", [2.5, True, None])
def test_numbers_of_another_type_are_refused(name, value):
    with pytest.raises(TypeError, match=r"^max_keypoints: expected "):
        replace(METHODS[name].extractor, max_keypoints=value)


@pytest.mark.parametrize("extractor", [AKAZE, BRISK, KAZE, ORB, SIFT])
@pytest.mark.parametrize("value", ["no", 1, None])
def test_flags_of_another_type_are_refused(extractor, value):
    with pytest.raises(TypeError, match=r"^spread: expected "):
        extractor(spread=value)


@pytest.mark.parametrize(("option", "value"), [("scale_factor", "1.2"), ("num_levels", None)])
def test_numbers_are_numbers(option, value):
    with pytest.raises(TypeError, match=f"^{option}: expected "):
        ORB(**{option: value})
