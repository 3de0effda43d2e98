"""The verdict in words: true whatever comes out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from comparison_cases import (
    change,
    contrast_of_sample,
    maps_without_points,
    small_sample_pair,
    with_scores,
)

from featmatch.compare.feature_maps import LayerMaps
from featmatch.compare.scores import UNKNOWN
from featmatch.compare.seed_errors import SeedErrors
from featmatch.compare.verdict import put_in_words
from featmatch.compare.verdict_findings import against, clear_order, under_change
from featmatch.compare.verdict_words import (
    called,
    listed,
    of,
    over_seeds,
    percent,
    percent_between,
    pixels,
    sentence,
)
from featmatch.evaluation.metrics.bootstrap import Interval

HIGH, MIDDLE, LOW = Interval(0.8, 0.75, 0.85), Interval(0.7, 0.6, 0.78), Interval(0.3, 0.2, 0.4)
CHANGES = (change("rotation"), change("blur", orb=2.0))
QUALITY = ("matching_score", "accuracy_3", "repeatability_3", "localization_error")
NO_MAPS = maps_without_points()
FAILED_ALWAYS = SeedErrors(None, None, None, 20, 20)


def sides(orb, cnn, **both):
    """ORB and the network of the sample pair, with fields replaced."""
    contrast = with_scores(contrast_of_sample(), orb={**both, **orb}, cnn={**both, **cnn})
    return {method.name: method for method in contrast.methods}


def said(orb, cnn, **both):
    methods = sides(orb, cnn, **both)
    return against(methods["orb"], methods["cnn"])


def words(pair, contrast, changes=CHANGES, maps=NO_MAPS):
    verdict = put_in_words(pair, contrast, changes, maps)
    for text in (verdict.headline, *filter(None, [verdict.why]), *verdict.details):
        assert text.endswith(".")
        assert text[0] == text[0].upper()
        for mark in ("None", "nan", "inf ", "..", ";;", "  ", "; ;", ": ."):
            assert mark not in text
    return verdict.details


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (HIGH, LOW, ("a", "b")),
        (LOW, HIGH, ("b", "a")),
        (HIGH, MIDDLE, ("", "")),
        (HIGH, HIGH, ("", "")),
        (HIGH, UNKNOWN, ("", "")),
        (Interval(1.0, None, None), LOW, ("", "")),
        (Interval(0.5, 0.4, 0.6), Interval(0.7, 0.6, 0.8), ("", "")),
    ],
)
def test_intervals_that_overlap_are_no_clear_difference(first, second, expected):
    assert clear_order({"a": first, "b": second}) == expected


@pytest.mark.parametrize(
    ("field", "aspect", "more"),
    [
        ("matching_score", "matching points correctly", True),
        ("accuracy_3", "keeping wrong matches out", True),
        ("repeatability_3", "finding the same points again", True),
        ("localization_error", "placing points precisely", False),
    ],
)
@pytest.mark.parametrize("orb_is_higher", [True, False])
def test_the_clearly_better_side_is_named(field, aspect, more, orb_is_higher):
    orb, cnn = (HIGH, LOW) if orb_is_higher else (LOW, HIGH)
    even = dict.fromkeys(QUALITY, MIDDLE)
    costs = {"extract_seconds": 1.0, "match_seconds": 1.0, "num_bytes": 32}
    chance = {"chance_repeatability_3": 0.1}
    told = said({field: orb}, {field: cnn}, **even, **costs, **chance)
    better = "ORB" if orb_is_higher is more else "the network"
    assert f"; {better} is clearly better" in told or f": {better} is clearly better" in told
    assert told.count("clearly better") == 1
    won = told.partition("clearly better here at ")[2].partition(";")[0]
    assert won == aspect


def test_what_chance_explains_is_not_better():
    """A share of 80 % where chance gives 78 % is no better than 30 % where it gives 10 %."""
    dense = {"repeatability_3": HIGH, "chance_repeatability_3": 0.78}
    sparse = {"repeatability_3": LOW, "chance_repeatability_3": 0.1}
    told = said(dense, sparse)
    assert "clearly better here at finding the same points again" not in told
    assert "finding the same points again" in told
    assert "placing points precisely" not in told  # nor is the distance of chance neighbors


def test_unknown_scores_are_not_told():
    told = said({}, {}, **dict.fromkeys(QUALITY, UNKNOWN))
    assert told.startswith("ORB and the network: how well they do cannot be compared here; ")
    assert "finding" not in told
    assert "matching" not in told


@pytest.mark.parametrize(
    ("orb", "cnn", "winner"), [(0.1, 0.2, "ORB"), (0.2, 0.1, "the network"), (0.1, 0.14, None)]
)
def test_speed(orb, cnn, winner):
    half = {"match_seconds": 0.1}
    told = said({"extract_seconds": orb, **half}, {"extract_seconds": cnn, **half})
    numbers = f"speed (ORB {1000 * orb + 100:.0f}, the network {1000 * cnn + 100:.0f} ms"
    assert numbers in told
    part = next(part for part in told.split("; ") if numbers in part)
    assert (f"{winner} is clearly better" if winner else "no clear difference") in part


def test_without_keypoints_speed_is_not_compared():
    told = said({"num_keypoints": (5, 0)}, {})
    assert "speed" not in told
    assert "how well they do cannot be compared here" in told


def test_the_sample_pair_in_words():
    told = words(small_sample_pair(), contrast_of_sample())
    assert 6 <= len(told) <= 8
    assert told[0].startswith("ORB and the network: ")
    assert told[1].startswith("SIFT and the network: ")
    assert "at most 150 keypoints" in told[2]
    assert small_sample_pair().reason in told[2]
    for method in contrast_of_sample().methods:
        assert f"{called(method.name)} {method.num_correct} of {method.num_matches}" in told[4]
    assert told[6].startswith("As image 0 is changed more and more")


def test_swapped_counts_are_those_of_the_swap():
    told = words(small_sample_pair(), contrast_of_sample())[5]
    for scores in contrast_of_sample().swap:
        if "sift" not in (scores.points, scores.descriptors):
            count = f"{of(scores.points)} points with {of(scores.descriptors)} descriptors "
            assert f"{count}{scores.num_correct}" in told


@pytest.mark.parametrize(
    ("better", "conclusion"),
    [
        ({"orb": "cnn", "cnn": "cnn"}, "the network's descriptors are clearly better at the poin"),
        ({"orb": "orb", "cnn": "orb"}, "ORB's descriptors are clearly better at the points of bot"),
        ({"orb": "orb", "cnn": "cnn"}, "each side's descriptors are clearly better at its own poi"),
        ({"orb": "cnn", "cnn": "orb"}, None),
        ({"orb": None, "cnn": "cnn"}, None),
    ],
)
def test_the_conclusion_from_the_swap(better, conclusion):
    """`better` says whose descriptors win at whose points."""
    contrast = contrast_of_sample()
    swap = tuple(
        replace(
            scores,
            matching_score=HIGH if better.get(scores.points) in (scores.descriptors, None) else LOW,
        )
        for scores in contrast.swap
    )
    told = words(small_sample_pair(), replace(contrast, swap=swap))[5]
    assert told.count(";") == (conclusion is not None)
    assert conclusion is None or conclusion in told


def test_one_side_without_keypoints():
    contrast = contrast_of_sample()
    nothing = {
        "num_keypoints": (0, 9),
        "repeatability_3": UNKNOWN,
        "num_matches": 0,
        "num_correct": 0,
        "accuracy_3": UNKNOWN,
        "matching_score": UNKNOWN,
        "right_matches": Interval(0.0, 0.0, 0.0),
        "homography_error": FAILED_ALWAYS,
    }
    told = " ".join(words(small_sample_pair(), with_scores(contrast, orb=nothing)))
    assert "no keypoints are found by ORB in image 0" in told
    assert "ORB 0 of 0" in told
    assert "ORB failed, " in told


def test_points_that_are_nowhere_in_both():
    unknown = {"repeatability_3": UNKNOWN, "chance_repeatability_3": None}
    contrast = with_scores(contrast_of_sample(), orb=unknown, sift=unknown, cnn=unknown)
    told = words(small_sample_pair(), contrast)
    assert "No keypoint lies in a part that both images show." in told


def test_an_estimated_geometry_is_not_called_the_truth():
    pair = replace(small_sample_pair(), origin="estimated")
    assert "it is not the truth itself" in words(pair, contrast_of_sample())[2]


def test_epipolar_lines_are_a_weaker_test():
    pair = replace(small_sample_pair(), homography=None, fundamental=np.eye(3))
    told = words(pair, contrast_of_sample())
    assert "of its epipolar lines, where some wrong ones lie too" in told[2]
    assert not any("homography estimated from them" in text for text in told)


def test_a_range_is_told_only_where_it_is_one():
    assert over_seeds(SeedErrors(2.318, 2.318, 2.318, 0, 20)) == "2.3 px"
    assert over_seeds(SeedErrors(2.318, 2.1, 2.6, 0, 20)) == "2.3 px (2.1 to 2.6)"
    assert over_seeds(SeedErrors(2.318, 2.318, 2.318, 3, 20)) == "2.3 px (3 of 20 failed)"


@pytest.mark.parametrize(
    ("orb", "cnn", "outcome"),
    [
        (None, None, "ORB and the network hold throughout in blur"),
        (2.0, 2.0, "ORB and the network break at the same step in blur"),
        (2.0, 4.0, "the network holds out longer than ORB in blur"),
        (2.0, None, "the network holds out longer than ORB in blur"),
        (6.0, 0.5, "ORB holds out longer than the network in blur"),
        (0.0, 0.0, "ORB and the network fail even on the unaltered image in blur"),
        (0.0, 1.0, "the network holds out longer than ORB in blur"),
    ],
)
def test_who_holds_out_longer(orb, cnn, outcome):
    assert outcome in under_change([change("blur", orb=orb, cnn=cnn)])


def test_steps_are_counted_from_the_unaltered_image():
    """Of scales 0.5 and 2.83, the former is two steps from 1, the latter three."""
    told = under_change([change("scale", orb=0.5, cnn=2.83)])
    assert "the network holds out longer than ORB in scale" in told


def test_changes_of_the_same_outcome_are_listed_together():
    told = under_change([change("blur"), change("noise"), change("jpeg"), change("scale", orb=2.0)])
    assert "hold throughout in blur, noise and JPEG compression" in told
    assert "longer than ORB in scale" in told


def test_without_turning():
    told = under_change([change("rotation", upright=45.0)])
    assert told.endswith("; without turning its descriptors the network breaks at 45°")
    assert "without turning" not in under_change([change("rotation")])


def test_without_changes_there_is_nothing_to_tell():
    assert under_change([]) == ""
    assert len(words(small_sample_pair(), contrast_of_sample(), ())) == 6


def layer(title, precision):
    nothing = np.zeros(0)
    return LayerMaps(
        "name", title, 2, 1, *(nothing,) * 3, (),
        precision, None, None if precision is None else 0.25,
    )  # fmt: skip


def test_maps_in_words():
    layers = layer("Block 1", 0.5), layer("Block 2", 0.75), layer("Block 3", None)
    common = replace(NO_MAPS.common_points, orb_near_learned=0.4, chance_orb_near_learned=0.07)
    maps = replace(NO_MAPS, layers=layers, common_points=common)
    told = words(small_sample_pair(), contrast_of_sample(), CHANGES, maps)[-1]
    assert "in the layer “Block 2”, with an average precision of 0.75 (guessing: 0.25)" in told
    assert "40 % of ORB's points have one of the network's within 3 px (by chance 7 %)" in told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (percent(0), "0 %"),
        (percent(0.001), "less than 1 %"),
        (percent(0.426), "43 %"),
        (percent(0.999), "more than 99 %"),
        (percent(1), "100 %"),
        (percent_between(0.5, Interval(0.5, 0.412, 0.6)), "50 % (41 to 60)"),
        (percent_between(0.5, Interval(0.5, None, None)), "50 %"),
        (pixels(0.0512), "0.051 px"),
        (pixels(2.345), "2.3 px"),
        (pixels(9.99), "10 px"),
        (pixels(1234.5), "1,234 px"),
        (listed([]), ""),
        (listed(["a"]), "a"),
        (listed(["a", "b"]), "a and b"),
        (listed(["a", "b", "c"]), "a, b and c"),
        (called("cnn"), "the network"),
        (called("orb"), "ORB"),
        (of("sift"), "SIFT's"),
        (sentence("ab c"), "Ab c."),
    ],
)
def test_wording(text, expected):
    assert text == expected
