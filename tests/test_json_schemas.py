"""What is written as JSON is what the schemas of docs/schemas say."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from fake_collection import FakeCollection, scene
from hand_made_comparison import make_comparison, without_geometry, without_points
from json_schemas import EXPLAINED, check_schema, in_step, read_schema
from jsonschema import Draft202012Validator
from photograph_folders import write_views
from photographed import photographed
from tiny_training import TRAINING, photographs

import featmatch
from featmatch.collection.overview import Overview
from featmatch.collection.tables import export_json
from featmatch.commands.program import featmatch_command
from featmatch.learned.network.weights import SHIPPED
from featmatch.learned.training.run import prepare_run
from featmatch.report.bench.document import bench_document
from featmatch.report.collection.tables import summary_json
from featmatch.report.match.document import features_document

SAMPLES = Path(__file__).parents[1] / "samples"
POSTERS = SAMPLES / "poster_0.jpg", SAMPLES / "poster_1.jpg"
ROOMS = SAMPLES / "room_0.jpg", SAMPLES / "room_1.jpg"
BLANK = np.zeros((60, 80), np.uint8)
SMALL = {"max_size": 300, "method": "sift"}


@pytest.mark.parametrize("name", EXPLAINED)
def test_schemas_are_valid_and_in_step_with_the_tables(name):
    schema = read_schema(name)
    Draft202012Validator.check_schema(schema)
    assert in_step(schema, EXPLAINED[name]) == schema, "run python tests/readme_tables.py"


@pytest.mark.parametrize("name", EXPLAINED)
def test_every_key_has_a_type(name):
    assert list(untyped(read_schema(name))) == []


def untyped(schema):
    for key, value in schema["properties"].items():
        inner = value.get("items", {}) if "properties" in value.get("items", {}) else value
        if "properties" in inner:
            yield from untyped(inner)
        elif not value.keys() & {"type", "enum"}:
            yield key


def test_a_match():
    posed = featmatch.match(*ROOMS, camera=(800, 449.5, 337), **SMALL)
    assert posed.pose
    check_schema("match", posed.to_dict())
    check_schema("match", featmatch.match(*POSTERS, **SMALL).to_dict())


def test_no_match():
    check_schema("match", featmatch.match(BLANK, BLANK).to_dict())
    check_schema("match", featmatch.match(POSTERS[0], ROOMS[0], **SMALL).to_dict())


def test_a_thing_in_two_pictures():
    picture = cv2.imread(str(POSTERS[0]), cv2.IMREAD_REDUCED_COLOR_4)
    noise = np.random.default_rng(0).integers(0, 256, (2, 400, 500, 3), dtype=np.uint8)
    for image, corner in zip(noise, (20, 90), strict=True):
        height, width = picture.shape[:2]
        image[corner : corner + height, corner : corner + width] = picture
    result = featmatch.match(*noise, method="sift")
    assert result.part
    check_schema("match", result.to_dict())


def test_a_verification():
    points = np.random.default_rng(0).uniform(0, 500, (2, 40, 2))
    check_schema("match", featmatch.verify(*POSTERS, tuple(points)).to_dict())


@pytest.mark.parametrize("key", ["verdict", "matches", "num_inliers"])
def test_a_match_without_something_is_none(key):
    document = featmatch.match(BLANK, BLANK).to_dict()
    del document[key]
    with pytest.raises(AssertionError, match=key):
        check_schema("match", document)


def test_keypoints():
    features = featmatch.detect(POSTERS[0], max_size=300, method="orb")
    check_schema("detect", features_document([("poster_0.jpg", features), ("b", features)]))


def test_alignments():
    aligned = featmatch.align(*POSTERS)
    assert aligned
    check_schema("align", aligned.to_dict())
    check_schema("align", featmatch.align(BLANK, BLANK).to_dict())


def test_alignments_of_several_images(capsys):
    words = ["align", *map(str, (POSTERS[0], ROOMS[0], POSTERS[1])), "--max-size", "300", "--json"]
    featmatch_command.main([*words, "--quiet"], standalone_mode=False)
    check_schema("alignments", capsys.readouterr().out)


def test_placements():
    small = cv2.imread(str(POSTERS[0]), cv2.IMREAD_REDUCED_COLOR_2)
    found = featmatch.locate(small[100:200, 150:300].copy(), [small, BLANK])
    assert found
    check_schema("locate", found.to_dict())


@pytest.mark.parametrize("change", [lambda same: same, without_geometry, without_points])
def test_a_comparison(change):
    check_schema("compare-cnn", change(make_comparison()).to_dict())


def test_a_bench():
    check_schema("bench", bench_document(featmatch.bench([SAMPLES], ["orb"], max_size=300)))


def test_a_collection(tmp_path):
    for collection in (scene(), FakeCollection([], {}, {})):
        export_json(collection, tmp_path / "a.json")
        check_schema("collection", (tmp_path / "a.json").read_text(encoding="utf-8"))


def test_the_summary_of_a_collection(tmp_path, capsys):
    photographs = write_views(tmp_path / "photographs", 0, 1)
    options = ("--method", "orb", "--max-keypoints", "400", "--jobs", "1", "--quiet", "--json")
    words = ["collect", str(photographs), "-o", str(tmp_path / "out"), *options]
    assert featmatch_command.main(words, standalone_mode=False) == 0
    check_schema("summary", capsys.readouterr().out)
    check_schema("summary", (tmp_path / "out/summary.json").read_text(encoding="utf-8"))


def test_the_summary_of_a_collection_with_all_that_may_be_wrong(tmp_path):
    overview = Overview.of(photographed(tmp_path))
    assert overview.loops
    assert overview.duplicates
    assert overview.near_duplicates
    document = summary_json(overview, "state").decode()
    assert json.loads(document)["only_links"]
    check_schema("summary", document)


def test_the_record_of_a_training(tmp_path):
    run = prepare_run(tmp_path / "mine.npz", photographs(2), TRAINING)
    run.train()
    check_schema("training", (tmp_path / "mine.json").read_text(encoding="utf-8"))
    check_schema("training", SHIPPED.with_suffix(".json").read_text(encoding="utf-8"))
