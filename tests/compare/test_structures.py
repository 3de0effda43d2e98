"""Structures where they were drawn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from feature_map_cases import photograph

from featmatch.compare.places import BORDER, structure_points

SIDE = 240
CORNERS = np.array([[80, 80], [159, 80], [80, 159], [159, 159]])


def found_in(gray, max_points=200):
    return structure_points(gray, max_points, np.random.default_rng(0))


def of_family(points, family):
    return np.concatenate([at for name, at in points.items() if name.split()[0] == family])


def square():
    gray = np.full((SIDE, SIDE), 60, np.uint8)
    gray[80:160, 80:160] = 180
    return gray


def discs(brightness):
    gray = np.full((SIDE, SIDE), 120, np.uint8)
    centers = np.array([[60, 60], [180, 60], [120, 120], [60, 180], [180, 180]])
    for x, y in centers.tolist():
        cv2.circle(gray, (x, y), 4, brightness, -1, cv2.LINE_AA)
    return gray, centers


def test_a_square_has_four_corners_each_of_its_own_direction():
    points = found_in(square())
    corners = [points[f"corner {quarter}"] for quarter in range(4)]
    found = np.concatenate(corners)
    nearest = np.linalg.norm(found[:, None] - CORNERS, axis=2)
    assert (nearest.min(axis=1) < 4).all()
    assert set(nearest.argmin(axis=1)) == {0, 1, 2, 3}


@pytest.mark.parametrize("turns", range(4))
def test_edges_are_told_by_the_side_that_is_brighter(turns):
    gray = np.full((SIDE, SIDE), 60, np.uint8)
    gray[:, 120:] = 180  # brighter to the right: the gradient points along x
    direction = {0: 0, 1: 6, 2: 4, 3: 2}[turns]  # np.rot90 turns against the clock
    points = found_in(np.rot90(gray, turns).copy())
    edges = {name for name, at in points.items() if len(at) and name.startswith("edge")}
    assert edges == {f"edge {direction}"}
    along, across = (0, 1) if turns % 2 == 0 else (1, 0)
    found = points[f"edge {direction}"]
    np.testing.assert_allclose(found[:, along], SIDE / 2 - 0.5, atol=1.5)
    assert np.ptp(found[:, across]) > 100
    assert len(of_family(points, "corner")) == len(of_family(points, "blob")) == 0


def test_slanted_edges_point_between():
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    gray = np.where(x + y > SIDE, 180, 60).astype(np.uint8)
    points = found_in(cv2.GaussianBlur(gray, (0, 0), 1))
    assert len(points["edge 1"]) > 50
    assert sum(len(at) for name, at in points.items() if name.startswith("edge")) == len(
        points["edge 1"]
    )


@pytest.mark.parametrize(("brightness", "kind"), [(220, "bright"), (30, "dark")])
def test_blobs_are_in_the_middle_of_discs(brightness, kind):
    gray, centers = discs(brightness)
    blob = cv2.GaussianBlur(gray, (0, 0), 2)
    points = found_in(blob)
    found = np.concatenate([points[f"blob {kind}"], of_family(points, "corner")])
    assert len(found)
    assert (np.linalg.norm(found[:, None] - centers, axis=2).min(axis=1) < 6).all()
    other = {"bright": "dark", "dark": "bright"}[kind]
    assert not len(points[f"blob {other}"])


def test_flat_is_where_nothing_is():
    points = found_in(square())["flat"]
    assert len(points) == 200
    from_middle = np.abs(points - 119.5).max(axis=1)  # 40 on the outline of the square
    assert np.abs(from_middle - 40).min() > 3


def test_points_of_a_photograph_are_off_the_border_and_few_enough():
    gray = photograph().gray()
    points = found_in(gray, 30)
    height, width = gray.shape
    for at in points.values():
        assert len(at) <= 30
        assert (at >= BORDER).all()
        assert (at < np.array([width, height]) - BORDER).all()
    assert {name.split()[0] for name, at in points.items() if len(at)} == {
        *("corner", "edge", "blob", "flat")
    }


BLANK = np.full((90, 90), 77, np.uint8)
SMALL = 255 * np.eye(62, dtype=np.uint8)


@pytest.mark.parametrize("gray", [BLANK, SMALL], ids=["blank", "small"])
def test_nothing_is_found_in_blank_or_small_images(gray):
    assert found_in(gray) == {}
