"""Matching descriptors, by time and by memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from paired import Comparison, compare

from featmatch import METHODS, match_descriptors, read_image

NUM = 8000
MATCH_MANY = Path(__file__).with_name("match_many.py")
MANY = 50_000
MEGABYTES = 500


def descriptors_of(method, paths):
    extractor = METHODS[method].extractor
    both = [extractor.extract(read_image(path)).descriptors[:NUM] for path in paths]
    assert [len(descriptors) for descriptors in both] == [NUM, NUM]
    return both


def test_sift_descriptors_match_three_times_as_fast_as_by_opencv(photographs, hold):
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    hold(
        compare(
            "8,000 x 8,000 SIFT / two cv2 knnMatch",
            lambda *sets: match_descriptors(*sets, norm="l2", max_ratio=0.85),
            lambda set0, set1: (
                matcher.knnMatch(set0, set1, k=2),
                matcher.knnMatch(set1, set0, k=2),
            ),
            [tuple(descriptors_of("sift", photographs[0]))] * 7,
            bound=1 / 3,
        )
    )


def test_orb_descriptors_match_as_fast_as_one_way_by_opencv(photographs, hold):
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    hold(
        compare(
            "8,000 x 8,000 ORB / one cv2 knnMatch",
            lambda *sets: match_descriptors(*sets, norm="hamming", max_ratio=0.85),
            lambda *sets: matcher.knnMatch(*sets, k=2),
            [tuple(descriptors_of("orb", photographs[0]))] * 15,
            bound=1.0,
        )
    )


@pytest.mark.parametrize("norm", ["l2", "hamming"])
def test_many_descriptors_match_in_little_memory(norm, hold):
    command = [sys.executable, str(MATCH_MANY), norm, str(MANY)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    extra, _ = map(float, printed.split())
    name = f"{MANY:,} x {MANY:,} {norm}, extra memory / {MEGABYTES} MB"
    hold(Comparison(name, extra, MEGABYTES, extra / MEGABYTES, bound=1.0, unit="MB"))
