"""The picture of training pairs: what is drawn where."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from small_pairs import SIZE, blank_pair_of, pairs_of_a_photograph

from featmatch.learned.training.pair_geometry import border_in_image1
from featmatch.learned.training.pairs import PairOptions
from featmatch.learned.training.scene_pairs import make_scene_pair
from featmatch.report.drawing.pictures import picture_bytes
from featmatch.report.training.pairs import pairs_picture


@pytest.fixture(scope="module")
def pairs():
    return pairs_of_a_photograph(7)


def pixels_of(figure):
    content = np.frombuffer(picture_bytes(figure, ".png"), np.uint8)
    return cv2.imdecode(content, cv2.IMREAD_COLOR_RGB)


@pytest.mark.parametrize(("num", "height"), [(1, 822), (2, 428), (3, 297), (4, 569), (7, 842)])
def test_pairs_stand_in_rows_of_three(pairs, num, height):
    figure = pairs_picture(pairs[:num])
    assert len(figure.axes) == 2 * num
    shape = pixels_of(figure).shape
    assert shape[1:] == (1600, 3)
    assert shape[0] == pytest.approx(height, abs=2)
    for axes, image in zip(
        figure.axes, [i for p in pairs for i in (p.image0, p.image1)], strict=False
    ):
        np.testing.assert_array_equal(axes.images[0].get_array(), image)


def test_images_stand_in_order_and_do_not_overlap(pairs):
    boxes = [axes.get_position() for axes in pairs_picture(pairs).axes]
    for left, right in zip(boxes[::2], boxes[1::2], strict=True):
        assert left.x1 < right.x0
        assert left.y0 == right.y0
    assert boxes[1].x1 < boxes[2].x0
    assert boxes[6].y1 < boxes[0].y0
    assert min(min(box.x0, box.y0) for box in boxes) > 0
    assert max(max(box.x1, box.y1) for box in boxes) < 1


def test_the_same_point_has_the_same_color_in_both_images(pairs):
    figure = pairs_picture(pairs[:1])
    dots0, dots1 = (axes.collections[0] for axes in figure.axes)
    np.testing.assert_array_equal(dots0.get_facecolors(), dots1.get_facecolors())
    homography = pairs[0].relation.homography
    expected = cv2.perspectiveTransform(np.array([dots0.get_offsets()]), homography)[0]
    np.testing.assert_allclose(dots1.get_offsets(), expected, atol=1e-6)
    assert len(np.unique(dots0.get_facecolors(), axis=0)) == len(dots0.get_offsets()) > 4


def test_images_that_share_nothing_are_drawn_too():
    assert pixels_of(pairs_picture([blank_pair_of([(1, 0, 500), (0, 1, 0), (0, 0, 1)])])).ndim == 3


def test_the_border_of_image_0_is_drawn_into_image_1(pairs):
    axes0, axes1 = pairs_picture(pairs[:1]).axes
    assert len(axes0.lines) == 0
    np.testing.assert_array_equal(axes1.lines[0].get_xydata(), border_in_image1(pairs[0]))


def test_of_a_scene_only_points_are_drawn():
    photograph = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    scene = make_scene_pair([photograph], np.random.default_rng(0), PairOptions(size=SIZE))
    axes0, axes1 = pairs_picture([scene]).axes
    assert not any(line.get_xydata().size for line in axes1.lines)
    points0, points1 = (np.asarray(axes.collections[0].get_offsets()) for axes in (axes0, axes1))
    np.testing.assert_allclose(scene.relation.there(points0), points1)
    assert len(points0) > 4


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_the_same_pairs_give_the_same_file(pairs, ending):
    first, second = (picture_bytes(pairs_picture(pairs[:2]), ending) for _ in range(2))
    assert first == second


def test_no_pairs_are_refused():
    with pytest.raises(ValueError, match=r"^pairs: expected at least one, got none$"):
        pairs_picture([])


def test_a_wrong_number_of_points_is_refused(pairs):
    with pytest.raises(
        ValueError, match=r"^num_correspondences: expected an integer from 0 to 10,000, got -1$"
    ):
        pairs_picture(pairs, -1)
    with pytest.raises(
        TypeError, match=r"^num_correspondences: expected an integer from 0 to 10,000, got 2\.5$"
    ):
        pairs_picture(pairs, 2.5)
