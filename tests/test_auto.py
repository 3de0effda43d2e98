"""Matching on demand: which methods are tried, when it stops, whose answer is kept."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

import featmatch
from featmatch import METHODS, threads
from featmatch.auto import EQUALLY_PROBABLE, PLANS, Plan, PlannedStep, match_in_steps
from featmatch.features.orb import ORB
from featmatch.images.view import View
from featmatch.types import Verdict

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
STEPS = {
    effort: [step.pipeline.extractor.name for step in plan.steps] for effort, plan in PLANS.items()
}


SMALL = 500  # px: as many steps as on the whole pictures, in less time


@cache
def match_pair(name, **options):
    return featmatch.match(SAMPLES / f"{name}_0.jpg", SAMPLES / f"{name}_1.jpg", **options)


def tried(result):
    return [step.method for step in result.steps]


class Answering:
    """A pipeline that answers as it is told."""

    def __init__(
        self,
        method,
        seconds=1.0,
        accepted=False,
        confidence=0.1,
        model_confidence=0.0,
        log10_false_alarms=-9.0,
        mirrored=False,
    ):
        self._mirrored = mirrored
        words = "as it is told"
        verdict = Verdict(
            "scene" if accepted else "none", confidence, log10_false_alarms, words, model_confidence
        )
        step = replace(match_pair("poster").steps[0], method=method, seconds=seconds)
        self._result = replace(
            match_pair("poster"), method=method, verdict=verdict, steps=(step,), stopped="only step"
        )

    def match(self, view0, view1, options, *, confirm):
        assert not confirm
        return self._result

    def confirm(self, result, view0, view1, options):
        if not self._mirrored:
            return result
        verdict = replace(result.verdict, kind="none", model_confidence=0.0)
        return replace(result, verdict=verdict, steps=())


def take_steps(*pipelines, costs=None, to_the_end=False, **options):
    costs = costs or [1.0] * len(pipelines)
    steps = map(PlannedStep, pipelines, costs)
    return match_in_steps(Plan(tuple(steps), to_the_end), "view0", "view1", **options)


SURE = {"accepted": True, "confidence": 0.999, "model_confidence": 0.99}


def test_of_steps_that_are_not_believed_the_one_with_the_most_evidence_is_shown():
    few = Answering("orb", model_confidence=0.4, log10_false_alarms=-12.0)
    many = Answering("affine-sift", model_confidence=0.1, log10_false_alarms=-165.0)
    for order in ((few, many), (many, few)):
        assert take_steps(*order).method == "affine-sift"


@pytest.mark.parametrize("name", ["poster", "room"])
def test_it_stops_at_orb_where_that_is_sure(name):
    result = match_pair(name)
    assert tried(result) == ["orb"]
    assert (result.method, result.stopped) == ("orb", "sure")
    assert PLANS["normal"].steps[0].is_sure(result)
    first = PLANS["normal"].steps[0].pipeline
    alone = first.match(*(View.read(SAMPLES / f"{name}_{number}.jpg") for number in (0, 1)))
    np.testing.assert_array_equal(result.geometry.matrix, alone.geometry.matrix)
    assert result.verdict == alone.verdict


def test_it_tries_everything_on_unrelated_images():
    result = match_pair("unrelated", max_size=SMALL)
    assert tried(result) == STEPS["normal"]
    assert result.stopped == "last step"
    assert not any(step.accepted for step in result.steps)
    assert all(step.seconds > 0 for step in result.steps)
    second = PLANS["normal"].steps[1].pipeline
    step, alone = result.steps[1], match_pair("unrelated", method=second, max_size=SMALL)
    assert (step.num_matches, step.num_inliers) == (len(alone.matches), alone.num_inliers)
    assert (step.confidence, step.log10_false_alarms) == (
        alone.verdict.confidence,
        alone.verdict.log10_false_alarms,
    )


@pytest.mark.slow
def test_efforts():
    assert STEPS["fast"] == STEPS["normal"][:2]
    assert tried(match_pair("unrelated", effort="fast", max_size=SMALL)) == STEPS["fast"]
    thorough = match_pair("poster", effort="thorough", max_size=SMALL)
    assert tried(thorough) == STEPS["thorough"]
    assert thorough.stopped == "last step"
    surest = max(step.model_confidence for step in thorough.steps)
    assert thorough.verdict.model_confidence >= surest - EQUALLY_PROBABLE


def test_every_step_is_a_method_under_its_own_name():
    for names in STEPS.values():
        assert set(names) <= set(METHODS)


@pytest.mark.parametrize(("seconds", "steps"), [(0, 1), (0.001, 1), (1e9, 4)])
def test_time_is_limited_between_the_steps(seconds, steps):
    result = match_pair("unrelated", max_seconds=seconds, max_size=SMALL)
    assert len(result.steps) == steps
    assert result.stopped == ("out of time" if steps == 1 else "last step")
    assert json.loads(json.dumps(result.to_dict()))["stopped"] == result.stopped


def test_no_method_is_begun_that_would_probably_take_too_long():
    pipelines = [Answering("orb", seconds=2.0), Answering("cnn", 5.0), Answering("sift", 9.0)]
    for max_seconds, names in ((5.9, ["orb"]), (6.1, ["orb", "cnn"]), (30, ["orb", "cnn", "sift"])):
        result = take_steps(*pipelines, costs=[1, 2, 4], max_seconds=max_seconds)
        assert tried(result) == names
        assert result.stopped == ("last step" if len(names) == 3 else "out of time")


def test_a_sure_answer_in_time_is_no_lack_of_time():
    assert take_steps(Answering("orb", **SURE), Answering("cnn"), max_seconds=0).stopped == "sure"


def test_it_stops_where_the_model_is_sure():
    for changed in ({"model_confidence": 0.69}, {"accepted": False}):
        first = Answering("orb", **SURE | changed)
        assert tried(take_steps(first, Answering("cnn", **SURE), Answering("sift"))) == [
            "orb",
            "cnn",
        ]
    barely = Answering("orb", **SURE | {"model_confidence": 0.7})
    assert tried(take_steps(barely, Answering("cnn"))) == ["orb"]
    assert tried(take_steps(Answering("orb", **SURE), Answering("cnn"))) == ["orb"]
    both = take_steps(Answering("orb", **SURE), Answering("cnn"), to_the_end=True)
    assert (tried(both), both.method) == (["orb", "cnn"], "orb")


def test_lines_through_corners_have_to_be_surer_than_others_and_maps():
    corners, blobs = PLANS["normal"].steps[:2]
    room, poster = match_pair("room"), match_pair("poster")
    for step, result, enough in (
        (corners, room, 0.9),
        (blobs, room, 0.7),
        (corners, poster, 0.7),
        (blobs, poster, 0.7),
    ):
        for confidence, sure in ((enough, True), (enough - 0.01, False)):
            verdict = replace(result.verdict, model_confidence=confidence)
            assert step.is_sure(replace(result, verdict=verdict)) is sure


def test_a_map_that_is_as_probable_as_the_surest_before_is_the_last():
    first, last = Answering("orb", accepted=True, model_confidence=0.5), Answering("cnn", **SURE)
    for confidence, tries in ((0.36, 2), (0.64, 2), (0.34, 3), (0.66, 3)):
        second = Answering("sift", accepted=True, model_confidence=confidence)
        result = take_steps(first, second, last)
        assert (len(result.steps), result.stopped) == (tries, "no surer" if tries == 2 else "sure")
    weaker = [
        Answering(name, accepted=True, model_confidence=0.3) for name in ("sift", "affine-sift")
    ]
    assert take_steps(first, *weaker, last).stopped == "sure"
    rejected = Answering("sift", model_confidence=0.5)
    assert take_steps(first, rejected, last).stopped == "sure"
    assert take_steps(rejected, first, first, last).stopped == "no surer"


def test_maps_that_are_guesses_stop_nothing():
    for confidence, stopped in ((0.39, "sure"), (0.4, "no surer")):
        guess = Answering("orb", accepted=True, model_confidence=confidence)
        assert take_steps(guess, guess, Answering("cnn", **SURE)).stopped == stopped


def test_maps_that_the_mirror_image_has_as_well_stop_nothing():
    first, second = (
        Answering(name, mirrored=True, accepted=True, model_confidence=0.5)
        for name in ("orb", "sift")
    )
    result = take_steps(first, second, Answering("cnn", **SURE))
    assert (result.method, result.stopped) == ("cnn", "sure")


def test_an_answer_that_the_mirror_image_gives_as_well_is_not_taken():
    mirrored = Answering("orb", mirrored=True, **SURE)
    result = take_steps(mirrored, Answering("sift", accepted=True, model_confidence=0.3))
    assert (result.method, tried(result)) == ("sift", ["orb", "sift"])
    assert [step.accepted for step in result.steps] == [False, True]
    unsure = Answering("orb", mirrored=True, accepted=True, model_confidence=0.5)
    assert not take_steps(unsure, Answering("sift", log10_false_alarms=0.0))


def test_the_most_trustworthy_model_is_the_answer():
    low = Answering("orb", accepted=True, model_confidence=0.3)
    high = Answering("cnn", accepted=True, model_confidence=0.6)
    rejected = Answering("sift", model_confidence=0.9)
    assert take_steps(low, high, rejected).method == take_steps(rejected, high, low).method == "cnn"
    assert take_steps(rejected, Answering("orb")).method == "sift"


def test_between_models_of_about_the_same_confidence_evidence_decides():
    options = {"accepted": True, "log10_false_alarms": -300.0}
    much = Answering("cnn", model_confidence=0.28, **options)
    for confidence, method in ((0.29, "cnn"), (0.42, "cnn"), (0.44, "orb")):
        little = Answering("orb", accepted=True, model_confidence=confidence)
        assert take_steps(little, much).method == take_steps(much, little).method == method


def test_between_maps_of_about_the_same_confidence_the_images_decide():
    much = Answering("cnn", accepted=True, model_confidence=0.55, log10_false_alarms=-300.0)
    seen = Answering("orb", accepted=True, model_confidence=0.5)
    plane = seen._result.models["homography"]
    for agreement, method in ((plane.patch_agreement - 0.1, "orb"), (1.0, "cnn")):
        models = much._result.models | {"homography": replace(plane, patch_agreement=agreement)}
        much._result = replace(much._result, models=models)
        assert take_steps(seen, much).method == take_steps(much, seen).method == method


def test_without_any_evidence_the_most_inliers_decide():
    steps = match_pair("unrelated", effort="fast", max_size=SMALL).steps
    assert {step.log10_false_alarms for step in steps} == {0.0}
    most = max(steps, key=lambda step: step.num_inliers)
    assert match_pair("unrelated", effort="fast", max_size=SMALL).method == most.method


def test_options_reach_every_step_that_has_them():
    result = match_pair("unrelated", max_keypoints=300, max_size=SMALL)
    assert len(result.features0) <= 300
    weights = Path(featmatch.__file__).parent / "learned" / "cnn.npz"
    own = match_pair("unrelated", max_keypoints=300, max_size=SMALL, weights=weights)
    assert own.steps[2].num_matches == result.steps[2].num_matches


def test_one_thread_or_two_is_the_same_result():
    def answer(num_threads):
        before = cv2.getNumThreads(), threads.get_num_threads()
        cv2.setNumThreads(num_threads)
        threads.set_num_threads(num_threads)
        try:
            names = (SAMPLES / f"gallery_{number}.jpg" for number in (0, 1))
            return featmatch.match(*names, effort="fast", max_size=400)
        finally:
            cv2.setNumThreads(before[0])
            threads.set_num_threads(before[1])

    one, two = answer(1), answer(2)
    np.testing.assert_array_equal(one.points0, two.points0)
    np.testing.assert_array_equal(one.geometry.matrix, two.geometry.matrix)
    assert one.verdict == two.verdict


def test_blank_images_are_ordinary():
    blank = np.full((60, 80), 128, np.uint8)
    result = featmatch.match(blank, blank)
    assert not result.verdict
    assert tried(result) == STEPS["normal"]
    assert (
        result.verdict.reason
        == "image 0 has no keypoints (it is blank, masked or too small, or none are kept)"
    )


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"effort": "huge"}, ValueError, "effort: expected one of fast, normal, thorough"),
        ({"max_seconds": -1}, ValueError, "max_seconds: expected"),
        ({"max_seconds": "1"}, TypeError, "max_seconds: expected"),
        ({"weights": "no.npz"}, featmatch.WeightsError, r"no\.npz: cannot be read"),
        (
            {"weights": "w.npz", "effort": "fast"},
            TypeError,
            "weights: no method of the effort",
        ),
        ({"method": "orb", "effort": "fast"}, TypeError, "effort, max_seconds: expected them with"),
        ({"method": "orb", "max_seconds": 3}, TypeError, "effort, max_seconds: expected them with"),
    ],
)
def test_mistakes(options, error, message):
    blank = np.zeros((40, 40), np.uint8)
    with pytest.raises(error, match=f"^{message}"):
        featmatch.match(blank, blank, **options)


def test_a_pipeline_of_ones_own_takes_one_step():
    blank = np.zeros((40, 40), np.uint8)
    result = featmatch.match(blank, blank, method=replace(METHODS["orb"], extractor=ORB()))
    assert result.stopped == "only step"
