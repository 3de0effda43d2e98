from __future__ import annotations

import io

import numpy as np
import pytest
from drawn_pictures import (
    dots,
    make_features,
    make_image,
    png,
    words,
)
from matplotlib.collections import EllipseCollection, LineCollection
from PIL import Image as PillowImage

from featmatch.images.image import read_image
from featmatch.report.match.picture import MAX_CIRCLES, plot_features


@pytest.mark.parametrize("pixel_type", [np.uint8, np.float32])
def test_gray_images_keep_their_brightness(pixel_type: type[np.generic]) -> None:
    white = 255 if pixel_type is np.uint8 else 1.0
    image = read_image(np.full((30, 40), white / 5, pixel_type))
    figure = plot_features(image, make_features(image, np.zeros((0, 2))))
    with PillowImage.open(io.BytesIO(png(figure))) as picture:
        middle = picture.getpixel((picture.width // 2, picture.height // 2))
    assert middle == (51, 51, 51, 255)


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
