"""A bench as JSON, tables and charts: made from known scores."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from featmatch import BenchResult
from featmatch.evaluation.bench.pair_score import PairScore
from featmatch.evaluation.bench.summary import summarize
from featmatch.plain import to_json
from featmatch.report.bench.document import BENCH_JSON_KEYS, bench_document, columns_of
from featmatch.report.bench.figures import BENCH_FIGURES, draw_bench
from featmatch.report.bench.tables import scores_csv, summaries_csv
from featmatch.report.bench.text import bench_text, settings_lines
from featmatch.report.drawing.pictures import picture_bytes

CURVE = tuple((np.arange(10) / 10).tolist())
PLANE = PairScore(
    **{"suite": "walls", "pair": "a", "group": "easy", "kind": "planar", "method": "orb"},
    **{"answered_by": "orb", "verdict": "scene", "confidence": 0.9},
    **{"model_confidence": 0.8, "log10_false_alarms": -20.0},
    **{"num_keypoints0": 1000, "num_keypoints1": 3000, "num_matches": 50, "num_inliers": 20},
    **{"homography_error": 1.0, "corner_error": 2.0, "epipolar_curve": None},
    **{"pose_error_degrees": None, "repeatability": 0.5, "chance_repeatability": 0.25},
    **{"accuracy": CURVE, "matching_score": 0.125, "seconds": 0.25},
    **{"stage_seconds": {"read": 0.01, "extract": 0.02, "match": 0.03, "estimate": 0.04}},
    **{"step_seconds": {"orb": 0.2}, "num_processes": 2},
)
DEPTH = replace(
    PLANE,
    **{"suite": "rooms", "pair": "c", "group": "", "kind": "pose", "homography_error": None},
    **{"corner_error": None, "repeatability": None, "chance_repeatability": None},
    **{"accuracy": None, "matching_score": None, "epipolar_curve": CURVE},
    **{"pose_error_degrees": 2.5, "method": "auto", "answered_by": "sift", "num_processes": 1},
    **{"step_seconds": {"orb": 0.2, "sift": 0.5}},
)
NOTHING = replace(DEPTH, pair="d", kind="unrelated", epipolar_curve=None, pose_error_degrees=None)
STEP = {
    "method": "orb",
    "max_keypoints": 12000,
    "extractor": "ORB()",
    "matcher": "Matcher(max_ratio=0.85)",
    "estimator": "Estimator(max_error=3.0)",
}


@pytest.fixture
def result():
    lost = replace(PLANE, pair="b", group="hard", homography_error=inf, corner_error=inf)
    planes = [PLANE, replace(lost, verdict="none")]
    again = [replace(score, method="auto", seconds=1.0) for score in planes]
    groups = [summarize([score], score.group) for score in (*planes, *again)]
    rooms = [DEPTH, NOTHING]
    return BenchResult(
        settings={
            **{"seed": 7, "max_size": 1600, "max_keypoints": None, "featmatch": "0.1.0"},
            **{"code": "c0de", "numpy": "2.0", "opencv": "5.0"},
        },
        methods={"orb": [STEP], "auto": [STEP, {**STEP, "method": "sift", "max_keypoints": 8000}]},
        summaries=(
            *(summarize(planes), *groups[:2]),
            *(summarize(again), *groups[2:]),
            summarize(rooms),
        ),
        scores=(*planes, *again, *rooms),
    )


@pytest.fixture
def document(result):
    return json.loads(to_json(bench_document(result)))


def test_every_key_is_explained(document):
    found = {f"settings.{key}" for key in document["settings"]} | {"methods"}
    for part in ("summaries", "scores"):
        found |= {f"{part}[].{key}" for entry in document[part] for key in entry}
    assert found == set(BENCH_JSON_KEYS)
    assert list(document) == ["settings", "methods", "summaries", "scores"]


def test_infinite_errors_are_null(document):
    whole = document["summaries"][0]
    assert whole["homography_error"] == {"mean": None, "median": None}
    assert [score["homography_error"] for score in document["scores"][:2]] == [1.0, None]
    assert whole["homography_auc"] == pytest.approx([5 / 12, 0.45, 0.475], rel=1e-6)


def test_the_table_tells_every_measure(document):
    walls = bench_text(document).split("\n\n")[0]
    assert walls.splitlines()[0] == "walls: 2 pairs (2 planar)"
    assert walls.splitlines()[1].split() == ["orb", "auto"]
    rows = {line[:30].strip(): line[30:].split() for line in walls.splitlines()[2:]}
    auc = ["41.7", "45.0", "47.5"]
    assert rows["homography AUC 3 5 10 px, %"] == 2 * auc
    assert rows["homography error, px, median"] == ["no", "model"] * 2
    assert rows["MMA 1 3 5 10 px, %"] == 2 * ["0.0", "20.0", "40.0", "90.0"]
    assert rows["matching score, 3 px, %, mean"] == ["12.5", "12.5"]
    assert rows["repeatability, 3 px, %, mean"] == ["50.0", "50.0"]
    assert rows["by chance"] == ["25.0", "25.0"]
    assert rows["accepted, %"] == ["50.0", "50.0"]
    assert rows["keypoints, mean | median"] == ["2,000", "|", "2,000"] * 2
    assert rows["seconds a pair, mean | median"] == ["0.25", "|", "0.25", "1.00", "|", "1.00"]
    assert rows["read extract match estimate"] == ["0.01", "0.02", "0.03", "0.04"] * 2
    assert "false accepts" not in walls
    assert "pose" not in walls


def test_groups_have_the_main_measure(document):
    lines = [line.split() for line in bench_text(document).splitlines() if ": homography" in line]
    assert [line[0] for line in lines] == ["easy:", "hard:"]
    assert lines[0][-3:] == ["83.3", "90.0", "95.0"]
    assert lines[1][-3:] == ["0.0", "0.0", "0.0"]


def test_a_suite_with_depth_has_its_own_rows(document):
    rooms = bench_text(document).split("\n\n")[1]
    assert rooms.startswith("rooms: 2 pairs (1 pose, 1 unrelated)")
    assert "epipolar accuracy, %, mean" in rooms
    assert "45.0" in rooms
    assert "75.0  87.5  93.8" in rooms  # a single pose error of 2.5 degrees
    assert "false accepts, %" in rooms
    assert "2 sift" in rooms
    assert "homography" not in rooms


def test_settings_are_told_with_the_numbers(document):
    assert settings_lines(document) == [
        "Images of at most 1600 px, seed 7; times with 1 or 2 processes at work.",
        "featmatch 0.1.0 (code c0de), OpenCV 5.0, NumPy 2.0.",
        "orb: at most 12,000 keypoints, Matcher(max_ratio=0.85), Estimator(max_error=3.0).",
        "sift: at most 8,000 keypoints, Matcher(max_ratio=0.85), Estimator(max_error=3.0).",
        "auto: orb, then sift.",
    ]
    document["settings"]["max_size"] = 0
    for summary in document["summaries"]:
        summary["num_processes"] = [1]
    line = "Images of full size, seed 7; times with 1 process at work."
    assert settings_lines(document)[0] == line
    document["methods"]["orb"][0]["max_keypoints"] = None  # an extractor that has no such limit
    document["methods"].pop("auto")
    line = "orb: Matcher(max_ratio=0.85), Estimator(max_error=3.0)."
    assert settings_lines(document)[2] == line


def test_steps_of_one_name_that_differ_are_told_apart(document):
    own, few = {**STEP}, {**STEP, "max_keypoints": 2000}
    sift = {**STEP, "method": "sift", "max_keypoints": 8000}
    told = "Matcher(max_ratio=0.85), Estimator(max_error=3.0)."
    for order in (("orb", "auto"), ("auto", "orb")):
        methods = {"orb": [own], "auto": [few, sift]}
        document["methods"] = {name: methods[name] for name in order}
        assert settings_lines(document)[2:] == [
            f"orb: at most 12,000 keypoints, {told}",
            f"orb in auto: at most 2,000 keypoints, {told}",
            f"sift: at most 8,000 keypoints, {told}",
            "auto: orb in auto, then sift.",
        ]


def read_csv(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_a_row_of_csv_for_each_summary(document):
    rows = read_csv(summaries_csv(document))
    assert [(row["suite"], row["group"], row["method"]) for row in rows] == [
        *(("walls", group, "orb") for group in ("", "easy", "hard")),
        *(("walls", group, "auto") for group in ("", "easy", "hard")),
        ("rooms", "", "auto"),
    ]
    assert [float(rows[0][f"homography_auc_{limit}"]) for limit in (3, 5, 10)] == pytest.approx(
        [5 / 12, 0.45, 0.475], rel=1e-6
    )
    assert rows[0]["homography_error_mean"] == rows[0]["pose_auc_5"] == ""
    assert [rows[0][f"accuracy_{limit}"] for limit in (1, 10)] == ["0.0", "0.9"]
    assert float(rows[0]["stage_seconds_match"]) == 0.03
    assert (rows[-1]["pose_curve_2"], rows[-1]["pose_curve_3"]) == ("0.0", "1.0")
    for row in rows:
        assert (row["seed"], row["max_size"]) == ("7", "1600")
        assert row["max_keypoints"] == ("12000" if row["method"] == "orb" else "12000 8000")
        assert row["estimator"] == "Estimator(max_error=3.0)"
        assert row["num_processes"] in ("1", "2")


def test_a_row_of_csv_for_each_score(document):
    rows = read_csv(scores_csv(document))
    assert [(row["method"], row["pair"]) for row in rows] == [
        *(("orb", "a"), ("orb", "b"), ("auto", "a"), ("auto", "b"), ("auto", "c"), ("auto", "d")),
    ]
    assert rows[0]["homography_error"] == "1.0"
    assert rows[4]["epipolar_curve_10"] == "0.9"
    assert rows[4]["step_seconds_sift"] == "0.5"
    assert {row["seed"] for row in rows} == {"7"}


def test_columns_have_names_of_their_own(document):
    for entry in (*document["summaries"], *document["scores"]):
        columns = columns_of(entry)
        assert not any(isinstance(value, list | dict) for value in columns.values())
        assert len(columns) > len(entry)


def lines_of(axes):
    return {line.get_label(): line.get_xydata().tolist() for line in axes.get_lines()}


def shown(figure):
    return {axes.get_title(): axes for axes in figure.axes if axes.get_visible()}


def test_curves_are_drawn_as_they_are(document):
    figure = draw_bench("accuracy", document)
    panels = shown(figure)
    assert list(panels) == [
        *("walls: homography", "walls: mean matching accuracy"),
        *("rooms: fundamental matrix", "rooms: pose"),
    ]
    lines = lines_of(panels["walls: mean matching accuracy"])
    assert list(lines) == ["orb", "auto"]
    assert lines["orb"] == [[place + 1, place / 10] for place in range(10)]
    pose = lines_of(panels["rooms: pose"])["auto"]
    assert pose == [[degrees, float(degrees > 2)] for degrees in range(1, 21)]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["orb", "auto"]
    (notes,) = figure.texts
    assert notes.get_text() == "\n".join(settings_lines(document))


def test_time_is_set_against_accuracy(document):
    panels = shown(draw_bench("time", document))
    assert list(panels) == [
        "walls: homography AUC, 5 px",
        *("rooms: epipolar accuracy", "rooms: pose AUC, 20 degrees", "rooms: false accepts"),
    ]
    assert lines_of(panels["walls: homography AUC, 5 px"]) == {
        "orb": [[0.25, 0.45]],
        "auto": [[1.0, 0.45]],
    }
    assert lines_of(panels["rooms: false accepts"]) == {"auto": [[0.25, 1.0]]}


@pytest.mark.parametrize("name", BENCH_FIGURES)
def test_charts_are_written_the_same_each_time(document, name):
    first, second = (picture_bytes(draw_bench(name, document), ".png") for _ in range(2))
    assert first == second
    assert first.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", BENCH_FIGURES)
def test_a_bench_of_unrelated_pairs_alone_can_be_drawn(document, name):
    summary = document["summaries"][-1] | {"epipolar_accuracy": None, "epipolar_curve": None}
    document["summaries"] = [summary | {"pose_auc": None, "pose_curve": None}]
    panels = shown(draw_bench(name, document))
    assert list(panels) == {"accuracy": [], "time": ["rooms: false accepts"]}[name]
    assert picture_bytes(draw_bench(name, document), ".png").startswith(b"\x89PNG")
