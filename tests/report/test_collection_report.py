"""What is told of a collection: tables, the data of the page, and the picture."""

from __future__ import annotations

import csv
import json
import re
from base64 import b64decode
from io import StringIO

import numpy as np
import pytest
from made_collections import MadeCollection, entry
from photographed import many, photographed
from PIL import Image

from featmatch.collection import overview as overview_module
from featmatch.collection.overview import Overview
from featmatch.report.collection import thumbnails
from featmatch.report.collection.document import page_document
from featmatch.report.collection.page import collection_page
from featmatch.report.collection.report import FILES, write_report
from featmatch.report.collection.tables import images_csv, pairs_csv, summary_json


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    return photographed(tmp_path_factory.mktemp("photographs"))


@pytest.fixture(scope="module")
def overview(collection):
    return Overview.of(collection)


def rows_of(table):
    return list(csv.DictReader(StringIO(table.decode())))


def data_of(page):
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page.decode())
    return json.loads(text)


def test_it_is_told_in_sentences(overview):
    assert overview.sentences == (
        "13 files: 10 read, 1 unreadable (images.csv), 1 no images, 1 copy of another",
        "19 pairs: 17 show the same scene, 1 more shares a part only",
        "1 component of 9 images; 1 image without a partner; 1 link is the only one between two "
        "sides",
        "3 loops contradict themselves: repeated structure may glue what does not belong together",
        "3 pairs are nearly the same photograph",
    )


def test_every_file_has_a_line(collection, overview):
    rows = {row["image"]: row for row in rows_of(images_csv(collection, overview))}
    assert list(rows) == [image.name for image in collection.images]
    assert rows["2.jpg"] | {"sha256": ""} == {
        **{"image": "2.jpg", "status": "read", "width": "800", "height": "600", "partners": "4"},
        **{"best": "0.jpg", "component": "1", "copy_of": "", "camera": "", "focal_length": "900"},
        **{"orientation": "1", "bytes": "1000", "sha256": "", "reason": ""},
    }
    assert rows["alone.jpg"]["component"] == "2"
    assert rows["copy of 0.jpg"]["component"] == "1"
    assert rows["copy of 0.jpg"]["partners"] == ""
    assert rows["broken.jpg"]["reason"] == "is damaged"


def test_every_pair_has_a_line(collection, overview):
    rows = rows_of(pairs_csv(collection.pairs, overview))
    assert [(row["image0"], row["image1"]) for row in rows] == list(collection.records)
    by_names = {(row["image0"], row["image1"]): row for row in rows}
    bridge = by_names["4.jpg", "plane 0.jpg"]
    assert (bridge["cuts_off"], bridge["inliers"], bridge["verdict"]) == ("4", "30", "scene")
    assert by_names["1.jpg", "3.jpg"]["contradictions"] == "3"
    assert by_names["0.jpg", "plane 3.jpg"]["reason"] == "they share a logo"
    assert sum(int(row["cuts_off"]) > 0 for row in rows) == 1


def test_the_summary_is_json(overview):
    summary = json.loads(summary_json(overview, "state"))
    assert summary["num_images"] == {"read": 10, "copy": 1, "unreadable": 1, "skipped": 1}
    assert summary["num_pairs"] == {"scene": 17, "part": 1, "none": 1}
    assert [len(part) for part in summary["components"]] == [9]
    assert summary["alone"] == ["alone.jpg"]
    assert summary["only_links"] == [{"images": ["4.jpg", "plane 0.jpg"], "cuts_off": 4}]
    loop = summary["contradicting_loops"][0]
    assert loop["suspect"] == ["1.jpg", "3.jpg"]
    assert loop["unit"] == "degrees"
    assert loop["error"] == pytest.approx(np.degrees(1.2), abs=6)
    assert summary["duplicates"] == [["0.jpg", "copy of 0.jpg"]]


def test_no_cell_of_a_table_is_a_formula():
    odd = MadeCollection([entry('=cmd("x")'), entry("a,b\n.jpg"), entry("\udcff.jpg")])
    table = images_csv(odd, Overview.of(odd)).decode("utf-8")
    names = [row["image"] for row in csv.DictReader(StringIO(table))]
    assert names == ['\'=cmd("x")', "a,b\n.jpg", "\\udcff.jpg"]


def test_the_page_has_what_it_shows(collection, overview):
    data = data_of(collection_page(collection, overview))["collection"]
    names = data["names"]
    assert names == [image.name for image in collection.images if image.status == "read"]
    assert [tuple(names[i] for i in pair[:2]) for pair in data["pairs"]] == list(collection.records)
    row = list(collection.records).index(("4.jpg", "plane 0.jpg"))
    assert data["bridges"] == [[row, 4]]
    assert data["reasons"] == {
        str(list(collection.records).index(("0.jpg", "plane 3.jpg"))): "they share a logo"
    }
    assert data["failures"] == [
        ["broken.jpg", "unreadable", "is damaged"],
        ["<b>notes</b>.txt", "skipped", "is no image"],
    ]
    assert len(data["thumbnails"]) == 10
    assert all(max(one["width"], one["height"]) == 400 for one in data["thumbnails"].values())


def test_matches_are_where_the_inliers_are(collection, overview):
    data = page_document(collection, overview)
    names = ("0.jpg", "1.jpg")
    content = b64decode(data["matches"][list(collection.records).index(names)])
    drawn = np.frombuffer(content, np.uint8).reshape(-1, 2, 2) / 255
    assert len(drawn) == 100
    record = collection.records[names]
    for side, name in enumerate(names):
        points = (collection.points[name][record.indices[:, side]] + 0.5) / (800, 600)
        distances = np.abs(points[:, None] - drawn[:, side]).max(axis=2).min(axis=0)
        assert distances.max() <= 0.5 / 255 + 1e-6


def test_nothing_outside_the_page_is_asked_for(collection, overview):
    page = collection_page(collection, overview).decode()
    assert "default-src 'none'" in page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert str(collection.folder) not in page
    assert "<b>notes" not in page


def test_the_same_collection_gives_the_same_files(tmp_path, collection):
    contents = []
    for number in range(2):
        write_report(collection, tmp_path / str(number))
        files = sorted((tmp_path / str(number)).iterdir())
        assert [file.name for file in files] == sorted(FILES)
        contents.append([file.read_bytes() for file in files])
    assert contents[0] == contents[1]
    with Image.open(tmp_path / "0" / "graph.png") as picture:
        assert picture.size == (1680, 792)


@pytest.mark.parametrize("images", [[], [entry("a.jpg")], [entry("a.jpg", "unreadable")]])
def test_a_collection_of_hardly_anything_is_told_too(tmp_path, images):
    collection = MadeCollection(images, folder=tmp_path)
    overview = write_report(collection, tmp_path)
    assert overview.sentences[1] == "0 pairs: 0 show the same scene"


def test_a_photograph_that_is_gone_has_no_thumbnail(tmp_path):
    collection = photographed(tmp_path)
    (tmp_path / "2.jpg").unlink()
    data = page_document(collection, Overview.of(collection))
    assert sorted(data["thumbnails"]) == [0, 1, 3, 4, 5, 6, 7, 8, 9]


def test_thumbnails_are_as_the_images_were_worked_on(tmp_path):
    """Stored lying, and turned upright by its EXIF or not."""
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 40), "red").save(path, exif=exif)
    for orientation, size in ((6, (40, 80)), (1, (80, 40))):
        one = entry("a.jpg", orientation=orientation)
        made = thumbnails.make_thumbnails(tmp_path, [one])["a.jpg"]
        assert (made.width, made.height) == size


def test_the_images_of_weak_links_get_thumbnails_first(tmp_path, monkeypatch):
    monkeypatch.setattr(thumbnails, "MOST_THUMBNAILS", 4)
    collection = photographed(tmp_path)
    data = page_document(collection, Overview.of(collection))
    shown = {data["names"][number] for number in data["thumbnails"]}
    assert len(shown) == 4
    assert shown <= {"0.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg", "plane 0.jpg"}


@pytest.mark.slow
def test_500_images_are_a_page_of_at_most_10_mb(tmp_path, monkeypatch):
    monkeypatch.setattr(overview_module, "contradicting_loops", lambda _: ())  # takes a minute
    collection = many(tmp_path, 500, 16)
    assert len(collection.pairs) == 8000
    page = collection_page(collection, Overview.of(collection))
    assert len(page) <= 10_000_000
    data = data_of(page)["collection"]
    assert len(data["thumbnails"]) == 400
    assert len(data["matches"]) == 8000
