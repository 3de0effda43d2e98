"""Files: every form holds the result, and is the same bytes whenever it is written."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from drawn_pictures import SIDEWAYS, make_features, make_image, make_result, no_model

from featmatch import OutputError, load_all_features, load_features, load_matches, read_matches
from featmatch.report.match import save
from featmatch.report.match.save import (
    FORMS,
    Form,
    check_output,
    features_forms,
    save_detected,
)

MAGIC = {
    ".png": b"\x89PNG\r\n\x1a\n",
    ".svg": b"<?xml",
    ".pdf": b"%PDF-",
    ".html": b"<!doctype html>\n",
    ".json": b"{\n",
    ".csv": b"x0,y0,x1,y1,inlier,residual,distance,ratio\n",
    ".npz": b"PK",
}


def two_images():
    points = np.array([[1.5, 2.25], [39, 29]]), np.array([[7, 8.125]])
    return [
        ("a, b.jpg", make_features(make_image(40, 30), points[0])),
        ("写真.jpg", make_features(make_image(50, 60), points[1])),
    ]


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def test_there_is_a_test_for_every_ending():
    assert set(MAGIC) == set(FORMS)


def test_a_new_form_is_one_row(tmp_path, monkeypatch):
    counts = Form(
        match=lambda result, outliers: b"%d %d" % (len(result.matches), outliers),
        features=lambda found, image: b"%d" % len(found),
    )
    monkeypatch.setattr(save, "FORMS", {**FORMS, ".txt": counts})
    path = tmp_path / "result.TXT"
    make_result(num=7).save(path, outliers=True)
    assert path.read_bytes() == b"7 1"
    save_detected(two_images(), path)
    assert path.read_bytes() == b"2"


@pytest.mark.parametrize("ending", MAGIC)
@pytest.mark.parametrize("kind", ["homography", "fundamental", "none"])
def test_a_file_is_of_its_kind_and_the_same_twice(tmp_path, ending, kind):
    contents = []
    for name in ("first", "second"):
        result = make_result(kind="fundamental", matrix=SIDEWAYS)
        if kind != "fundamental":
            result = make_result() if kind == "homography" else no_model(3)
        result.save(tmp_path / f"{name}{ending}")
        contents.append((tmp_path / f"{name}{ending}").read_bytes())
    assert contents[0] == contents[1]
    assert contents[0].startswith(MAGIC[ending])
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("num", [0, 1, 20])
def test_csv_has_a_row_a_match(tmp_path, num):
    result = make_result(num=num, num_inliers=num // 2)
    result.save(tmp_path / "result.csv")
    header, rows = table(tmp_path / "result.csv")
    assert header == ["x0", "y0", "x1", "y1", "inlier", "residual", "distance", "ratio"]
    expected = np.column_stack(
        [
            result.points0,
            result.points1,
            result.inliers,
            result.geometry.residuals,
            result.matches.distances,
            result.matches.ratios,
        ]
    )
    values = np.array([[float(value) for value in row] for row in rows]).reshape(-1, 8)
    np.testing.assert_allclose(values, expected, rtol=5e-6)


@pytest.mark.parametrize("num", [0, 1, 20])
def test_npz_has_every_array_as_it_is(tmp_path, num):
    result = make_result(num=num)
    result.save(tmp_path / "result.npz")
    expected = {
        "points0": result.points0,
        "points1": result.points1,
        "indices": result.matches.indices,
        "distances": result.matches.distances,
        "ratios": result.matches.ratios,
        "inliers": result.inliers,
        "residuals": result.geometry.residuals,
        "matrix": result.geometry.matrix,
        "homography": result.homography,
    }
    for image, features in enumerate((result.features0, result.features1)):
        for name in ("keypoints", "descriptors", "scores", "scales", "angles"):
            expected[f"{name}{image}"] = getattr(features, name)
    with np.load(tmp_path / "result.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {*expected, "__header__"}
        for name, values in expected.items():
            np.testing.assert_array_equal(arrays[name], values)
            assert arrays[name].dtype == values.dtype


def test_npz_has_no_matrix_without_a_model(tmp_path):
    no_model(2).save(tmp_path / "result.npz")
    with np.load(tmp_path / "result.npz", allow_pickle=False) as arrays:
        assert not {"matrix", "homography", "fundamental"} & set(arrays)
        assert arrays["inliers"].tolist() == [False, False]


def test_json_file_is_the_dictionary(tmp_path):
    result = make_result()
    result.save(tmp_path / "result.json")
    assert json.loads((tmp_path / "result.json").read_bytes()) == result.to_dict()


@pytest.mark.parametrize("name", ["result.jpg", "result", "result.tar.gz", ".csv", "result.json~"])
def test_an_unknown_ending_names_those_there_are(tmp_path, name):
    with pytest.raises(
        ValueError, match=r"output: expected a name ending in \.png .* got '"
    ) as error:
        make_result().save(tmp_path / name)
    assert all(ending in str(error.value) for ending in FORMS)
    assert not list(tmp_path.iterdir())


def test_a_path_may_be_text_and_of_capitals(tmp_path):
    make_result().save(str(tmp_path / "RESULT.CSV"))
    assert check_output(str(tmp_path / "b.Json")) == tmp_path / "b.Json"
    assert [path.name for path in tmp_path.iterdir()] == ["RESULT.CSV"]


def test_an_output_in_this_folder_needs_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_result().save("result.csv")
    assert Path("result.csv").stat().st_size


@pytest.mark.parametrize("name", ["", ".", "missing/result.png", "folder.png"])
def test_places_that_cannot_be_written(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("folder.png").mkdir()
    with pytest.raises(OutputError if name.endswith("png") else ValueError):
        check_output(name)


@pytest.mark.parametrize("target", ["target.json", "folder/target", "missing"])
def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path, target):
    (tmp_path / "folder").mkdir()
    target, link, result = tmp_path / target, tmp_path / "link.json", make_result()
    if target.name != "missing":
        target.write_text("old")
    link.symlink_to(target)
    result.save(link)
    assert link.is_symlink()
    assert not target.is_symlink()
    assert json.loads(target.read_bytes()) == result.to_dict()


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/dev/null", "is a device or a pipe"),
        (".", "is a folder"),
        ("no/file", "there is no folder"),
    ],
)
def test_a_link_to_what_is_no_place_for_a_file(tmp_path, target, words):
    link = tmp_path / "link.json"
    link.symlink_to(target)
    with pytest.raises(OutputError, match=f"link.json: {words}"):
        make_result().save(link)
    assert list(tmp_path.iterdir()) == [link]


def test_features_of_several_images_are_one_table(tmp_path):
    save_detected(two_images(), tmp_path / "found.csv")
    header, rows = table(tmp_path / "found.csv")
    assert header == ["image", "x", "y", "score", "scale", "angle"]
    assert [row[:5] for row in rows] == [
        ["a, b.jpg", "1.5", "2.25", "0", "10"],
        ["a, b.jpg", "39", "29", "1", "10"],
        ["写真.jpg", "7", "8.125", "0", "10"],
    ]
    assert {row[5] for row in rows} == {"1.5708"}


def test_features_of_several_images_are_one_archive(tmp_path):
    found = two_images()
    save_detected(found, tmp_path / "found.npz")
    with np.load(tmp_path / "found.npz", allow_pickle=False) as arrays:
        for number, (_, features) in enumerate(found):
            for name in ("keypoints", "descriptors", "scores", "scales", "angles"):
                np.testing.assert_array_equal(arrays[f"{name}{number}"], getattr(features, name))
    assert [name for name, _ in load_all_features(tmp_path / "found.npz")] == [
        "a, b.jpg",
        "写真.jpg",
    ]


def test_what_is_kept_of_a_match_can_be_used_again(tmp_path):
    result = make_result(num=9)
    result.save(tmp_path / "result.npz")
    features = [load_features(tmp_path / "result.npz", image) for image in (0, 1)]
    np.testing.assert_array_equal(features[1].keypoints, result.features1.keypoints)
    matches = load_matches(tmp_path / "result.npz", *features)
    np.testing.assert_array_equal(matches.indices, result.matches.indices)
    points = read_matches(tmp_path / "result.npz")
    np.testing.assert_array_equal(points.points1, result.points1)


def test_keypoints_alone_have_no_page(tmp_path):
    assert set(MAGIC) - set(features_forms()) == {".html"}
    with pytest.raises(ValueError, match=r"expected a name ending in \.png .* got '") as error:
        save_detected(two_images(), tmp_path / "found.html")
    assert ".html " not in str(error.value)


@pytest.mark.parametrize("ending", features_forms())
def test_features_of_one_image_have_every_form(tmp_path, ending):
    contents = []
    for name in ("first", "second"):
        found = two_images()[:1]
        save_detected(found, tmp_path / f"{name}{ending}", image=make_image(40, 30))
        contents.append((tmp_path / f"{name}{ending}").read_bytes())
    assert contents[0] == contents[1]
    expected = b"image,x,y,score,scale,angle\n" if ending == ".csv" else MAGIC[ending]
    assert contents[0].startswith(expected)


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf"])
def test_a_picture_of_several_images_is_refused(tmp_path, ending):
    found, image = two_images(), make_image(50, 60)
    for num, options in ((2, {"image": image}), (0, {})):
        with pytest.raises(ValueError, match=f"expected one image for a picture, got {num}"):
            save_detected(found, tmp_path / f"found{ending}", **options)
    assert not list(tmp_path.iterdir())


def test_names_of_undecodable_bytes_are_written_to_every_form(tmp_path):
    result = make_result(names=("\udcff.jpg", "b.jpg"))
    for ending in FORMS:
        result.save(tmp_path / f"result{ending}")
    save_detected([(result.image0.name, result.features0)], tmp_path / "found.csv")
    first = (tmp_path / "found.csv").read_bytes().splitlines()[1]
    assert first.startswith(rb"\udcff.jpg,")
    assert io.BytesIO((tmp_path / "result.npz").read_bytes()).read(2) == b"PK"
