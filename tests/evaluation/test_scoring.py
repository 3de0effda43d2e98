"""What is measured of one answer, against closed forms; and real answers on known warps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_suites import METHOD, NUM_KEYPOINTS, warp, write_pairs

import featmatch
from featmatch import Features, Image, Matches, MatchResult, TwoViewGeometry, Verdict
from featmatch.errors import SuiteError
from featmatch.evaluation.bench import scoring
from featmatch.evaluation.bench.pair_score import TOLERANCES, BenchOptions, PairScore
from featmatch.evaluation.bench.readers import read_suite
from featmatch.evaluation.bench.scoring import MODELS, score_pair
from featmatch.evaluation.bench.suites import SuitePair

SIZE = 101, 51
QUICK = BenchOptions(max_keypoints=NUM_KEYPOINTS)
SHIFT = np.array([(1.0, 0, 10), (0, 1, 0), (0, 0, 1)])
FUNDAMENTAL = np.array([(0.0, 0, 0), (0, 0, -1), (0, 1, 0)])  # lines are rows of the images


def shift(x, y):
    return np.array([(1, 0, x), (0, 1, y), (0, 0, 1.0)])


def planar(**truths):
    return SuitePair("pair", Path("a.png"), Path("b.png"), "planar", group="easy", **truths)


def features(points):
    num = len(points)
    return Features(
        np.reshape(points, (num, 2)).astype(np.float32),
        np.ones((num, 4), np.float32) / 2,
        *(np.ones(num, np.float32) for _ in range(3)),
        SIZE,
        "orb",
    )


def answer(points0=(), points1=(), *, matrix=None, kind="homography", accepted=True):
    """What `featmatch.match` could return: points matched in their order."""
    num = min(len(points0), len(points1))
    indices = np.stack([np.arange(num)] * 2, axis=1)
    inliers = np.arange(num) < 2 if matrix is not None else np.zeros(num, bool)
    image = Image(np.zeros(SIZE[::-1], np.uint8), SIZE, "image")
    return MatchResult(
        image0=image,
        image1=image,
        features0=features(points0),
        features1=features(points1),
        matches=Matches(indices, np.ones(num, np.float32), np.ones(num, np.float32)),
        geometry=TwoViewGeometry(
            "none" if matrix is None else kind, matrix, inliers, np.zeros(num), 3.0
        ),
        verdict=Verdict("scene" if accepted else "none", 0.75, -9.0, "as it is"),
        method="orb",
        seed=0,
        seconds={"read": 0.5, "extract": 1.0, "match": 2.0, "estimate": 4.0},
    )


@pytest.fixture
def score(monkeypatch):
    """Score a pair as if `featmatch.match` had given this answer."""

    def score(pair, given, **options):
        calls = []

        def match(*images, **arguments):
            calls.append((images, arguments))
            return given

        monkeypatch.setattr(scoring, "match", match)
        found = score_pair("suite", pair, "orb", BenchOptions(**options), num_processes=3)
        score.calls = calls
        return found

    return score


def test_a_shift_is_off_by_its_length(score):
    found = score(planar(homography=SHIFT), answer(matrix=shift(13, 4)))
    assert found.homography_error == pytest.approx(5)
    assert found.corner_error == pytest.approx(5)


def test_labeled_points_come_before_the_grid(score):
    zoom = np.diag([2.0, 1, 1])  # off by x
    points = [(7, 0, 7, 0), (9, 5, 9, 5)]
    both = planar(homography=np.eye(3), points=points)
    assert score(both, answer(matrix=zoom)).homography_error == pytest.approx(8)
    assert score(both, answer(matrix=zoom)).corner_error == pytest.approx(50)
    alone = score(planar(points=points), answer(matrix=zoom))
    assert alone.homography_error == pytest.approx(8)
    assert alone.corner_error is alone.accuracy is alone.repeatability is None


def test_the_grid_is_what_image_1_shows(score):
    """Of 20 columns 0, 100/19 ... 100, a shift by 80 leaves those up to x = 20: four of them."""
    found = score(planar(homography=shift(80, 0)), answer(matrix=shift(80, 0) @ np.diag([2, 1, 1])))
    assert found.homography_error == pytest.approx(np.mean([0, 1, 2, 3]) * 100 / 19)


def test_no_model_is_infinitely_far_off(score):
    points = [(7, 0, 7, 0)]
    for pair in (planar(homography=SHIFT), planar(points=points)):
        assert score(pair, answer()).homography_error == np.inf
    assert score(planar(homography=SHIFT), answer()).corner_error == np.inf


def test_matches_and_keypoints_are_measured(score):
    """Of four keypoints of image 0, three stay in the frame, and two are matched right."""
    points0 = [(10, 10), (30, 20), (50, 30), (99, 40)]
    points1 = [(20, 10), (40, 22.5), (90, 5), (5, 40)]
    found = score(planar(homography=SHIFT), answer(points0, points1, matrix=SHIFT))
    errors = np.array([0, 2.5, np.hypot(30, 25), 104])
    expected = [(errors <= tolerance).mean() for tolerance in TOLERANCES]
    assert found.accuracy == pytest.approx(expected)
    assert found.matching_score == pytest.approx(2 / 3)
    # Of image 1 the last keypoint would lie outside image 0: 2 of 3 each are found.
    assert found.repeatability == pytest.approx(4 / 6)
    area = (101 - 10) * 51
    assert found.chance_repeatability == pytest.approx(1 - np.exp(-3 * 9 * np.pi / area))
    assert (found.num_keypoints0, found.num_keypoints1) == (4, 4)
    assert (found.num_matches, found.num_inliers) == (4, 2)


def test_nothing_found_is_no_fault(score):
    found = score(planar(homography=SHIFT), answer())
    assert found.accuracy == (0.0,) * 10
    assert found.matching_score is found.repeatability is found.chance_repeatability is None
    assert (found.num_matches, found.num_inliers) == (0, 0)


def test_an_unseen_plane_is_a_wrong_truth(score):
    with pytest.raises(SuiteError) as caught:
        score(planar(homography=shift(500, 0)), answer(matrix=SHIFT))
    assert str(caught.value) == (
        "a.png: the homography of the pair pair takes nothing of it into b.png; correct the "
        "homography, or make the pair an unrelated one"
    )


def test_points_near_their_epipolar_lines(score):
    pair = SuitePair(
        *("pair", Path("a.png"), Path("b.png"), "twoview"),
        points=[(0, 10, 5, 10), (0, 10, 9, 12.5), (3, 3, 0, 7), (9, 9, 9, 40)],
    )
    given = answer(matrix=FUNDAMENTAL, kind="fundamental")
    found = score(pair, given)
    expected = [(np.array([0, 2.5, 4, 31]) <= tolerance).mean() for tolerance in TOLERANCES]
    assert found.epipolar_curve == pytest.approx(expected)
    assert found.epipolar_accuracy == pytest.approx(np.mean(expected))
    none = score(pair, answer())
    assert none.epipolar_curve == (0.0,) * 10
    assert none.epipolar_accuracy == 0
    assert none.homography_error is none.accuracy is none.pose_error_degrees is None


def test_unrelated_images_have_a_verdict_alone(score):
    pair = SuitePair("pair", Path("a.png"), Path("b.png"), "unrelated")
    for accepted in (False, True):
        found = score(pair, answer(accepted=accepted))
        assert found.accepted is accepted
        measures = ("homography_error", "epipolar_curve", "pose_error_degrees", "accuracy")
        assert [getattr(found, name) for name in measures] == [None] * 4
        assert found.epipolar_accuracy is None


def test_the_answer_is_told(score):
    found = score(planar(homography=SHIFT), answer(matrix=SHIFT))
    assert (found.suite, found.pair, found.group, found.kind) == ("suite", "pair", "easy", "planar")
    assert (found.method, found.answered_by, found.confidence) == ("orb", "orb", 0.75)
    assert found.stage_seconds == {"read": 0.5, "extract": 1.0, "match": 2.0, "estimate": 4.0}
    assert found.step_seconds == {"orb": 7.0}  # without reading
    assert 0 <= found.seconds < 5
    assert found.num_processes == 3


def test_the_method_is_asked_for_the_model_of_the_kind(score):
    score(planar(homography=SHIFT), answer(), seed=5, max_size=77, max_keypoints=9)
    ((images, arguments),) = score.calls
    assert images == (Path("a.png"), Path("b.png"))
    assert arguments == {
        "method": "orb",
        "model": "homography",
        "seed": 5,
        "max_size": 77,
        "max_keypoints": 9,
    }
    assert dict(MODELS) == {
        "planar": "homography",
        "twoview": "fundamental",
        "pose": "fundamental",
        "related": "auto",
        "unrelated": "auto",
    }


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seed": -1}, ValueError, "^seed: expected"),
        ({"seed": 0.5}, TypeError, "^seed: expected"),
        ({"max_size": -1}, ValueError, "^max_size: expected"),
        ({"max_keypoints": True}, TypeError, "^max_keypoints: expected"),
    ],
)
def test_options_are_checked(options, error, message):
    with pytest.raises(error, match=message):
        BenchOptions(**options)


def test_real_answers_on_known_warps_are_good(tmp_path):
    suite = read_suite(write_pairs(tmp_path / "tiny"))
    scores = {pair.kind: score_pair(suite.name, pair, METHOD, QUICK) for pair in suite.pairs}
    assert scores["planar"].homography_error < 0.5
    assert scores["planar"].accuracy[-1] > 0.8
    assert scores["planar"].repeatability > scores["planar"].chance_repeatability
    assert scores["twoview"].epipolar_accuracy > 0.8
    assert scores["pose"].pose_error_degrees < 5
    assert scores["pose"].epipolar_accuracy is None  # it has no labeled points
    assert [kind for kind, score in scores.items() if not score.accepted] == ["unrelated"]
    assert all(isinstance(score, PairScore) for score in scores.values())


def test_errors_are_those_of_the_homography_returned(tmp_path):
    pair = read_suite(write_pairs(tmp_path / "tiny")).pairs[0]
    result = featmatch.match(
        pair.image0, pair.image1, method=METHOD, model="homography", max_keypoints=NUM_KEYPOINTS
    )
    corners = np.array([(0, 0, 1), (239, 0, 1), (239, 179, 1), (0, 179, 1.0)])
    mapped = [corners @ matrix.T for matrix in (warp(2), result.homography)]
    found, truth = (points[:, :2] / points[:, 2:] for points in mapped)
    score = score_pair("tiny", pair, METHOD, QUICK)
    assert score.corner_error == pytest.approx(np.linalg.norm(found - truth, axis=1).mean())
