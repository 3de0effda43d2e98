"""The verdict, from synthetic keypoints and matches to a sentence."""

import numpy as np
import pytest
from two_view_scenes import SIZE, make_scene, random_points

from featmatch.geometry.calibration import same_scene_probability
from featmatch.geometry.evidence import Evidence
from featmatch.geometry.plausibility import Flaw
from featmatch.geometry.sharing import Sharing
from featmatch.geometry.verdict import as_shared, judge, unless_mirrored
from featmatch.images.image import unseen_image
from featmatch.images.view import View
from featmatch.methods import METHODS
from featmatch.types import Features, Matches, TwoViewGeometry
from featmatch.verification import MatchedPair, MatchOptions

SAMPLES = {
    "auto": 4,
    "homography": 4,
    "affine": 3,
    "similarity": 2,
    "fundamental": 4,
    "essential": 4,
}
MODELS = [model for model in SAMPLES if model != "auto"]
CAMERA = np.array([[800.0, 0, 400], [0, 800, 300], [0, 0, 1]])
CAMERAS = {"intrinsics0": CAMERA, "intrinsics1": CAMERA}


def as_features(points, **options):
    num = len(points)
    return Features(
        keypoints=np.asarray(points, np.float32).reshape(num, 2),
        descriptors=np.zeros((num, 32), np.uint8),
        scores=np.ones(num, np.float32),
        scales=np.full(num, 31, np.float32),
        angles=np.zeros(num, np.float32),
        image_size=SIZE,
        method="orb",
        norm="hamming",
        **options,
    )


def view(camera=None):
    return View(unseen_image(SIZE, "unseen"), camera=camera)


def verify(points0, points1, ratios=None, intrinsics0=None, intrinsics1=None, **options):
    """The model and the verdict on keypoints that are matched one to one."""
    num = len(points0)
    ratios = np.full(num, 0.7) if ratios is None else ratios
    matches = Matches(
        np.column_stack([np.arange(num)] * 2), np.zeros(num, np.float32), ratios.astype(np.float32)
    )
    features = as_features(points0), as_features(points1)
    return verify_pair(
        MatchedPair(view(intrinsics0), view(intrinsics1), *features, matches), **options
    )


def verify_pair(pair, **options):
    found = METHODS["orb"].verify(pair, MatchOptions(**options))
    return found.chosen.geometry, found.verdict


def assert_sentence(reason):
    assert reason
    assert reason == reason.strip()
    for oddity in ("\n", "  ", "nan", "inf ", "None", "-0", "^-"):
        assert oddity not in reason


def found(kind="homography", inliers=9):
    matrix = np.eye(3)
    mask = np.arange(20) < inliers
    return TwoViewGeometry(kind, matrix, mask, np.where(mask, 0, 99.0), 3.0)


def missing(reason="no homography: 3 matches, at least 4 are needed"):
    return TwoViewGeometry("none", None, np.zeros(20, bool), np.full(20, np.inf), 3.0, reason)


@pytest.mark.parametrize("kind", ["homography", "fundamental"])
@pytest.mark.parametrize("seed", range(4))
def test_views_of_one_scene_are_accepted(kind, seed):
    scene = make_scene(kind, seed, wrong=0.5)
    geometry, verdict = verify(scene.points0, scene.points1, seed=seed)
    assert geometry.kind == kind
    assert verdict.accepted
    assert verdict
    assert verdict.confidence > 0.8
    assert verdict.log10_false_alarms < -20
    assert verdict.reason.startswith(f"{geometry.num_inliers} of 150 matches agree with one")
    assert_sentence(verdict.reason)


@pytest.mark.parametrize(("num", "trials"), [(12, 40), (40, 12), (100, 8)])
def test_random_matches_are_never_accepted(num, trials):
    """Nor nearly: of a hundred pairs at most one would have fewer false alarms than 10^-2."""
    for seed in range(trials):
        rng = np.random.default_rng(seed)
        points0, points1 = random_points(rng, num), random_points(rng, num)
        geometry, verdict = verify(points0, points1, rng.random(num), seed=seed)
        assert not verdict.accepted
        assert verdict.log10_false_alarms > -2
        assert verdict.confidence < 0.5
        assert len(geometry.inliers) == num
        assert_sentence(geometry.reason)
        assert_sentence(verdict.reason)


def test_random_keypoints_matched_many_to_one_are_not_accepted():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        few = random_points(rng, 6)
        _, verdict = verify(random_points(rng, 80), few[rng.integers(0, 6, 80)], seed=seed)
        assert not verdict.accepted


@pytest.mark.parametrize("seed", range(4))
def test_a_mirror_image_is_rejected_though_a_fundamental_matrix_fits(seed):
    scene = make_scene("homography", seed, wrong=0.2)
    mirrored = np.column_stack([800 - scene.points1[:, 0], scene.points1[:, 1]])
    for model in ("auto", "homography", "fundamental", "affine", "similarity"):
        _, verdict = verify(scene.points0, mirrored, model=model)
        assert not verdict.accepted
        assert verdict.confidence == same_scene_probability(0.0)
        assert verdict.log10_false_alarms < -20
        assert "mirrors the image" in verdict.reason
        assert_sentence(verdict.reason)


@pytest.mark.parametrize("model", MODELS)
def test_the_model_asked_for_is_the_model_reported(model):
    scene = make_scene(model, 2, wrong=0.3)
    geometry, verdict = verify(scene.points0, scene.points1, model=model, **scene.cameras)
    assert geometry.kind == model
    assert (geometry.inliers == scene.is_right).mean() > 0.95
    assert verdict.accepted
    assert_sentence(verdict.reason)


def test_a_plane_is_accepted_even_when_another_model_was_asked_for():
    scene = make_scene("homography", 2, wrong=0.3)
    for model in MODELS:
        geometry, verdict = verify(scene.points0, scene.points1, model=model, **CAMERAS)
        assert verdict.accepted
        assert geometry.kind in (model, "none")
        assert_sentence(verdict.reason)


@pytest.mark.parametrize("model", ["auto", *MODELS])
@pytest.mark.parametrize("num", range(10))
def test_few_matches_are_ordinary_and_not_enough(model, num):
    points = random_points(np.random.default_rng(num), num)
    geometry, verdict = verify(points, points + np.array([20, 10]), model=model, **CAMERAS)
    assert geometry.inliers.shape == (num,)
    assert_sentence(verdict.reason)
    if num <= SAMPLES[model] + 1:
        assert not verdict.accepted
    if not num:
        assert (
            verdict.reason
            == "image 0 has no keypoints (it is blank, masked or too small, or none are kept)"
        )


def test_reasons_for_nothing():
    points, none = random_points(np.random.default_rng(0), 9), np.zeros((0, 2), np.int64)
    matches = Matches(none, np.zeros(0, np.float32), np.zeros(0, np.float32))
    for keypoints, reason in (
        ((points, points), "no keypoints look alike"),
        (
            (points, points[:0]),
            "image 1 has no keypoints (it is blank, masked or too small, or none are kept)",
        ),
        (
            (points[:0], points),
            "image 0 has no keypoints (it is blank, masked or too small, or none are kept)",
        ),
    ):
        pair = MatchedPair(view(), view(), *map(as_features, keypoints), matches)
        geometry, verdict = verify_pair(pair)
        assert not geometry
        assert verdict.reason == reason
        assert verdict.confidence == same_scene_probability(0.0)


def test_pixel_size_widens_the_tolerance():
    scene = make_scene("homography", 1, wrong=0.3, noise=2.0)
    num = len(scene.points0)
    pairs, zeros = np.column_stack([np.arange(num)] * 2), np.zeros(num, np.float32)
    matches = Matches(pairs, zeros, zeros + 0.5)
    features = as_features(scene.points0), as_features(scene.points1, pixel_size=3.0)
    pair = MatchedPair(view(), view(), *features, matches)
    geometry, verdict = verify_pair(pair, model="homography")
    assert geometry.max_error == 9.0
    assert geometry.inliers[scene.is_right].mean() > 0.95
    assert verdict.accepted


@pytest.mark.parametrize("model", ["none", "Homography", "planar", None])
def test_an_unknown_model_is_the_callers_mistake(model):
    points = random_points(np.random.default_rng(0), 9)
    with pytest.raises(ValueError, match="model: expected one of auto, homography"):
        verify(points, points, model=model)


def test_an_essential_matrix_without_cameras_is_the_callers_mistake():
    points = random_points(np.random.default_rng(0), 9)
    with pytest.raises(ValueError, match=r"^camera: expected those of both images"):
        verify(points, points, model="essential")


@pytest.mark.parametrize(
    ("surprise", "accepted"), [(-4.99, False), (-5.0, True), (-5.01, True), (0.0, False)]
)
def test_the_bound(surprise, accepted):
    evidence = Evidence(found(), surprise)
    verdict = judge(evidence, [evidence], 20, (100, 100))
    assert verdict.accepted is accepted
    assert verdict.log10_false_alarms == surprise
    assert ("no more than chance explains" in verdict.reason) is not accepted
    assert_sentence(verdict.reason)


def test_the_strongest_evidence_decides():
    weak, strong = Evidence(found("fundamental"), -2.0), Evidence(found(), -30.0)
    verdict = judge(weak, [strong, weak], 20, (100, 100))
    assert verdict.accepted
    assert verdict.log10_false_alarms == -30


def test_the_flaw_of_the_strongest_map_decides_and_of_a_weaker_one_does_not():
    flawed = Evidence(found(), -30.0, Flaw.FOLDS)
    for other, accepted in ((-20.0, False), (-40.0, True)):
        sound = Evidence(found("fundamental"), other)
        verdict = judge(sound, [flawed, sound], 20, (100, 100))
        assert verdict.accepted is accepted
        assert ("folds the image along a line" in verdict.reason) is not accepted
        assert_sentence(verdict.reason)


def test_a_flawed_fundamental_matrix_leaves_the_plane_alone():
    """Strong perspective scatters neighbors; the plane that explains it is believed."""
    lines = Evidence(found("fundamental"), -40.0, Flaw.SCATTERS)
    plane = Evidence(found(), -30.0, patch_agreement=0.8)
    verdict = judge(plane, [plane, lines], 20, (100, 100))
    assert verdict.accepted
    assert verdict.log10_false_alarms == -30
    verdict = judge(lines, [lines], 20, (100, 100))
    assert not verdict.accepted
    assert verdict.reason.endswith("far apart, as patterns do that repeat")
    assert_sentence(verdict.reason)


@pytest.mark.parametrize("share", [0.02, 0.5, None])
def test_a_plane_is_accepted_however_little_of_the_images_it_is(share):
    plane = Evidence(found(), -30.0, patch_agreement=share, epipolar_ratio=0.3)
    lines = Evidence(found("fundamental"), -9.0)
    assert judge(plane, [plane, lines], 20, (100, 100)).kind == "scene"


@pytest.mark.parametrize(
    ("kind", "expected"), [("scene", "scene"), ("part", "part"), ("overlay", "none")]
)
def test_what_is_shared_makes_the_verdict(kind, expected):
    plane = Evidence(found(), -30.0, patch_agreement=0.5)
    accepted = judge(plane, [plane], 20, (100, 100))
    verdict = as_shared(accepted, Sharing(kind, "share one thing, and that is all"))
    assert verdict.kind == expected
    assert verdict.accepted is (expected != "none")
    assert verdict.confidence == (accepted.confidence if verdict else same_scene_probability(0.0))
    assert ("share one thing" in verdict.reason) is (kind != "scene")
    assert_sentence(verdict.reason)


def test_the_model_has_a_confidence_of_its_own():
    sure = Evidence(found(), -300.0, patch_agreement=0.9)
    doubtful = Evidence(found("fundamental"), -9.0, neighbor_consistency=0.7)
    confident, hesitant = (judge(one, [sure, doubtful], 20, (9, 9)) for one in (sure, doubtful))
    assert confident.confidence == hesitant.confidence > 0.9
    assert confident.model_confidence > 0.9 > 0.8 > hesitant.model_confidence
    nothing = Evidence(missing(), 0.0)
    assert judge(nothing, [nothing], 3, (100, 100)).model_confidence == 0


def mirrored(exponent, flaw=None, share=None):
    lines = Evidence(missing("no fundamental matrix: a reason"), 0.0)
    return {
        "homography": Evidence(found(), exponent, flaw, patch_agreement=share),
        "fundamental": lines,
    }


def test_what_agrees_with_a_mirror_image_as_well_is_rejected():
    plane = Evidence(found(), -30.0)
    verdict, models = judge(plane, [plane], 20, (100, 100)), {"homography": plane}
    symmetric_building = mirrored(0.77 * -30.0)  # the most that buildings were seen to reach
    for agrees_less in (symmetric_building, mirrored(0.0), mirrored(-99.0, Flaw.MIRRORS)):
        assert unless_mirrored(verdict, models, agrees_less) is verdict
    for exponent, words in ((0.9 * -30.0, "nearly as well"), (-300.0, "agrees better with")):
        rejected = unless_mirrored(verdict, models, mirrored(exponent))
        assert words in rejected.reason
        assert not rejected
        assert rejected.confidence < 0.5
        assert "mirror image" in rejected.reason
        assert_sentence(rejected.reason)


def test_a_symmetric_facade_is_known_by_the_images_themselves():
    plane = Evidence(found(), -30.0, patch_agreement=0.8, epipolar_ratio=0.5)
    verdict, models = judge(plane, [plane], 20, (100, 100)), {"homography": plane}
    assert unless_mirrored(verdict, models, mirrored(-40.0, share=0.4)) is verdict
    assert not unless_mirrored(verdict, models, mirrored(-40.0, share=0.9))


def test_a_model_that_was_asked_for_in_vain():
    asked, plane = (
        Evidence(missing("no fundamental matrix: a reason"), 0.0),
        Evidence(found(), -30.0),
    )
    verdict = judge(asked, [plane, asked], 20, (100, 100))
    assert verdict.accepted
    assert "no fundamental matrix: a reason" in verdict.reason
    nothing = Evidence(missing(), 0.0)
    verdict = judge(nothing, [nothing], 3, (100, 100))
    assert not verdict.accepted
    assert verdict.reason == "no homography: 3 matches, at least 4 are needed"


@pytest.mark.parametrize("exponent", [5, 20, 60, 500])
def test_no_model_is_likelier_than_that_the_images_show_the_same(exponent):
    plane = Evidence(found(), -exponent, patch_agreement=1.0, epipolar_ratio=0.1)
    small = Evidence(found(), -exponent, patch_agreement=0.3, epipolar_ratio=0.1)
    lines = Evidence(found("fundamental"), -exponent, neighbor_consistency=1.0)
    for one in (plane, small, lines):
        verdict = judge(one, [one], 20, (100, 100))
        assert 0 < verdict.model_confidence <= verdict.confidence


def test_a_negative_is_called_one():
    negative = Evidence(found(), -60.0, patch_agreement=0.9, inverted=True)
    verdict = judge(negative, [negative], 20, (100, 100))
    assert "bright and dark have changed places" in verdict.reason
    assert_sentence(verdict.reason)
