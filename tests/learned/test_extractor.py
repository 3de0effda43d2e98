"""The method ``cnn``: any image, every option, and keypoints where the photograph has moved to."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest
from known_warps import image, noise, picture, project, resize, shift, turn, warped
from scipy.spatial import cKDTree

import featmatch
from featmatch import METHODS, WeightsError, nn, threads
from featmatch.images.image import read_image
from featmatch.learned.extraction import detect
from featmatch.learned.extraction.extractor import CNN, KEYPOINT_SIZE
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions
from featmatch.learned.network.weights import load_network, save_network

EVERY = 100_000


@pytest.fixture(autouse=True)
def _same_threads_afterward():
    before = threads.get_num_threads()
    yield
    threads.set_num_threads(before)


def rows_of(features):
    """Positions, sizes and scores: a keypoint a row."""
    return np.column_stack([features.keypoints, features.scales, features.scores])


def assert_alike(features0, features1, *, exceptions=0.0):
    """Both hold the same keypoints in any order, but for a share where rounding decides."""
    table0, table1 = rows_of(features0), rows_of(features1)
    assert min(len(table0), len(table1)) >= (1 - exceptions) * max(len(table0), len(table1)) > 0
    distances, nearest = cKDTree(table1).query(table0)
    same = distances < 1e-3
    assert np.mean(same) >= 1 - exceptions
    np.testing.assert_allclose(
        features0.descriptors[same], features1.descriptors[nearest[same]], atol=1e-3
    )


@pytest.mark.parametrize(
    "shape",
    [
        *[(1, 1), (8, 8), (16, 17), (17, 17, 3), (33, 18), (1, 400), (400, 1, 3), (64, 64)],
        *[(40, 3000), (3000, 40, 3)],
    ],
)
def test_any_size(shape):
    found = CNN(max_keypoints=300).extract(read_image(noise(*shape), max_size=0))
    assert found.image_size == (shape[1], shape[0])
    assert (found.keypoints >= 0).all()
    assert (found.keypoints <= np.array(found.image_size) - 1).all()
    if min(shape[:2]) <= 16 or min(shape[:2]) >= 40:
        assert (len(found) > 0) == (min(shape[:2]) >= 40)
    assert len(found) <= 300
    assert found.descriptors.shape == (len(found), 64)
    np.testing.assert_allclose(np.linalg.norm(found.descriptors, axis=1), 1, atol=1e-5)
    assert ((found.scores >= 0.02) & (found.scores <= 1)).all()


def test_gray_colored_and_float_images_are_alike():
    gray = cv2.cvtColor(picture(), cv2.COLOR_RGB2GRAY)
    expected = CNN().extract(read_image(gray))
    for same in (np.dstack([gray] * 3), gray / 255, (gray / 255).astype(np.float32)):
        found = CNN().extract(read_image(same))
        np.testing.assert_array_equal(rows_of(found), rows_of(expected))
        np.testing.assert_array_equal(found.descriptors, expected.descriptors)


@pytest.mark.parametrize("value", [0, 127, 255])
def test_blank_images_have_no_keypoints(value, monkeypatch):
    """The network does not even look at them."""
    monkeypatch.setattr(FeatureNetwork, "forward", None)
    found = CNN(min_score=0).extract(read_image(np.full((100, 130), value, np.uint8)))
    assert found.keypoints.shape == (0, 2)
    assert found.descriptors.shape == (0, 64)


def test_keypoints_are_spread_over_the_image():
    """As `select_spread` does, before they are placed to a fraction of a pixel."""
    options = {"max_keypoints": 300, "scales": (1.0,)}
    spread, piled = (CNN(**options, spread=spread).extract(image()) for spread in (True, False))
    assert len(spread) == len(piled) == 300
    assert num_cells(spread) > num_cells(piled)
    assert spread.scores.mean() < piled.scores.mean()
    assert spread.scores.max() == piled.scores.max()


def num_cells(features, side=40):
    return len(np.unique(features.keypoints // side, axis=0))


def test_blank_parts_of_an_image_have_no_keypoints():
    pixels = np.full((200, 300), 128, np.uint8)
    pixels[:, :120] = noise(200, 120)
    found = CNN(min_score=0, scales=(1.0,)).extract(read_image(pixels))
    assert len(found) > 100
    assert found.keypoints[:, 0].max() < 120 + 8 + 1  # a window of 17 px, and less than a pixel


@pytest.mark.parametrize("max_keypoints", [0, 1, 2, 150])
def test_the_highest_scores_are_kept(max_keypoints):
    every = CNN(max_keypoints=EVERY).extract(image())
    found = CNN(max_keypoints=max_keypoints, spread=False).extract(image())
    assert len(every) > 500
    best = np.sort(np.argsort(-every.scores, kind="stable")[:max_keypoints])
    np.testing.assert_array_equal(rows_of(found), rows_of(every)[best])
    np.testing.assert_allclose(found.descriptors, every.descriptors[best], atol=1e-5)


def test_min_score():
    every = CNN(max_keypoints=EVERY, min_score=0).extract(image())
    middle = float(np.mean(np.sort(every.scores)[len(every) // 2 : len(every) // 2 + 2]))
    found = CNN(max_keypoints=EVERY, min_score=middle).extract(image())
    kept = every.scores > middle
    np.testing.assert_array_equal(rows_of(found), rows_of(every)[kept])
    assert len(CNN(min_score=1).extract(image())) == 0


def test_scales_are_looked_at_each_by_itself():
    single = {
        scale: CNN(max_keypoints=EVERY, scales=(scale,)).extract(image())
        for scale in (1.0, 0.5, 1.5)
    }
    for scale, found in single.items():
        assert len(found) > 50
        np.testing.assert_allclose(found.scales, KEYPOINT_SIZE / scale, rtol=1e-6)
    together = CNN(max_keypoints=EVERY, scales=(1.0, 0.5, 1.5)).extract(image())
    np.testing.assert_array_equal(
        rows_of(together), np.concatenate([rows_of(found) for found in single.values()])
    )


def test_a_level_is_the_image_made_smaller():
    """At scale 1/2, keypoints are those of the image of half the size, at the same places."""
    small = cv2.resize(picture(), (180, 135), interpolation=cv2.INTER_AREA)
    found = CNN(max_keypoints=EVERY, scales=(0.5,)).extract(
        read_image(small.repeat(2, 0).repeat(2, 1))
    )
    expected = CNN(max_keypoints=EVERY, scales=(1.0,)).extract(read_image(small))
    moved = project(resize(2), expected.keypoints)
    np.testing.assert_allclose(found.keypoints, moved, atol=1e-3)
    np.testing.assert_allclose(found.descriptors, expected.descriptors, atol=1e-5)


def test_points_of_a_resized_image_are_those_of_the_original():
    """The sides are not resized by the same factor, as a side has whole pixels."""
    resized = read_image(picture(), max_size=217)
    assert resized.scale[0] != resized.scale[1]
    found, within = CNN().extract(resized), CNN().extract(read_image(resized.pixels))
    np.testing.assert_allclose(found.keypoints, resized.to_original(within.keypoints), atol=1e-3)
    np.testing.assert_allclose(found.scales, within.scales * resized.pixel_size, rtol=1e-6)
    assert found.pixel_size == resized.pixel_size


@pytest.mark.parametrize("scales", [(1.0,), (1.0, 0.5)])
def test_a_mask_leaves_out_keypoints_and_changes_none(scales):
    mask = np.zeros((270, 360), np.uint8)
    cv2.circle(mask, (200, 130), 90, 255, -1)
    extractor = CNN(max_keypoints=EVERY, scales=scales)
    found, every = extractor.extract(image(), mask), extractor.extract(image())
    columns, rows = np.rint(found.keypoints).astype(int).T
    assert mask[rows, columns].all()
    all_rows = {tuple(row) for row in rows_of(every).tolist()}
    own_rows = {tuple(row) for row in rows_of(found).tolist()}
    assert own_rows <= all_rows
    well_inside = np.linalg.norm(every.keypoints - (200, 130), axis=1) < 90 - 3 / min(scales)
    assert own_rows >= {tuple(row) for row in rows_of(every)[well_inside].tolist()}


@pytest.mark.parametrize("tile_size", [40, 64, 160])
def test_results_do_not_depend_on_tiles(tile_size):
    whole = CNN(max_keypoints=EVERY).extract(image())
    tiles = CNN(max_keypoints=EVERY, tile_size=tile_size).extract(image())
    assert_alike(whole, tiles, exceptions=0.002)


def test_results_do_not_depend_on_how_much_is_kept_in_memory(monkeypatch):
    extractor = CNN(max_keypoints=400, tile_size=128)
    at_once = extractor.extract(image())
    for max_pixels in (1, 100_000):
        monkeypatch.setattr(detect, "_MAX_PIXELS", max_pixels)
        assert_alike(at_once, extractor.extract(image()))


@pytest.mark.slow
def test_tiles_and_groups_of_them_limit_the_memory(monkeypatch):
    """Neither is enough alone: tiles in work, and feature maps that wait for the choice."""
    threads.set_num_threads(1)
    pixels = cv2.resize(picture("poster_0", 900), (1200, 900))
    large = read_image(pixels)

    def peak(tile_size):
        tracemalloc.start()
        CNN(scales=(1.0,), tile_size=tile_size).extract(large)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2000)  # what only the first call needs
    whole, tiles = peak(2000), peak(400)
    monkeypatch.setattr(detect, "_MAX_PIXELS", 400_000)
    assert peak(400) < 0.75 * min(whole, tiles, peak(2000))


@pytest.mark.parametrize("options", [{}, {"scales": (1.0,)}, {"tile_size": 96}])
def test_results_do_not_depend_on_threads(options):
    found = []
    for num_threads in (1, 2, 3):
        threads.set_num_threads(num_threads)
        found.append(CNN(**options).extract(image()))
    for other in found[1:]:
        np.testing.assert_array_equal(rows_of(other), rows_of(found[0]))
        np.testing.assert_array_equal(other.descriptors, found[0].descriptors)


def residuals(before, after, homography, *, scales=CNN.scales, max_distance=2.0):
    """Of keypoints of both images near the same place: (x, y) from where it should be."""
    extractor = CNN(max_keypoints=1000, scales=scales)
    points0, points1 = (
        extractor.extract(read_image(pixels)).keypoints for pixels in (before, after)
    )
    expected = project(homography, points0)
    distances, there = cKDTree(points1).query(expected)
    back = cKDTree(expected).query(points1)[1]
    near = (distances < max_distance) & (back[there] == np.arange(len(there)))
    return points1[there[near]] - expected[near]


@pytest.mark.parametrize("name", ["poster_0", "room_0"])
@pytest.mark.parametrize(
    "homography",
    [
        shift(0.3, -0.4),
        shift(-0.6, 0.2),
        turn(0.2, (640, 480)) @ shift(2.3, 1.6),
        np.array([[0.95, 0.06, 3], [-0.03, 1.02, 5], [1e-4, 4e-5, 1]]),
    ],
    ids=["shift", "shift back", "turn", "perspective"],
)
def test_keypoints_move_with_the_photograph(name, homography):
    """Pixels that draw peaks to their centers would leave up to half a pixel behind."""
    before = picture(name, 640)
    offsets = residuals(before, warped(before, homography), homography)
    assert len(offsets) > 400
    assert np.abs(np.median(offsets, axis=0)).max() < 0.1
    assert np.median(np.linalg.norm(offsets, axis=1)) < 0.7


@pytest.mark.parametrize("scale", [0.5, 0.7])
def test_keypoints_of_coarser_scales_are_not_shifted(scale):
    """Found at scale 1 in the smaller image, and at about `scale` in the larger one."""
    before = picture("poster_0", 640)
    size = round(640 * scale), round(480 * scale)
    after = cv2.resize(before, size, interpolation=cv2.INTER_AREA)
    result = featmatch.match(before, after, method="cnn", model="homography")
    offsets = result.points1 - project(resize(scale), result.points0)
    near = np.linalg.norm(offsets, axis=1) < 2
    assert np.count_nonzero(near) > 400
    assert np.abs(np.median(offsets[near], axis=0)).max() < 0.05
    rows0, rows1 = result.matches.indices[near].T
    ratios = result.features1.scales[rows1] / result.features0.scales[rows0]
    assert np.median(ratios) == pytest.approx(scale, rel=0.05)


def test_the_size_of_a_keypoint_holds_about_half_of_the_gradient():
    class Description(nn.Module):
        """Of the middle of an image."""

        def __init__(self):
            self.network = load_network()

        def forward(self, images):
            _, maps = self.network(images)
            middle = np.full((len(images), 1, 2), images.shape[1] / 2)
            return self.network.describe(maps, middle).reshape(len(images), 1, 1, -1)

    field = nn.effective_receptive_field(Description(), (4, 192, 192, 1))
    assert KEYPOINT_SIZE / 1.6 < field.side(0.5) < KEYPOINT_SIZE * 1.6


def test_weights_of_ones_own(tmp_path):
    options = NetworkOptions(channels=(4, 4, 4), head_channels=4, descriptor_size=8, num_turns=2)
    network = FeatureNetwork(options, np.random.default_rng(0)).eval()
    save_network(tmp_path / "own.npz", network)
    extractor = CNN(weights=tmp_path / "own.npz", num_turns=2, min_score=0)
    found = extractor.extract(image())
    assert found.descriptors.shape == (len(found), 8)
    assert len(found) > 50
    with pytest.raises(WeightsError, match=r"own\.npz: .* take 2 turns, expected 8"):
        replace(extractor, num_turns=8).extract(image())


def test_options_of_the_usual_network_fit_together():
    extractor, matcher = METHODS["cnn"].extractor, METHODS["cnn"].matcher
    network = load_network()
    assert extractor.num_turns == matcher.num_turns == network.options.num_turns
    assert NetworkOptions().num_turns == extractor.num_turns
    assert CNN.descriptor == f"{network.options.descriptor_size} floats"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"max_keypoints": -1},
            ValueError,
            "max_keypoints: expected an integer from 0 to 1,000,000, got -1",
        ),
        (
            {"max_keypoints": 1.5},
            TypeError,
            "max_keypoints: expected an integer from 0 to 1,000,000, got 1.5",
        ),
        ({"min_score": 1.1}, ValueError, "min_score: expected a number from 0 to 1, got 1.1"),
        ({"min_score": "0"}, TypeError, "min_score: expected a number from 0 to 1, got '0'"),
        ({"num_turns": 0}, ValueError, "num_turns: expected an integer from 1 to 64, got 0"),
        ({"tile_size": 0}, ValueError, "tile_size: expected an integer from 1 to 65,536, got 0"),
        ({"scales": ()}, ValueError, "scales: expected at least one number, each once, got ()"),
        ({"scales": (1.0, 1)}, ValueError, "scales: expected .*, each once, got (1.0, 1)"),
        ({"scales": (1.0, 0)}, ValueError, "scales: expected a number from 0.01 to 4, got 0"),
        ({"scales": (1.0, "2")}, TypeError, "scales: expected a number from 0.01 to 4, got '2'"),
        ({"scales": 0.5}, TypeError, "scales: expected numbers, as in (1.0, 0.5), got 0.5"),
        ({"spread": 1}, TypeError, "spread: expected True or False, got 1"),
        ({"weights": 5}, TypeError, "weights: expected a path or None, got 5"),
    ],
)
def test_options_out_of_range(options, error, words):
    pattern = words.replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(error, match=f"^{pattern}$"):
        CNN(**options)


def test_scales_may_be_a_list():
    assert CNN(scales=[1.0, 0.5]) == CNN(scales=(1.0, 0.5))
