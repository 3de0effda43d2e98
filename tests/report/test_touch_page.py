"""Pages that can be touched, as files: whole, small enough, and the same for the same result."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from touched_pairs import (
    SIZE,
    TURNED,
    bent_relation,
    blobs,
    data_of,
    known_result,
    named,
    placed_pair,
    relation,
    touched,
)

from featmatch.geometry.shared_part import SharedPart
from featmatch.images.image import unseen_image
from featmatch.report.match.page import match_page
from featmatch.report.touch.page import SHARE, touch_page
from featmatch.report.touch.pair import NUM_NODES, PicturePair
from featmatch.report.touch.pictures import MIN_ROOM, QUALITIES, encode_pictures


def noise(width, height, seed=0):
    """A picture that cannot be made smaller without loss."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def characters(pictures):
    return sum(len(picture["src"]) for picture in pictures)


def test_a_match_is_whole_on_its_page():
    result = known_result()
    data = data_of(match_page(result))
    (pair,) = data["pairs"]
    (only,) = pair["relations"]
    assert (pair["image0"], pair["image1"]) == (0, 1)
    assert [picture["name"] for picture in data["pictures"]] == ["a.png", "b.png"]
    assert [picture["size"] for picture in data["pictures"]] == [[*SIZE], [*SIZE]]
    np.testing.assert_allclose(only["points0"], result.points0, atol=0.005)
    np.testing.assert_allclose(only["points1"], result.points1, atol=0.005)
    assert only["inliers"] == result.inliers.astype(int).tolist()
    np.testing.assert_allclose(only["homography"], TURNED)
    assert len(only["outline1"]) == 4
    assert data["title"] == "Match"
    assert data["lead"] == "For a known reason."
    assert ["method", "orb"] in data["facts"]
    assert data["tables"][0]["rows"][0][:3] == ["homography", "16", "-20"]


def test_residuals_that_are_not_known_are_none():
    measures = dict(data_of(match_page(known_result()))["pairs"][0]["relations"][0]["measures"])
    assert measures["residual (px)"][:3] == [0, 0.1, 0.2]
    assert measures["residual (px)"][16:] == [None] * 4
    assert measures["ratio to the second nearest"][0] == 0.8


@pytest.mark.parametrize("kind", ["homography", "fundamental", "none"])
def test_only_the_model_that_is_believed_is_on_the_page(kind):
    only = data_of(match_page(known_result(kind)))["pairs"][0]["relations"][0]
    assert (only["homography"] is not None) == (kind == "homography")
    assert (only["fundamental"] is not None) == (kind == "fundamental")
    # Where no map tells how surroundings move, the keypoints do.
    assert (only["surroundings"] is None) == (kind == "homography")
    if kind != "homography":
        np.testing.assert_allclose(only["surroundings"], np.tile(np.eye(2), (20, 1, 1)), atol=1e-3)


def test_a_model_of_images_that_do_not_match_is_not_shown():
    result = known_result()
    rejected = replace(result, verdict=replace(result.verdict, kind="none"))
    data = data_of(match_page(rejected))
    assert data["title"] == "No match"
    only = data["pairs"][0]["relations"][0]
    assert only["homography"] is None
    assert only["outline1"] is None


def test_a_part_is_outlined_in_both_pictures():
    corners = np.array([[10.0, 10], [60, 10], [60, 50]])
    result = replace(known_result(), part=SharedPart(corners, corners + 5))
    only = data_of(match_page(result))["pairs"][0]["relations"][0]
    assert only["outline0"] == corners.tolist()
    assert only["outline1"] == (corners + 5).tolist()


def test_the_same_result_gives_the_same_page():
    assert match_page(known_result()) == match_page(known_result())


def test_two_pictures_of_two_megapixels_and_many_matches_stay_below_a_megabyte_and_a_half():
    pictures = [named(noise(1633, 1225, seed), f"{seed}.png") for seed in (0, 1)]
    rng = np.random.default_rng(0)
    num = 5000
    many = relation(
        points0=rng.uniform(0, 1600, (num, 2)),
        points1=rng.uniform(0, 1600, (num, 2)),
        inliers=rng.uniform(size=num) < 0.5,
        measures={"residual (px)": rng.uniform(0, 3, num), "ratio": rng.uniform(0, 1, num)},
    )
    page = touch_page(touched(PicturePair(*pictures, (many,))))
    assert 1_200_000 < len(page) <= 2 * SHARE == 1_500_000


def test_pictures_are_as_good_as_the_room_allows():
    pictures = [noise(300, 200, seed) for seed in (0, 1)]
    best = encode_pictures(pictures, 10_000_000)
    assert [picture["width"] for picture in best] == [300, 300]
    room = characters(best) - 1
    tighter = encode_pictures(pictures, room)
    assert characters(tighter) <= room
    assert [picture["width"] for picture in tighter] == [300, 300]
    least = encode_pictures(pictures, 0)
    assert characters(least) <= MIN_ROOM * 2
    assert least[0]["width"] == least[1]["width"] < 300
    assert tuple(sorted(QUALITIES, reverse=True)) == QUALITIES


def test_small_pictures_are_as_they_are_and_large_ones_are_made_smaller():
    (small,) = encode_pictures([blobs((60, 40))], 1_000_000)
    assert small["src"].startswith("data:image/png")
    flat = np.full((2000, 4000), 0.5, np.float32)
    (large,) = encode_pictures([flat], 1_000_000)
    assert large["width"] == 2 * large["height"] < 2300


def test_a_picture_of_several_pairs_is_written_once():
    image0 = named(blobs(), "object.png")
    data = data_of(touch_page(touched(placed_pair(2, image0, 1), placed_pair(1, image0, 2))))
    assert [picture["name"] for picture in data["pictures"]] == [
        "object.png",
        "scene 1.png",
        "scene 2.png",
    ]
    assert [(pair["image0"], pair["image1"]) for pair in data["pairs"]] == [(0, 1), (0, 2)]
    assert [len(pair["relations"]) for pair in data["pairs"]] == [2, 1]


def test_a_smooth_map_is_sampled_from_corner_to_corner():
    image = named(blobs(), "a.png")
    data = data_of(touch_page(touched(PicturePair(image, image, (bent_relation(),)))))
    forward = np.array(data["pairs"][0]["relations"][0]["lattice"]["forward"])
    assert forward.shape == (NUM_NODES, NUM_NODES, 2)
    ends = [[-0.5, 8 * np.sin(-0.5 / 60) - 0.5], [399.5, 299.5 + 8 * np.sin(399.5 / 60)]]
    np.testing.assert_allclose(forward[[0, -1], [0, -1]], ends, atol=0.01)


def test_places_that_lie_nowhere_are_none():
    image, bent = named(blobs(), "a.png"), bent_relation()
    holes = bent.lattice.forward.copy()
    holes[3, 4] = np.nan
    lattice = replace(bent.lattice, forward=holes)
    data = data_of(
        touch_page(touched(PicturePair(image, image, (replace(bent, lattice=lattice),))))
    )
    assert data["pairs"][0]["relations"][0]["lattice"]["forward"][3][4] == [None, None]


def test_images_that_were_not_seen_are_told_so():
    images = (unseen_image(SIZE, "features 0"), unseen_image(SIZE, "features 1"))
    data = data_of(touch_page(touched(PicturePair(*images, (relation(),)))))
    assert [picture["seen"] for picture in data["pictures"]] == [False, False]


def test_nothing_outside_the_page_is_asked_for():
    page = match_page(known_result(names=("</script><b>.png", "\udcff.png"))).decode()
    assert "default-src 'none'; img-src data:" in page
    assert page.count("<script") == 2
    assert not re.search(r'(src|href)="(?!#|data:)', page)
