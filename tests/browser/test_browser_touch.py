"""Matches that are touched in a real browser: partners, places, lines and enlarged surroundings."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO

import numpy as np
import PIL.Image
import pytest
from selenium.webdriver.common.keys import Keys
from topic_pages import choose, numbers_in, slide
from touched_pairs import (
    SIZE,
    TURNED,
    bent_relation,
    blobs,
    known_result,
    moved,
    named,
    placed_pair,
    relation,
    spread_points,
    touched,
)

from featmatch.report.match.page import match_page
from featmatch.report.touch.page import touch_page
from featmatch.report.touch.pair import PicturePair

MAP, LINES, NOTHING = (
    match_page(known_result(kind)) for kind in ("homography", "fundamental", "none")
)
READOUT = "#matches output.readout"
SELECTS = "main > .controls select"
CAPTIONS = ".touched > figure figcaption"
POSITION = "#matches .stepper output"
YELLOW = (255, 225, 77)


@pytest.fixture
def page(browser):
    show(browser, MAP)
    return browser


def show(browser, page, **window):
    browser.open(page, **window)
    browser.wait_for(lambda: pixels(canvases(browser)[0])[..., :3].std() > 5)


def canvases(browser):
    """Of picture 0, picture 1, and the surroundings in each."""
    return browser.find_all("#matches .touched canvas")


def at(point):
    """A place of a picture, told as a part of its width and height."""
    return (point[0] + 0.5) / SIZE[0], (point[1] + 0.5) / SIZE[1]


def told(browser):
    return browser.text(READOUT)


def pixels(canvas):
    address = canvas.parent.execute_script("return arguments[0].toDataURL()", canvas)
    with PIL.Image.open(BytesIO(b64decode(address.split(",")[1]))) as picture:
        return np.asarray(picture.convert("RGBA")).astype(int)


def nearly(color, wanted):
    return max(abs(level - want) for level, want in zip(color[:3], wanted, strict=True)) < 40


def test_pointing_at_a_match_shows_its_partner(page):
    left, right, *_ = canvases(page)
    page.hover(left, *at(spread_points()[3]))
    partner = moved(TURNED, spread_points()[3:4])[0]
    words = told(page)
    assert words.startswith("Match (270.0, 60.0) → ")
    assert "): agrees; residual (px) 0.300; " in words
    np.testing.assert_allclose(numbers_in(words)[2:4], partner, atol=0.1)
    x, y = at(partner)
    ring = [page.pixel(right, x + 9 / right.size["width"], y + dy)[:3] for dy in (-0.003, 0, 0.003)]
    assert (255, 255, 255) in ring
    page.hover(page.find("h2"))
    assert told(page) == "20 matches, 16 agree. Nothing is chosen."


def test_a_partner_is_shown_the_other_way_too(page):
    partner = moved(TURNED, spread_points()[7:8])[0]
    page.hover(canvases(page)[1], *at(partner))
    assert told(page).startswith("Match (200.0, 130.0) → ")


def test_surroundings_are_enlarged_to_one_scale_and_turn(page):
    page.click(canvases(page)[0], *at(spread_points()[7]))
    ours, theirs = (pixels(canvas)[..., :3] for canvas in canvases(page)[2:])
    height, width = ours.shape[:2]
    middle = np.s_[height // 8 : -height // 8, width // 8 : -width // 8]
    # Cross hairs and ring are the same few pixels in both.
    assert np.median(np.abs(ours - theirs)[middle]) <= 3
    assert ours[middle].std() > 10


@pytest.mark.parametrize(("side", "matrix"), [(0, TURNED), (1, np.linalg.inv(TURNED))])
def test_a_click_anywhere_tells_the_place_in_the_other_picture(page, side, matrix):
    page.click(canvases(page)[side], 0.41, 0.58)
    words = told(page)
    x, y, _, x1, y1, *_ = numbers_in(words)
    assert f"in picture {side} is (" in words
    np.testing.assert_allclose([[x1, y1]], moved(matrix, np.array([[x, y]])), atol=0.15)
    page.hover(page.find("h2"))
    assert told(page) == words
    page.press(Keys.ESCAPE)
    assert told(page).endswith("Nothing is chosen.")


def test_a_place_beyond_the_edges_is_told_so(page):
    page.click(canvases(page)[0], 0.03, 0.03)
    assert told(page).endswith("in picture 1, beyond its edges.")


def test_a_click_tells_the_line_on_which_a_point_lies(browser):
    show(browser, LINES)
    left, right, *_ = canvases(browser)
    choose(browser, "none")
    browser.click(left, 0.41, 0.62)
    words = told(browser)
    assert words.endswith("in picture 0 lies on the line in picture 1.")
    row = numbers_in(words)[1]
    for x in (0.1, 0.5, 0.9):
        assert nearly(browser.pixel(right, x, at((0, row))[1]), YELLOW)
    assert browser.find("#overlay").is_displayed() is False


def test_without_a_model_only_matches_are_told(browser):
    show(browser, NOTHING)
    assert browser.text("h1") == "No match"
    left = canvases(browser)[0]
    browser.hover(left, *at(spread_points()[0]))
    assert "does not agree" in told(browser)
    browser.click(left, 0.41, 0.62)
    assert told(browser).endswith("there is no model that tells where this lies in picture 1.")
    assert browser.find("#overlay").is_displayed() is False


def test_what_is_shown_is_chosen(page):
    assert page.text(POSITION) == "16 matches"
    for text, num in (("not agreeing", 4), ("all", 20), ("none", 0), ("agreeing", 16)):
        choose(page, text)
        assert page.text(POSITION) == f"{num} matches"
    slide(page, "Only the best", 25)
    assert page.text(POSITION) == "4 matches"
    page.hover(canvases(page)[0], *at(spread_points()[10]))  # it is not among the best
    assert not told(page).startswith("Match")


def test_matches_follow_one_after_the_other_in_the_chosen_order(page):
    back, forward, let_go = page.find_all("#matches .stepper button")
    page.click(forward)
    assert page.text(POSITION) == "1 of 16"
    assert told(page).startswith("Match (60.0, 60.0)")
    page.click(back)
    assert page.text(POSITION) == "16 of 16"
    page.run("document.querySelector('#matches select').focus()")
    page.press(Keys.ARROW_DOWN)
    page.click(forward)  # the smallest ratio is that of the last
    x, y = spread_points()[15]
    assert told(page).startswith(f"Match ({x:.1f}, {y:.1f})")
    page.click(let_go)
    assert told(page).endswith("Nothing is chosen.")


def test_keys_move_keep_and_let_go(page):
    page.run("arguments[0].focus()", canvases(page)[0])
    page.press(*[Keys.ARROW_LEFT] * 3, Keys.ARROW_DOWN)
    words = told(page)
    assert "in picture 0 is" in words
    page.press(Keys.ENTER, Keys.TAB)
    assert told(page) == words
    page.press(Keys.ESCAPE)
    assert told(page).endswith("Nothing is chosen.")


def test_a_tap_does_what_a_click_does(browser):
    show(browser, MAP, width=390, height=844)
    left = canvases(browser)[0]
    browser.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", left)
    box = browser.run(
        "const { x, y, width, height } = arguments[0].getBoundingClientRect();"
        "return [x, y, width, height]",
        left,
    )
    x, y = at(spread_points()[1])
    point = {"x": box[0] + x * box[2], "y": box[1] + y * box[3]}
    for kind, points in (("touchStart", [point]), ("touchEnd", [])):
        event = {"type": kind, "touchPoints": points}
        browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", event)
    browser.wait_for(lambda: told(browser).startswith("Match (130.0, 60.0)"))
    panel = browser.find("#matches .panel")
    bottom = browser.run("return arguments[0].getBoundingClientRect().bottom", panel)
    assert bottom <= 844  # in sight, wherever the picture is


def test_a_map_that_is_no_matrix_is_followed_both_ways(browser):
    image = named(blobs(), "a.png")
    show(browser, touch_page(touched(PicturePair(image, image, (bent_relation(),)))))
    for side, sign in ((0, 1), (1, -1)):
        browser.click(canvases(browser)[side], 0.33, 0.47)
        x, y, _, x1, y1, *_ = numbers_in(told(browser))
        assert x1 == pytest.approx(x, abs=0.15)
        assert y1 == pytest.approx(y + sign * 8 * np.sin(x / 60), abs=0.2)


def test_one_of_several_places_is_chosen_from_a_list_or_in_the_picture(browser):
    show(browser, touch_page(touched(placed_pair(2, named(blobs(), "object.png")))))
    (places,) = browser.find_all(SELECTS)
    assert [option.text for option in places.find_elements("css selector", "option")] == [
        "place 1",
        "place 2",
    ]
    browser.click(canvases(browser)[0], 0.44, 0.52)
    x, _, _, x1, *_ = numbers_in(told(browser))
    assert x1 == pytest.approx(0.4 * x + 10, abs=0.15)
    browser.click(canvases(browser)[1], 0.75, 0.3)  # inside the second outline
    assert browser.run("return arguments[0].selectedIndex", browser.find(SELECTS)) == 1
    browser.click(canvases(browser)[0], 0.44, 0.52)
    x, _, _, x1, *_ = numbers_in(told(browser))
    assert x1 == pytest.approx(0.4 * x + 200, abs=0.15)


def test_one_of_several_pairs_is_chosen(browser):
    image0 = named(blobs(), "object.png")
    show(browser, touch_page(touched(placed_pair(1, image0, 1), placed_pair(2, image0, 2))))
    (pairs,) = browser.find_all(SELECTS)
    browser.run("arguments[0].focus()", pairs)
    browser.press(Keys.ARROW_DOWN)
    captions = [node.text.split(".png")[0] for node in browser.find_all(CAPTIONS)]
    assert captions == ["object", "scene 2"]
    assert len(browser.find_all(SELECTS)) == 2


def test_names_are_text(browser):
    names = ("<script>alert(1)<!--.png", "\udcff</script>&amp;.png")
    show(browser, match_page(known_result(names=names)))
    captions = [node.text for node in browser.find_all(CAPTIONS)]
    assert captions[0].startswith(names[0])
    assert captions[1].startswith("?</script>&amp;.png")
    assert len(browser.find_all("script")) == 2


def test_a_relation_without_matches_has_a_place_for_every_point(browser):
    none = {"points0": np.zeros((0, 2)), "points1": np.zeros((0, 2)), "inliers": np.zeros(0, bool)}
    images = named(blobs(), "a.png"), named(blobs(seed=1), "b.png")
    show(browser, touch_page(touched(PicturePair(*images, (relation(**none),)))))
    browser.click(canvases(browser)[0], 0.4, 0.4)
    assert "in picture 0 is" in told(browser)
