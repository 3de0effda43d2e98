from __future__ import annotations

import io
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image as PillowImage

from featmatch.images.image import read_image
from featmatch.report.match.notebook import match_html
from featmatch.result import MatchResult, Step
from featmatch.types import Features, Matches, TwoViewGeometry, Verdict


class Page(HTMLParser):
    """The texts, tags and pictures of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open_tags: list[str] = []
        self.texts: list[str] = []
        self.image: dict[str, str | None] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.image = dict(attrs)
        else:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def picture(self) -> PillowImage.Image:
        head, data = str(self.image["src"]).split(",")
        assert head == "data:image/png;base64"
        return PillowImage.open(io.BytesIO(b64decode(data, validate=True)))


def make_result(num: int = 4, *, accepted: bool = True, name: str = "a.jpg") -> MatchResult:
    image = replace(read_image(np.full((30, 40), 90, np.uint8)), name=name)
    features = Features(
        keypoints=np.zeros((num, 2), np.float32),
        descriptors=np.zeros((num, 4), np.float32),
        scores=np.zeros(num, np.float32),
        scales=np.ones(num, np.float32),
        angles=np.zeros(num, np.float32),
        image_size=image.size,
        method="orb",
    )
    column = np.zeros(num, np.float32)
    indices = np.stack([np.arange(num)] * 2, axis=1).astype(np.int64)
    found = np.eye(3) if num else None
    residuals = np.arange(num, dtype=float)  # 0, 1, 2, 3: their median is 1.5 pixels
    return MatchResult(
        image0=image,
        image1=image,
        features0=features,
        features1=features,
        matches=Matches(indices, column, column),
        geometry=TwoViewGeometry(
            "affine" if num else "none", found, np.ones(num, bool), residuals, max_error=3.0
        ),
        verdict=Verdict("scene" if accepted else "none", 0.75, -9.0, "because <it> is so"),
        method="orb",
        seed=0,
        seconds={"read": 0.25, "extract": 1.5},
        steps=(Step("orb", False, 0.1, 7, 5, 0.5), Step("sift", True, 0.9, 9, 8, 2.0)),
    )


@pytest.mark.parametrize(("accepted", "expected"), [(True, "✓ Match"), (False, "✗ No match")])
def test_the_verdict_comes_first_in_words(accepted: bool, expected: str) -> None:
    page = Page(match_html(make_result(accepted=accepted)))
    assert page.texts[0] == expected
    assert "because <it> is so" in page.texts[1]
    assert not page.open_tags


def test_the_table_tells_the_numbers() -> None:
    texts = Page(match_html(make_result())).texts
    table = dict(zip(texts[3::2], texts[4::2], strict=True))
    assert table["method"] == "orb"
    assert table["keypoints"] == "4 and 4"
    assert table["inliers"] == table["matches"] == "4"
    assert table["model"] == "affine map"
    assert table["median error"] == "1.50 px"
    assert table["time"] == "read 0.25 s, extract 1.50 s"
    assert table["steps"] == "orb: no match, 5 of 7 in 0.50 s; sift: match, 8 of 9 in 2.00 s"


def test_the_picture_is_inside_and_fits() -> None:
    picture = Page(match_html(make_result())).picture
    picture.load()
    assert picture.format == "PNG"
    assert 800 <= picture.width <= 1000


def test_nothing_found_is_shown_too() -> None:
    page = Page(match_html(make_result(0, accepted=False)))
    assert "no model" in page.texts
    page.picture.load()


def test_hostile_names_are_escaped() -> None:
    name = '"><script>alert("x")</script>&amp;\udcff.jpg'
    html = match_html(make_result(name=name))
    assert "<script" not in html
    page = Page(html)
    assert "script" not in page.tags
    shown = name.replace("\udcff", "?")
    assert page.texts[2] == f"{shown}  ↔  {shown}"
    assert shown in str(page.image["alt"])
    html.encode("utf-8")


def test_the_result_shows_itself_in_notebooks() -> None:
    result = make_result()
    assert result._repr_html_() == match_html(result)
