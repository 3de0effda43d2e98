"""The pairs that are compared: their truth is true, and bad files of homographies are refused."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_warps import project

from featmatch.compare.pair import (
    SAMPLE,
    at_working_size,
    given_pair,
    read_homography,
    sample_pair,
    warped_pair,
)
from featmatch.errors import FeatmatchError
from featmatch.evaluation.metrics.overlap import overlap
from featmatch.images.image import read_image

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
MATRIX = np.array([(1.1, 0.2, 5), (-0.1, 0.9, 9), (1e-4, -2e-4, 1)])


def spots(size, places, dtype=np.uint8):
    """A dark image with a soft bright spot of sigma 3 at each place."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    light = sum(np.exp(((x - px) ** 2 + (y - py) ** 2) / -18) for px, py in places)
    return (0.8 * light * (255 if dtype == np.uint8 else 1)).astype(dtype)


def centroid(pixels, place, reach=9):
    """Center of the brightness around a place."""
    x, y = np.meshgrid(np.arange(pixels.shape[1]), np.arange(pixels.shape[0]))
    near = np.hypot(x - place[0], y - place[1]) <= reach
    weights = np.where(near & (pixels > 0.15 * pixels.max()), pixels.astype(float), 0)
    return np.array([(weights * x).sum(), (weights * y).sum()]) / weights.sum()


# The sample pair


def test_sample_pair_has_the_homography_of_its_originals():
    pairs = json.loads((SAMPLES / "pairs.json").read_text(encoding="utf-8"))["pairs"]
    (poster,) = (pair for pair in pairs if pair["name"] == "poster")
    x0, x1 = np.hsplit((np.array(poster["points"]) + 0.5) * 640 / 900 - 0.5, 2)
    pair = sample_pair()
    np.testing.assert_allclose(project(pair.homography, x0), x1, atol=1e-3)
    assert (pair.origin, pair.fundamental) == ("sample", None)


def test_sample_images_are_the_originals_made_smaller():
    pair = sample_pair()
    for number, image in enumerate((pair.image0, pair.image1)):
        assert image.size == (640, 480)
        assert image.name == f"poster_{number}.jpg"
        original = read_image(SAMPLES / image.name, max_size=640).pixels
        assert np.abs(original - image.pixels.astype(float)).mean() < 2.5


def test_sample_is_small_and_made_by_its_script(tmp_path, monkeypatch):
    files = sorted(SAMPLE.iterdir())
    assert [file.name for file in files] == ["homography.txt", "poster_0.jpg", "poster_1.jpg"]
    assert sum(file.stat().st_size for file in files) <= 150_000
    monkeypatch.syspath_prepend(SAMPLES)
    monkeypatch.setattr("sys.argv", ["make_compared_pair.py", str(tmp_path / "new")])
    importlib.import_module("make_compared_pair").main()
    made = read_homography(tmp_path / "new" / "homography.txt")
    np.testing.assert_array_equal(made, sample_pair().homography)
    for name in ("poster_0.jpg", "poster_1.jpg"):
        new, old = (cv2.imread(str(folder / name)) for folder in (tmp_path / "new", SAMPLE))
        assert cv2.PSNR(new, old) > 40


# A pair made by a warp


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_warped_pair_moves_spots_as_it_says(seed, dtype):
    # A coarse lattice around the middle, which every warp keeps in sight.
    places = [(x, y) for x in (150, 200, 250) for y in (100, 150, 200)]
    pair = warped_pair(read_image(spots((400, 300), places, dtype)), seed)
    assert pair.image1.pixels.dtype == dtype
    expected = project(pair.homography, places)
    found = np.array([centroid(pair.image1.pixels, place) for place in expected])
    # Noise and the slope of the light pull a little, not in the same direction.
    assert np.abs(found - expected).max() < 0.4
    assert np.abs((found - expected).mean(axis=0)).max() < 0.1


@pytest.mark.parametrize("size", [(400, 300), (300, 400), (500, 120)])
def test_warped_view_lies_within_the_image(size):
    pair = warped_pair(read_image(np.zeros(size[::-1], np.uint8)), 1)
    width, height = pair.image1.size
    assert overlap(pair.homography, size, pair.image1.size).area1 == pytest.approx(width * height)


def test_warped_pair_turns_by_about_25_degrees_and_enlarges_by_about_a_quarter():
    for seed in range(6):
        pair = warped_pair(read_image(np.zeros((300, 400), np.uint8)), seed)
        middle = np.array([(199.5, 149.5), (200.5, 149.5), (199.5, 150.5)])
        moved = project(pair.homography, middle)
        right, down = moved[1:] - moved[0]
        turn = np.degrees(np.arctan2(right[1] - down[0], right[0] + down[1]))
        assert abs(turn) == pytest.approx(25, abs=8)
        assert np.sqrt(abs(np.linalg.det([right, down]))) == pytest.approx(1.25, abs=0.2)


def test_warped_pair_is_drawn_by_its_seed():
    image = read_image(SAMPLES / "room_0.jpg", max_size=200)
    pair, same, other = (warped_pair(image, seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(pair.image1.pixels, same.image1.pixels)
    np.testing.assert_array_equal(pair.homography, same.homography)
    assert not np.allclose(pair.homography, other.homography)
    assert pair.image1.pixels.shape[2] == 3
    assert (pair.origin, pair.image0.size) == ("warp", (200, 150))


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 50), (3, 3)])
def test_warped_pair_of_a_tiny_image(size):
    pair = warped_pair(read_image(np.full(size, 100, np.uint8)))
    assert np.isfinite(pair.homography).all()
    assert abs(np.linalg.det(pair.homography)) > 0


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_out_of_range_is_told(seed):
    with pytest.raises(ValueError, match="seed: expected an integer from 0 to"):
        warped_pair(read_image(np.zeros((9, 9), np.uint8)), seed)


# A pair whose homography is given


def test_given_homography_is_of_the_originals():
    image0 = read_image(np.zeros((300, 400), np.uint8), max_size=200)
    image1 = read_image(np.zeros((600, 500), np.uint8), max_size=150)
    pair = given_pair(image0, image1, MATRIX)
    assert (pair.image0.size, pair.image1.size) == ((200, 150), (125, 150))
    points0 = np.random.default_rng(0).uniform(0, 300, (20, 2))
    points1 = project(MATRIX, points0)
    np.testing.assert_allclose(
        project(pair.homography, image0.from_original(points0)), image1.from_original(points1)
    )
    assert pair.origin == "given"


@pytest.mark.parametrize(
    ("matrix", "flaw"),
    [
        (np.eye(2), r"shape \(2, 2\)"),
        ([[1, 2], [3]], "rows of different lengths"),
        (np.ones((3, 3)), "a singular one"),
        (np.zeros((3, 3)), "a singular one"),
        (np.full((3, 3), np.nan), "NaN or infinity"),
        ([["a"] * 3] * 3, "values that are not numbers"),
    ],
)
def test_what_is_no_homography_is_told(matrix, flaw):
    image = read_image(np.zeros((9, 9), np.uint8))
    message = f"homography: expected an invertible 3 x 3 matrix, got {flaw}"
    with pytest.raises(ValueError, match=message):
        given_pair(image, image, matrix)


def test_working_size_becomes_the_only_size():
    image = read_image(np.zeros((300, 400), np.uint8), max_size=200)
    assert at_working_size(image).size == (200, 150)
    assert at_working_size(image).pixels is image.pixels


# Files of homographies


@pytest.mark.parametrize(
    "text",
    [
        "1.1 0.2 5\n-0.1 0.9 9\n1e-4 -2e-4 1\n",
        "1.1,0.2,5\r\n-0.1,0.9,9\r\n1e-4,-2e-4,1",
        "\ufeff  1.1\t0.2 5\n\n-0.1, 0.9, 9\n1e-4 -2e-4 1\n\n",
        "[[1.1, 0.2, 5],\n [-0.1, 0.9, 9], [1e-4, -2e-4, 1]]",
    ],
)
def test_homography_is_read_from_text(text, tmp_path):
    (tmp_path / "matrix.txt").write_text(text, encoding="utf-8", newline="")
    np.testing.assert_array_equal(read_homography(tmp_path / "matrix.txt"), MATRIX)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
def test_homography_is_read_from_an_array(dtype, tmp_path):
    matrix = (10 * MATRIX + np.eye(3)).astype(dtype)
    np.save(tmp_path / "matrix.npy", matrix)
    found = read_homography(tmp_path / "matrix.npy")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, matrix)


STATED = b"{'descr': '<f8', 'fortran_order': False, 'shape': (9, 10000000000000), }"
LYING = b"\x93NUMPY\x01\x00" + len(STATED).to_bytes(2, "little") + STATED


@pytest.mark.parametrize(
    ("name", "content", "flaw"),
    [
        ("a.txt", b"1 0 0\n0 1 0\n", r"invertible 3 x 3 matrix, got shape \(2, 3\)"),
        ("a.txt", b"1 0 0\n0 1\n0 0 1\n", "matrix, got rows of different lengths"),
        ("a.txt", b"1 0 0\n0 1 0\n0 0 nan\n", "matrix, got NaN or infinity"),
        ("a.txt", b"1 2 3\n2 4 6\n0 0 1\n", "matrix, got a singular one"),
        ("a.txt", b"", r"matrix, got shape \(0,\)"),
        ("a.txt", b"one two three", "holds no matrix .*could not convert string"),
        ("a.txt", b"\xff\xfe\x00", "holds no matrix .*decode"),
        ("a.json", b"[[1, 0, 0], [0, 1, 0]", "holds no matrix .*expecting"),
        ("a.json", b'[["a", 0, 0], [0, 1, 0], [0, 0, 1]]', "values that are not numbers"),
        ("a.json", b"[[1, 0, 0], [0, 1, 0], [0, 0, null]]", "values that are not numbers"),
        ("a.json", b"[" * 100_000, "holds no matrix"),
        ("a.npy", b"1 0 0\n0 1 0\n0 0 1\n", "holds no matrix"),
        ("a.npy", b"", "holds no matrix"),
        ("a.npy", LYING, r"holds no matrix \(.*states 720,000,000,000,000 bytes and has 0\)"),
    ],
)
def test_a_file_without_homography_is_told_in_a_sentence(name, content, flaw, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FeatmatchError, match=flaw) as caught:
        read_homography(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "write " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pickles_are_not_opened(tmp_path):
    np.save(tmp_path / "matrix.npy", np.full((3, 3), None), allow_pickle=True)
    with pytest.raises(FeatmatchError, match="holds no matrix"):
        read_homography(tmp_path / "matrix.npy")


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_a_file_that_cannot_be_read_is_told(name, tmp_path):
    with pytest.raises(FeatmatchError, match="cannot be read"):
        read_homography(tmp_path / name)


@settings(max_examples=30)
@given(st.binary(max_size=60), st.integers(0, 130), st.sampled_from(["m.npy", "m.txt"]))
def test_damaged_files_are_read_or_refused(tmp_path_factory, noise, place, name):
    path = tmp_path_factory.mktemp("damaged") / name
    np.save(path.with_suffix(".npy"), MATRIX)
    content = path.with_suffix(".npy").read_bytes() if name == "m.npy" else b"1 0 0\n0 1 0\n0 0 1"
    path.write_bytes(content[:place] + noise + content[place + len(noise) :])
    try:
        found = read_homography(path)
    except FeatmatchError:
        return
    assert found.shape == (3, 3)
    assert np.isfinite(found).all()
