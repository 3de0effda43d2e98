"""The sentences below the headline: by what rule, what made it so, who is exact and fast."""

from __future__ import annotations

from dataclasses import replace

from hand_made_comparison import make_comparison, without_points

from featmatch.compare.seed_errors import SeedErrors
from featmatch.evaluation.metrics.bootstrap import Interval
from featmatch.report.comparison.reasons import reasons

LOW, HIGH = Interval(0.2, 0.15, 0.25), Interval(0.4, 0.35, 0.45)


def told(counts, **fields):
    """Tell the reasons, with right matches of swapped points and descriptors, and with fields."""
    comparison = make_comparison()
    contrast = comparison.contrast
    swap = tuple(
        replace(one, num_correct=counts[key][0], matching_score=counts[key][1])
        for one in contrast.swap
        if (key := (one.points, one.descriptors)) in counts
    )
    methods = tuple(
        replace(method, **{name: values[number] for name, values in fields.items()})
        for number, method in enumerate(contrast.methods)
    )
    return reasons(replace(comparison, contrast=replace(contrast, swap=swap, methods=methods)))


def test_descriptors_are_named_where_they_alone_make_it():
    counts = {("orb", "orb"): (168, LOW), ("orb", "cnn"): (269, HIGH), ("cnn", "orb"): (156, LOW)}
    assert (
        "ORB's points with the network's descriptors get 269 right instead of 168, the network's "
        "points with ORB's descriptors 156: it is the descriptors."
    ) in told(counts)
    assert "it is" not in told({**counts, ("cnn", "orb"): (300, LOW)})
    assert "it is" not in told({**counts, ("orb", "cnn"): (269, LOW)})


def test_the_most_exact_and_the_fastest_are_told_where_they_are_clear():
    errors = [SeedErrors(value, value, value, 0, 20) for value in (2.3, 0.46, 1.3)]
    text = told({}, homography_error=errors, extract_seconds=[1.4, 2.4, 0.6], match_seconds=[0] * 3)
    assert text.endswith(
        "SIFT's homography is the most exact (0.46 px); the network was the fastest here "
        "(ORB 1,400, SIFT 2,400, the network 600 ms)."
    )
    errors[2] = SeedErrors(1.3, 0.4, 2.0, 0, 20)
    text = told({}, homography_error=errors, extract_seconds=[1.4, 1.3, 1.2], match_seconds=[0] * 3)
    assert text.endswith(
        "None was clearly faster here (ORB 1,400, SIFT 1,300, the network 1,200 ms)."
    )


def test_where_nobody_did_best_there_is_no_reason():
    assert reasons(without_points(make_comparison())) == ""
