from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import EllipseCollection, LineCollection, PathCollection
from matplotlib.figure import Figure
from PIL import Image as PillowImage

from featmatch.image import Image, read_image
from featmatch.report.picture import MAX_CIRCLES, MAX_LINES, plot_features, plot_match
from featmatch.result import MatchResult
from featmatch.types import Features, Kind, Matches, TwoViewGeometry, Verdict

SHIFT = np.array([[1.0, 0.0, 30.0], [0.0, 1.0, -20.0], [0.0, 0.0, 1.0]])
SIDEWAYS = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # y1 = y0


def make_image(width: int, height: int, name: str = "array") -> Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return replace(read_image(pixels), name=name)


def make_features(image: Image, keypoints: np.ndarray) -> Features:
    num = len(keypoints)
    return Features(
        keypoints=np.asarray(keypoints, np.float32),
        descriptors=np.zeros((num, 4), np.float32),
        scores=np.arange(num, dtype=np.float32),
        scales=np.full(num, 10, np.float32),
        angles=np.full(num, np.pi / 2, np.float32),
        image_size=image.size,
        method="orb",
    )


def make_result(
    size0: tuple[int, int] = (400, 300),
    size1: tuple[int, int] = (400, 300),
    *,
    num: int = 20,
    num_inliers: int | None = None,
    kind: Kind = "homography",
    matrix: np.ndarray | None = SHIFT,
    accepted: bool = True,
    names: tuple[str, str] = ("a.jpg", "b.jpg"),
) -> MatchResult:
    """A result with matches at random places, of which the first are inliers."""
    rng = np.random.default_rng(1)
    images = [make_image(*size, name) for size, name in zip((size0, size1), names, strict=True)]
    features = [
        make_features(image, rng.uniform(0, 1, (num, 2)) * (np.array(image.size) - 1))
        for image in images
    ]
    inliers = np.arange(num) < (num if num_inliers is None else num_inliers)
    return MatchResult(
        image0=images[0],
        image1=images[1],
        features0=features[0],
        features1=features[1],
        matches=Matches(
            np.stack([np.arange(num)] * 2, axis=1).astype(np.int64),
            np.zeros(num, np.float32),
            np.zeros(num, np.float32),
        ),
        geometry=TwoViewGeometry(
            kind, matrix, inliers, np.where(inliers, 1.0, np.inf), max_error=3.0
        ),
        verdict=Verdict(accepted, 0.9999, -20.0, "the reason of the verdict"),
        method="orb",
        seed=0,
        seconds={"read": 0.1},
    )


def no_model(num: int) -> MatchResult:
    return make_result(num=num, num_inliers=0, kind="none", matrix=None, accepted=False)


def drawn_lines(figure: Figure) -> list[LineCollection]:
    overlay = figure.axes[0]
    return [part for part in overlay.collections if isinstance(part, LineCollection)]


def dots(figure: Figure, image: int) -> list[np.ndarray]:
    axes = figure.axes[1 + image]
    scatters = [part for part in axes.collections if isinstance(part, PathCollection)]
    return [np.asarray(part.get_offsets()) for part in scatters]


def words(figure: Figure) -> list[str]:
    own = [text.get_text() for text in figure.axes[0].texts]
    return own + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=40, metadata={"Software": None})
    return stream.getvalue()


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


def test_wrong_matches_differ_in_colour_and_dashes_and_lie_beneath() -> None:
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


@pytest.mark.parametrize("pixel_type", [np.uint8, np.float32])
def test_gray_images_keep_their_brightness(pixel_type: type[np.generic]) -> None:
    white = 255 if pixel_type is np.uint8 else 1.0
    image = read_image(np.full((30, 40), white / 5, pixel_type))
    figure = plot_features(image, make_features(image, np.zeros((0, 2))))
    with PillowImage.open(io.BytesIO(png(figure))) as picture:
        middle = picture.getpixel((picture.width // 2, picture.height // 2))
    assert middle == (51, 51, 51, 255)


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


def test_features_strongest_are_circles_and_others_dots() -> None:
    image = make_image(400, 300)
    keypoints = np.random.default_rng(3).uniform(20, 280, (MAX_CIRCLES + 50, 2))
    figure = plot_features(image, make_features(image, keypoints))
    axes = figure.axes[1]
    (circles,) = [part for part in axes.collections if isinstance(part, EllipseCollection)]
    (ticks,) = [part for part in axes.collections if isinstance(part, LineCollection)]
    strongest = keypoints[::-1][:MAX_CIRCLES]  # scores rise with the index
    tips = strongest + np.array([0, 5])  # half the scale down, for an angle of 90 degrees
    np.testing.assert_allclose(circles.get_offsets(), strongest, atol=1e-4)
    np.testing.assert_allclose(circles.get_widths(), 10)
    np.testing.assert_allclose(ticks.get_segments(), np.stack([strongest, tips], axis=1), atol=1e-4)
    (others,) = dots(figure, 0)
    np.testing.assert_allclose(others, keypoints[49::-1], atol=1e-4)
    assert "the other 50" in words(figure)
    assert png(figure) == png(plot_features(image, make_features(image, keypoints)))


@pytest.mark.parametrize("num", [0, 1, 2])
def test_few_features_are_all_circles(num: int) -> None:
    image = make_image(1, 1)
    figure = plot_features(image, make_features(image, np.zeros((num, 2))))
    png(figure)
    sizes = [len(part.get_offsets()) for part in figure.axes[1].collections[:1]]
    assert sizes == ([num] if num else [])
    assert words(figure)[0] == f"{num} keypoint{'' if num == 1 else 's'}"


def test_features_of_another_image_are_refused() -> None:
    features = make_features(make_image(40, 30), np.zeros((1, 2)))
    with pytest.raises(ValueError, match=r"features: expected .*\(50, 30\), got \(40, 30\)"):
        plot_features(make_image(50, 30), features)
