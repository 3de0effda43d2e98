from __future__ import annotations

import numpy as np
import pytest

from featmatch.report.match.layout import arrange


@pytest.mark.parametrize(
    ("sizes", "stacked"),
    [
        (((900, 675), (900, 675)), False),
        (((600, 900), (600, 900)), False),
        (((600, 900), (4000, 3000)), False),
        (((2000, 500), (2000, 500)), True),
        (((5000, 500), (800, 600)), True),
    ],
)
def test_layout_follows_the_aspects(sizes: tuple[tuple[int, int], ...], stacked: bool) -> None:
    layout = arrange(sizes)
    assert layout.stacked == stacked
    assert 0.6 < layout.width / layout.height < 3


def test_same_aspect_is_shown_at_the_same_size() -> None:
    large, small = arrange([(4000, 3000), (40, 30)]).panels
    assert (large.width, large.height) == pytest.approx((small.width, small.height))
    assert large.top == pytest.approx(small.top)


def test_very_different_aspects_get_the_same_area() -> None:
    panorama, portrait = arrange([(5000, 500), (600, 900)]).panels
    assert panorama.width / panorama.height == pytest.approx(10)
    assert panorama.width * panorama.height == pytest.approx(portrait.width * portrait.height)


def test_a_panel_places_the_corners_of_its_image() -> None:
    panel, _ = arrange([(40, 30), (40, 30)]).panels
    placed = panel.place([[-0.5, -0.5], [39.5, 29.5]])
    right, bottom = panel.left + panel.width, panel.top + panel.height
    np.testing.assert_allclose(placed, [[panel.left, panel.top], [right, bottom]])
