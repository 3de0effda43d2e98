"""Tables that spreadsheets and Python's own readers read, and JSON."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_collection import FakeCollection, image_entry, scene

from featmatch import OutputError
from featmatch.collection.exported import Exported
from featmatch.collection.tables import export_csv, export_json

REPOSITORY = Path(__file__).parents[2]


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def with_a_part(collection):
    names = next(iter(collection.records))
    record = collection.records[names]
    collection.records[names] = replace(record, summary=replace(record.summary, kind="part"))
    return collection


def test_three_tables(tmp_path):
    collection = with_a_part(scene((1, 6, 1)))
    collection.images.append(
        image_entry("=1,\n'.jpg", status="unreadable", size=(0, 0), reason='cut, "short"')
    )
    assert export_csv(collection, tmp_path / "out") == Exported(3, 2, 1)
    images = rows(tmp_path / "out" / "images.csv")
    assert [row["name"] for row in images[:3]] == [image.name for image in collection.images[:3]]
    assert images[3]["name"] == "'=1,\n'.jpg"  # no formula
    assert images[3]["reason"] == 'cut, "short"'
    assert (images[1]["width"], images[1]["height"], images[1]["orientation"]) == (
        "900",
        "600",
        "6",
    )
    pairs = rows(tmp_path / "out" / "pairs.csv")
    assert [row["kind"] for row in pairs] == ["part", "scene", "scene"]
    assert pairs[0]["ambiguous"] == "0"
    matches = rows(tmp_path / "out" / "matches.csv")
    assert len(matches) == 800
    names = matches[0]["name0"], matches[0]["name1"]
    record = collection.matches(*names)
    row = matches[7]
    first, second = (int(row["keypoint0"]), int(row["keypoint1"]))
    assert [first, second] == record.indices[7].tolist()
    point = float(row["x0"]), float(row["y0"])
    np.testing.assert_allclose(point, collection.keypoints(names[0])[first], rtol=1e-5)
    assert sum(int(row["inlier"]) for row in matches) == 790
    export_csv(collection, tmp_path / "out", parts=True)
    assert len(rows(tmp_path / "out" / "matches.csv")) == 1200


def test_json(tmp_path):
    collection = with_a_part(scene())
    export_json(collection, tmp_path / "a.json")
    document = json.loads((tmp_path / "a.json").read_text())
    assert list(document) == ["featmatch", "folder", "images", "pairs"]
    assert [image["name"] for image in document["images"]] == [f"view {n}.jpg" for n in range(4)]
    assert document["images"][0]["size"] == [900, 600]
    part, scene_pair = document["pairs"][:2]
    assert "fundamental" not in part
    record = collection.matches(scene_pair["name0"], scene_pair["name1"])
    np.testing.assert_array_equal(scene_pair["fundamental"], record.fundamental)
    assert scene_pair["homography"] is None


def test_every_key_is_documented(tmp_path):
    export_json(scene(), tmp_path / "a.json")
    document = json.loads((tmp_path / "a.json").read_text())
    keys = [f"{part}[].{key}" for part in ("images", "pairs") for key in document[part][0]]
    text = (REPOSITORY / "docs" / "json.md").read_text(encoding="utf-8")
    assert [key for key in keys if f"| `{key}` |" not in text] == []


def test_an_empty_collection(tmp_path):
    export_json(FakeCollection([], {}, {}), tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["pairs"] == []
    export_csv(FakeCollection([], {}, {}), tmp_path)
    assert rows(tmp_path / "matches.csv") == []


@pytest.mark.parametrize("export", [export_csv, export_json])
def test_a_name_that_is_no_text(tmp_path, export):
    name = b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
    export(FakeCollection([image_entry(name)], {}, {}), tmp_path / "out")


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    collection = scene()
    export_csv(collection, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(collection, "matches", lambda *names: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_csv(collection, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    with pytest.raises(OutputError):
        export_json(scene(), tmp_path / "missing" / "a.json")
