"""What ``match`` and ``detect`` print and write is what the library returns."""

from __future__ import annotations

import csv
import json
import weakref

import numpy as np
import PIL.Image
import pytest
from command_line import (
    ENDINGS,
    POSTER,
    QUICK,
    QUICK_OPTIONS,
    SAMPLES,
    UNRELATED,
    run,
    run_apart,
)

import featmatch
from featmatch import METHODS, read_image


@pytest.fixture(scope="module")
def result():
    return featmatch.match(*POSTER, **QUICK_OPTIONS)


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    path = tmp_path_factory.mktemp("blank") / "blank.png"
    PIL.Image.new("RGB", (90, 60), (20, 40, 60)).save(path)
    return path


def without_times(document):
    for step in document["steps"]:
        del step["seconds"]
    return document | {"seconds": sorted(document["seconds"])}


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_json_is_the_dictionary_of_the_result(capsys, result):
    outcome = run(capsys, "match", *POSTER, *QUICK, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    printed = json.loads(outcome.out, parse_constant=pytest.fail)
    assert without_times(printed) == without_times(result.to_dict())


@pytest.mark.parametrize("option", ["--quiet", "-v"])
def test_json_alone_is_on_stdout(capsys, option):
    outcome = run(capsys, "match", *UNRELATED, *QUICK, "--json", option)
    assert outcome.code == 1
    assert json.loads(outcome.out)["verdict"]["accepted"] is False


def test_the_summary_begins_with_the_verdict_in_words(capsys, result):
    yes, no = (run(capsys, "match", *pair, *QUICK).out for pair in (POSTER, UNRELATED))
    assert yes.startswith(f"Match: {result.verdict.reason}.\n")
    assert no.startswith("No match: ")


def test_output_can_be_repeated_for_every_form(capsys, tmp_path):
    outputs = [tmp_path / f"result{ending}" for ending in (*ENDINGS, ".html", ".JSON")]
    options = [word for output in outputs for word in ("-o", output)]
    outcome = run(capsys, "match", *POSTER, *QUICK, "--quiet", *options)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert sorted(tmp_path.iterdir()) == sorted(outputs)
    assert outputs[-1].read_bytes() == outputs[3].read_bytes()
    assert json.loads(outputs[3].read_text())["num_inliers"] == len(
        [row for row in rows(outputs[4]) if row["inlier"] == "1"]
    )


@pytest.mark.slow
def test_two_runs_write_the_same_bytes(capsys, tmp_path):
    folders = tmp_path / "here", tmp_path / "apart"
    for folder in folders:
        folder.mkdir()
        words = ["match", *POSTER, *QUICK, "--outliers"]
        for ending in (".png", ".svg", ".pdf", ".csv", ".npz"):
            words += ["-o", folder / f"result{ending}"]
        if folder.name == "here":
            assert run(capsys, *words).code == 0
        else:
            assert run_apart(*words, PYTHONHASHSEED="7").code == 0
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes(), path.name


def test_outliers_are_drawn_if_asked_for(capsys, tmp_path, result):
    for option, outliers in (((), False), (("--outliers",), True)):
        output = tmp_path / f"{outliers}.svg"
        assert run(capsys, "match", *POSTER, *QUICK, "-o", output, *option).code == 0
        result.save(tmp_path / "expected.svg", outliers=outliers)
        assert output.read_bytes() == (tmp_path / "expected.svg").read_bytes()
        assert (b"wrong match" in output.read_bytes()) == outliers


def test_detect_tells_every_image_in_a_line(capsys, blank):
    outcome = run(capsys, "detect", POSTER[0], blank, POSTER[1], *QUICK)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        f"{POSTER[0]} (900 x 675): 500 orb keypoints",
        f"{blank} (90 x 60): 0 orb keypoints",
        f"{POSTER[1]} (900 x 675): 500 orb keypoints",
    ]


def test_detect_tells_an_image_before_the_next_is_read(capsys):
    outcome = run(capsys, "detect", POSTER[0], "missing.jpg", *QUICK)
    assert outcome.code == 3
    assert outcome.out == f"{POSTER[0]} (900 x 675): 500 orb keypoints\n"


def test_detect_keeps_the_pixels_of_one_image_at_a_time(capsys, monkeypatch):
    alive, most = weakref.WeakSet(), 0

    def read(path, **options):
        nonlocal most
        image = read_image(path, **options)
        alive.add(image)
        most = max(most, len(alive))
        return image

    monkeypatch.setattr("featmatch.commands.detect.read_image", read)
    assert run(capsys, "detect", *POSTER * 3, *QUICK, "--json").code == 0
    assert most == 2  # the last one goes when the next takes its name


@pytest.mark.parametrize("method", ["orb", "sift"])
@pytest.mark.parametrize("order", ["blank first", "blank last", "blank alone"])
def test_detect_writes_several_images_one_of_them_blank(capsys, tmp_path, blank, method, order):
    images = {
        "blank first": [blank, POSTER[0]],
        "blank last": [POSTER[0], POSTER[1], blank],
        "blank alone": [blank],
    }[order]
    found = [featmatch.detect(path, method=method, **QUICK_OPTIONS) for path in images]
    outputs = [tmp_path / f"found{ending}" for ending in (".json", ".csv", ".npz")]
    options = [f"-o{output}" for output in outputs]
    outcome = run(capsys, "detect", *images, *QUICK, "--method", method, "--quiet", *options)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")

    documents = json.loads(outputs[0].read_text())["images"]
    assert [document["name"] for document in documents] == [str(path) for path in images]
    for document, features in zip(documents, found, strict=True):
        assert document["num_keypoints"] == len(features) == len(document["keypoints"])
        expected = features.keypoints.ravel()
        np.testing.assert_allclose(np.ravel(document["keypoints"]), expected, atol=1e-4)

    table = rows(outputs[1])
    names = [
        str(path) for path, features in zip(images, found, strict=True) for _ in features.scores
    ]
    assert [row["image"] for row in table] == names
    x = np.concatenate([features.keypoints[:, 0] for features in found])
    np.testing.assert_allclose([float(row["x"]) for row in table], x, rtol=1e-5)

    kept = featmatch.load_all_features(outputs[2])
    assert [name for name, _ in kept] == [str(path) for path in images]
    for (_, features), expected in zip(kept, found, strict=True):
        np.testing.assert_array_equal(features.descriptors, expected.descriptors)
        np.testing.assert_array_equal(features.keypoints, expected.keypoints)


def test_detect_prints_json(capsys):
    outcome = run(capsys, "detect", *POSTER, *QUICK, "--json", "--quiet")
    assert outcome.code == 0
    names = [image["name"] for image in json.loads(outcome.out)["images"]]
    assert names == [str(path) for path in POSTER]


def test_a_mask_limits_where_detect_looks(capsys, tmp_path):
    mask = np.zeros((675, 900), np.uint8)
    mask[:, :450] = 255
    PIL.Image.fromarray(mask).save(tmp_path / "mask.png")
    words = ("--mask", tmp_path / "mask.png", "--json")
    (image,) = json.loads(run(capsys, "detect", POSTER[0], *QUICK, *words).out)["images"]
    x = np.array(image["keypoints"])[:, 0]
    assert 0 < len(x) <= 500
    assert x.max() < 455  # half a working pixel of 3 beyond the edge


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_a_picture_of_several_images_is_refused(capsys, tmp_path, ending):
    output = tmp_path / f"both{ending}"
    outcome = run(capsys, "detect", *POSTER, "-o", output)
    assert outcome.code == 2
    assert outcome.error.startswith("A picture shows one image, 2 were given.")
    assert not output.exists()


def test_methods_lists_all_and_what_to_install(capsys):
    outcome = run(capsys, "methods")
    assert (outcome.code, outcome.err) == (0, "")
    lines = [line for line in outcome.out.splitlines() if not line.startswith(" ")]
    assert [line.split()[0] for line in lines] == list(METHODS)
    for line, pipeline in zip(lines, METHODS.values(), strict=True):
        assert pipeline.extractor.summary in line
        assert pipeline.extractor.descriptor in line
        if pipeline.extractor.unavailable:
            assert f"not available here: {pipeline.extractor.unavailable}" in outcome.out
    summaries = [pipeline.extractor.summary for pipeline in METHODS.values()]
    assert len({line.index(text) for line, text in zip(lines, summaries, strict=True)}) == 1


def test_a_scene_with_depth_has_a_fundamental_matrix(capsys):
    room = SAMPLES / "room_0.jpg", SAMPLES / "room_1.jpg"
    outcome = run(capsys, "match", *room, *QUICK, "--json", "--model", "fundamental")
    assert outcome.code == 0
    geometry = json.loads(outcome.out)["geometry"]
    assert (geometry["kind"], geometry["homography"]) == ("fundamental", None)
    assert np.linalg.matrix_rank(geometry["fundamental"], tol=1e-9) == 2
