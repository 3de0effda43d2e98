"""The verdict in one line: it names who did best, or says that nobody did."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from comparison_cases import (
    BLANK,
    contrast_of,
    contrast_of_sample,
    pair_of,
    small_sample_pair,
    with_scores,
)

from featmatch.compare.headline import headline
from featmatch.compare.scores import UNKNOWN
from featmatch.compare.seed_errors import SeedErrors
from featmatch.evaluation.metrics.bootstrap import Interval
from featmatch.images.image import read_image

NAMES = ("orb", "sift", "cnn")
GOOD = SeedErrors(1.0, 0.5, 1.5, 0, 20)
FAILED = SeedErrors(None, None, None, 20, 20)


def right(number, low=None, high=None, error=GOOD):
    interval = Interval(float(number), low or 0.9 * number, high or 1.1 * number)
    return {"num_correct": number, "right_matches": interval, "homography_error": error}


def told(orb, sift, cnn, pair=None):
    contrast = with_scores(contrast_of_sample(), orb=orb, sift=sift, cnn=cnn)
    return headline(pair or small_sample_pair(), contrast.methods)


@pytest.mark.parametrize("winner", NAMES)
def test_who_has_clearly_the_most_right_matches_did_best(winner):
    verdict = told(*(right(300 if name == winner else 100) for name in NAMES))
    assert (verdict.outcome, verdict.best) == ("best", (winner,))
    assert "did best here: 300 (270 to 330) right matches, against " in verdict.headline
    assert verdict.headline.count("100") == 2
    assert verdict.why.endswith(".")


def test_intervals_that_overlap_are_a_tie():
    verdict = told(right(200), right(190), right(100))
    assert (verdict.outcome, verdict.best) == ("even", ("orb", "sift"))
    assert verdict.headline.startswith("ORB and SIFT did equally well here: ")
    assert "the network's 100" in verdict.headline


def test_a_failed_homography_cannot_win():
    verdict = told(right(300, error=FAILED), right(100), right(50))
    assert verdict.best == ("sift",)
    assert "ORB's 300 (failed)" in verdict.headline


@pytest.mark.parametrize("number", [0, 1, 9])
def test_all_fail_with_a_handful_of_right_matches(number):
    """0, 1 and 0 right matches are no ground for calling anyone better."""
    verdict = told(right(0), right(number, error=FAILED), right(0))
    assert (verdict.outcome, verdict.best) == ("failed", ())
    assert verdict.headline.startswith("All three failed here")
    assert "better" not in verdict.headline + verdict.why


def test_all_fail_without_a_homography_near_the_truth():
    verdict = told(*(right(50, error=FAILED) for _ in NAMES))
    assert verdict.headline == (
        "All three failed here: no homography comes within 20 px of the truth."
    )


def test_why_compares_points_and_descriptors_with_the_next():
    high, low = Interval(0.8, 0.75, 0.85), Interval(0.3, 0.25, 0.35)
    verdict = told(
        {**right(100), "repeatability_3": high, "average_precision": low},
        {**right(20), "repeatability_3": low},
        {**right(300), "repeatability_3": low, "average_precision": high},
    )
    assert verdict.why == (
        "Beside ORB, the network finds its points again less well (30 % against 80 %), but tells "
        "them apart better by their descriptors (average precision 0.80 against 0.30)."
    )


def test_epipolar_lines_tell_shares_of_right_matches():
    pair = replace(small_sample_pair(), homography=None, fundamental=np.eye(3))
    unknown = {"repeatability_3": UNKNOWN, "average_precision": UNKNOWN}
    sides = [{**right(number), **unknown} for number in (100, 50, 300)]
    assert re.fullmatch(
        r"Beside ORB, the network has 300 of \d+ matches right \(\d+ %\) against 100 of \d+ "
        r"matches right \(\d+ %\)\.",
        told(*sides, pair=pair).why,
    )


def test_a_third_that_finds_more_points_again_is_named():
    high, low = Interval(0.8, 0.75, 0.85), Interval(0.3, 0.25, 0.35)
    verdict = told(
        {**right(20), "repeatability_3": high},
        {**right(100), "repeatability_3": low},
        {**right(300), "repeatability_3": low},
    )
    assert verdict.why.startswith("Beside SIFT, the network finds its points again about as well")
    assert verdict.why.endswith("; ORB finds its points again more often (80 %).")


@pytest.mark.parametrize("homography", [np.eye(3), None])
@pytest.mark.parametrize("shape", [(90, 120), (1, 1)])
def test_blank_and_tiny_images_have_one_sentence(homography, shape):
    image = read_image(np.resize(BLANK, shape))
    pair = pair_of(image, image, homography)
    verdict = headline(pair, contrast_of(pair, 20).methods)
    assert (verdict.outcome, verdict.why, verdict.details) == ("nothing", "", ())
    assert verdict.headline == (
        "Nothing to find here: none of the three finds 10 points in either image."
    )


@pytest.mark.parametrize(("origin", "outcome"), [("none", "unrelated"), ("matched", "unjudged")])
def test_without_geometry_nobody_wins(origin, outcome):
    pair = replace(small_sample_pair(), homography=None, origin=origin, reason="as found")
    verdict = told({}, {}, {}, pair=pair)
    assert (verdict.outcome, verdict.best, verdict.why) == (outcome, (), "As found.")
