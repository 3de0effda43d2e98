from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from drawn_pictures import (
    SHIFT,
    SIDEWAYS,
    dots,
    drawn_lines,
    make_result,
    no_model,
    png,
    words,
)

from featmatch.report.match.picture import plot_match
from featmatch.report.match.style import MAX_LINES
from featmatch.result import MatchResult


def test_images_are_shown_in_pixels_of_the_originals() -> None:
    result = make_result((400, 300), (200, 160))
    small = replace(result.image0, pixels=result.image0.pixels[::4, ::4])
    figure = plot_match(replace(result, image0=small))
    extents = [axes.images[0].get_extent() for axes in figure.axes[1:]]
    assert extents == [[-0.5, 399.5, 299.5, -0.5], [-0.5, 199.5, 159.5, -0.5]]


@pytest.mark.parametrize("outliers", [False, True])
def test_all_inliers_are_dots_and_few_are_lines(outliers: bool) -> None:
    result = make_result(num=900, num_inliers=500)
    figure = plot_match(result, outliers=outliers)
    *wrong, inliers = drawn_lines(figure)
    assert len(inliers.get_segments()) == MAX_LINES
    assert [len(lines.get_segments()) for lines in wrong] == [MAX_LINES] * outliers
    for image, points in enumerate((result.points0, result.points1)):
        *wrong_dots, inlier_dots = dots(figure, image)
        np.testing.assert_allclose(inlier_dots, points[:500])
        assert [len(own) for own in wrong_dots] == [400] * outliers
    assert f"{MAX_LINES} of 500 inliers drawn" in words(figure)
    assert (f"{MAX_LINES} of 400 wrong matches drawn" in words(figure)) == outliers


def test_lines_end_at_the_dots_of_their_match() -> None:
    result = make_result((400, 300), (90, 70), num=3)
    figure = plot_match(result)
    (lines,) = drawn_lines(figure)
    overlay, *panels = figure.axes
    for segment, *match in zip(lines.get_segments(), result.points0, result.points1, strict=True):
        ends = overlay.transData.transform(segment)
        for end, axes, point in zip(ends, panels, match, strict=True):
            np.testing.assert_allclose(end, axes.transData.transform(point), atol=1e-3)


def test_wrong_matches_differ_in_color_and_dashes_and_lie_beneath() -> None:
    figure = plot_match(make_result(num=20, num_inliers=12), outliers=True)
    wrong, inliers = drawn_lines(figure)  # in the order of drawing
    assert (len(wrong.get_segments()), len(inliers.get_segments())) == (8, 12)
    assert inliers.get_linestyle()[0][1] is None
    assert wrong.get_linestyle()[0][1] is not None
    shades = {tuple(color[:3]) for color in inliers.get_edgecolor()}
    assert not shades & {tuple(color[:3]) for color in wrong.get_edgecolor()}


def test_outline_is_the_closed_form_warp_of_the_border() -> None:
    figure = plot_match(make_result(matrix=SHIFT))
    (outline,) = figure.axes[2].lines
    corners = [(29.5, -20.5), (429.5, -20.5), (429.5, 279.5), (29.5, 279.5), (29.5, -20.5)]
    drawn = outline.get_xydata().tolist()
    assert len(drawn) == len(corners)
    start = drawn.index([29.5, -20.5])
    assert [drawn[(start + step) % 4] for step in range(5)] == [list(corner) for corner in corners]


def test_outline_outside_the_picture_is_told() -> None:
    zoom = np.diag([9.0, 9.0, 1.0]) @ np.array([[1, 0, -200], [0, 1, -150], [0, 0, 1.0]])
    zoom[:2, 2] += (200, 150)
    assert "outline of image 0 in image 1 (beyond its edges)" in words(
        plot_match(make_result(matrix=zoom))
    )
    assert "outline of image 0 in image 1" in words(plot_match(make_result()))


def test_epipolar_lines_of_a_sideways_move_are_rows() -> None:
    result = make_result(kind="fundamental", matrix=SIDEWAYS, num=100)
    figure = plot_match(result)
    rows = [line.get_ydata() for line in figure.axes[2].lines]
    assert len(rows) == 7
    heights = np.array(rows)
    np.testing.assert_allclose(heights[:, 0], heights[:, 1])
    distances = np.abs(heights[:, :1] - result.points0[None, :, 1]).min(axis=1)
    np.testing.assert_allclose(distances, 0, atol=1e-3)
    assert len({line.get_color() for line in figure.axes[2].lines}) == 7
    assert [text for text in words(figure) if text.isdigit()] == [*"1234567"] * 2


def test_a_rejected_model_is_not_drawn() -> None:
    figure = plot_match(make_result(accepted=False))
    assert not figure.axes[1].lines
    assert not figure.axes[2].lines
    assert words(figure)[0].startswith("No match")
    assert "the reason of the verdict" in words(figure)[1]


def test_headline_tells_verdict_numbers_model_and_method() -> None:
    title, numbers, *_ = words(plot_match(make_result(num=2000, num_inliers=1500)))
    assert title == "Match"
    for part in ("99.9 %", "1,500 of 2,000", "homography", "orb"):
        assert part in numbers


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(lambda: no_model(0), id="no matches"),
        pytest.param(lambda: no_model(5), id="no model"),
        pytest.param(lambda: make_result(num=0), id="model without matches"),
        pytest.param(lambda: make_result((1, 1), (1, 1), num=1), id="one pixel"),
        pytest.param(lambda: make_result((1, 300), (300, 1), num=2), id="hairs"),
        pytest.param(lambda: make_result((1600, 1200), (16, 12)), id="large and tiny"),
        pytest.param(lambda: make_result((1600, 100), (200, 400)), id="panorama and portrait"),
        pytest.param(
            lambda: make_result(kind="fundamental", matrix=SIDEWAYS, num=2), id="two points"
        ),
        pytest.param(
            lambda: make_result(names=("x" * 300 + "$a^$.jpg", "\n\t写\udcff.jpg")), id="names"
        ),
    ],
)
def test_every_picture_is_drawn_and_the_same_twice(result: Callable[[], MatchResult]) -> None:
    first, second = (plot_match(result(), outliers=True) for _ in range(2))
    assert png(first) == png(second)
    width, height = first.get_size_inches() * first.dpi
    assert width == pytest.approx(1600)
    assert height < 1600


def test_texts_stay_inside_and_long_names_keep_their_end() -> None:
    result = make_result(
        (300, 900), (300, 900), num=2000, num_inliers=1000, names=("long/" * 60 + "a.jpg", "b.jpg")
    )
    figure = plot_match(result, outliers=True)
    figure.canvas.draw()
    (legend,) = figure.legends
    for text in (*figure.axes[0].texts, legend):
        assert text.get_window_extent().x1 <= figure.bbox.x1
    name0, name1 = figure.axes[0].texts[2:4]
    assert name0.get_text().startswith("…")
    assert "/a.jpg " in name0.get_text()
    assert name0.get_window_extent().x1 < name1.get_window_extent().x0
