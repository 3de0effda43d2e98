"""Folders become suites, and what is wrong with one is told in a sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tiny_suites import POSE, SAMPLES, planar, unrelated, view, warp, write_pairs, write_sequence

import featmatch
from featmatch.errors import SuiteError
from featmatch.evaluation.bench.readers import read_suite
from featmatch.evaluation.bench.suites import Suite, SuitePair

OXFORD = {"image": "img{}.ppm", "homography": "H1to{}p"}


def written(tmp_path, *entries):
    return write_pairs(tmp_path / "tiny", list(entries))


def test_pairs_of_every_kind_are_read(tmp_path):
    suite = read_suite(write_pairs(tmp_path / "tiny"))
    assert suite.name == "tiny"
    assert [pair.kind for pair in suite.pairs] == ["planar", "twoview", "pose", "unrelated"]
    plane, points, cameras, nothing = suite.pairs
    assert len(suite) == 4
    assert (plane.name, plane.group) == ("turn2", "easy")
    np.testing.assert_array_equal(plane.homography, warp(2))
    assert plane.image1 == tmp_path / "tiny" / "2.png"
    assert points.points0.shape == points.points1.shape == (len(POSE["points"]), 2)
    x = np.array(POSE["points"])[:, 0]
    np.testing.assert_allclose(points.points0[:, 0], (x + 0.5) / 2 - 0.5)
    np.testing.assert_array_equal(cameras.pose, POSE["pose"])
    assert cameras.intrinsics0[0, 0] == POSE["intrinsics0"][0][0] / 2
    assert nothing.homography is nothing.points is nothing.pose is None
    assert nothing.points0.shape == (0, 2)


def test_the_samples_are_a_suite():
    suite = featmatch.read_suite(SAMPLES / "pairs.json")
    assert suite.name == "samples"
    assert {pair.name: pair.kind for pair in suite.pairs} == {
        "room": "pose",
        "poster": "planar",
        "gallery": "pose",
        "unrelated": "unrelated",
    }


def test_the_words_of_before_are_read_as_well(tmp_path):
    folder = write_pairs(tmp_path / "tiny")
    now = read_suite(folder)
    text = (folder / "pairs.json").read_text()
    words = {"homography": "H", "intrinsics0": "K0", "intrinsics1": "K1", "group": "level"}
    for word, old in words.items():
        assert f'"{word}": ' in text
        text = text.replace(f'"{word}": ', f'"{old}": ')
    text = text.replace('"pose": [', '"T": [').replace('"kind": "unrelated"', '"kind": "negative"')
    (folder / "pairs.json").write_text(text)
    for pair, same in zip(read_suite(folder).pairs, now.pairs, strict=True):
        assert [*map(repr, vars(pair).values())] == [*map(repr, vars(same).values())]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("old", [None, warp(3).tolist()])
def test_of_a_word_of_today_and_one_of_before_the_former_counts(tmp_path, old, turned):
    items = list((planar(2, group="easy") | {"H": old, "level": "hard"}).items())
    entry = dict(items[::-1] if turned else items)
    (pair,) = read_suite(written(tmp_path, entry)).pairs
    np.testing.assert_array_equal(pair.homography, warp(2))
    assert pair.group == "easy"


@pytest.mark.parametrize(
    ("flag", "kind"),
    [({}, "related"), ({"related": True}, "related"), ({"related": False}, "unrelated")],
)
def test_related_pairs_may_say_that_they_are_not(tmp_path, flag, kind):
    entry = unrelated() | {"kind": "related"} | flag
    assert read_suite(written(tmp_path, entry)).pairs[0].kind == kind


@pytest.mark.parametrize("names", [{}, OXFORD], ids=["hpatches", "oxford"])
def test_sequences_are_read(tmp_path, names):
    for sequence in ("v_turn", "i_light"):
        write_sequence(tmp_path / "all" / sequence, **names)
    (tmp_path / "all" / "notes").mkdir()
    (tmp_path / "all" / "README").write_text("about")
    suite = read_suite(tmp_path / "all")
    names = ["i_light/1-2", "i_light/1-3", "v_turn/1-2", "v_turn/1-3"]
    stems = [pair.name.replace("img", "") for pair in suite.pairs]
    assert stems == names
    assert [pair.group for pair in suite.pairs] == 2 * ["illumination"] + 2 * ["viewpoint"]
    for pair, number in zip(suite.pairs, (2, 3, 2, 3), strict=True):
        np.testing.assert_allclose(pair.homography, warp(number))
        assert pair.kind == "planar"
        assert (pair.image0.stem[-1], pair.image1.stem[-1]) == ("1", str(number))


def test_a_single_sequence_is_a_suite(tmp_path, monkeypatch):
    folder = write_sequence(tmp_path / "graf", image="img{}.png", homography="H1to{}p")
    monkeypatch.chdir(folder)
    for suite in (read_suite(folder), read_suite(".")):
        assert suite.name == "graf"
        assert [pair.name for pair in suite.pairs] == ["graf/img1-img2", "graf/img1-img3"]
        assert {pair.group for pair in suite.pairs} == {"graf"}


def test_ten_images_are_in_order(tmp_path):
    folder = write_sequence(tmp_path / "v_many", (1, 2, 10))
    assert [pair.image1.stem for pair in read_suite(folder).pairs] == ["2", "10"]


def fails(path, *parts):
    """The sentence that tells why a folder is no suite."""
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}")
    assert "\n" not in sentence
    for part in parts:
        assert part in sentence
    return sentence


def test_a_missing_folder(tmp_path):
    fails(tmp_path / "none", "there is no such folder; check the path")
    fails(tmp_path / "none" / "pairs.json", "there is no such folder; check the path")
    file = tmp_path / "file"
    file.write_text("")
    fails(file, "there is no such folder")


def test_no_ground_truth(tmp_path):
    folder = tmp_path / "images"
    write_sequence(folder / "v_turn")
    for file in folder.glob("*/H_*"):
        file.unlink()
    fails(folder, "holds no ground truth; add pairs.json, or H_1_2 beside 1.ppm")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ('{"pairs": [', "is not valid JSON (expecting value: line 1 column 12"),
        ("", "is not valid JSON"),
        ("\xff", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("[]", "expected an object with a list of objects, pairs"),
        ("{}", "expected an object with a list of objects, pairs"),
        ('{"pairs": {}}', "expected an object with a list of objects, pairs"),
        ('{"pairs": [1]}', "expected an object with a list of objects, pairs"),
        ('{"pairs": []}', "pairs: expected at least one, got none; correct the file"),
    ],
)
def test_a_damaged_file(tmp_path, content, part):
    (tmp_path / "pairs.json").write_bytes(content.encode("latin-1"))
    fails(tmp_path, f"{tmp_path / 'pairs.json'}: ", part)


def test_pairs_file_that_is_a_folder(tmp_path):
    (tmp_path / "pairs.json").mkdir()
    fails(tmp_path, "pairs.json: cannot be read (is a directory)")


CAMERAS = {name: POSE[name] for name in ("intrinsics0", "intrinsics1")}
SINGULAR = [[1, 0, 0], [2, 0, 0], [0, 0, 1]]
ENTRIES = {
    "no name": (planar(2, name=None), "pair 0: name: expected a text, got None; add it"),
    "a number": (planar(2, name=7), "name: expected a text, got 7; add it"),
    "no image": (planar(2, image1=""), "pair 'turn2': image1: expected a text, got ''; add it"),
    "group": (planar(2, group=3), "group: expected a text, got 3"),
    "kind": (
        planar(2, kind="cube"),
        "pair 'turn2': kind: expected one of planar, twoview, pose, related, unrelated, got 'cube'",
    ),
    "related": (
        unrelated() | {"kind": "related", "related": "yes"},
        "related: expected true or false, got 'yes'; correct it",
    ),
    "missing image": (planar(2, image1="7.png"), "pair 'turn2': there is no image "),
    "no truth": (
        planar(2, homography=None),
        "homography: expected this or points",
    ),
    "singular": (
        planar(2, homography=SINGULAR),
        "homography: expected a matrix that has an inverse, got the singular [[1.0, 0.0, 0.0]",
    ),
    "zeros": (
        planar(2, homography=[[0] * 3] * 3),
        "homography: expected a matrix that has an inverse",
    ),
    "shape": (
        planar(2, homography=[[1, 0], [0, 1]]),
        "homography: expected shape (3, 3)",
    ),
    "ragged": (
        planar(2, homography=[[1, 0], [0]]),
        "homography: expected rows of numbers, got others",
    ),
    "words": (planar(2, homography="one"), "homography: expected rows of numbers"),
    "nan": (
        planar(2, homography=[[1, 0, 0], [0, float("nan"), 0], [0, 0, 1]]),
        "homography: expected finite numbers, got NaN or infinity",
    ),
    "points": (planar(2, points=[[1, 2, 3]]), "points: expected shape (N, 4), got (1, 3)"),
    "no points": (planar(2, points=[]), "points: expected shape (N, 4), got (0,)"),
    "no rows": (planar(2, points=np.zeros((0, 4)).tolist()), "points: expected shape (N, 4)"),
    "twoview": (
        planar(2, kind="twoview", homography=None),
        "points: expected corresponding",
    ),
    "depth": (
        planar(2, kind="twoview", points=[[1, 2, 3, 4]]),
        "homography: expected none for a twoview pair, got one",
    ),
    "pose": (
        planar(2, kind="pose", homography=None),
        "intrinsics0: expected a camera matrix",
    ),
    "no pose": (
        planar(2, kind="pose", homography=None, **CAMERAS),
        "pose: expected a (4, 4) matrix, got none",
    ),
    "rotation": (
        planar(2, kind="pose", homography=None, **CAMERAS, pose=np.ones((4, 4)).tolist()),
        "pose: expected a rotation in its 3 x 3 part",
    ),
    "mirror": (
        planar(2, kind="pose", homography=None, **CAMERAS, pose=np.diag([1, 1, -1, 1]).tolist()),
        "pose: expected a rotation in its 3 x 3 part",
    ),
    "huge": (
        planar(2, homography=[[10**400, 0, 0], [0, 1, 0], [0, 0, 1]]),
        "homography: expected rows of numbers, got others",
    ),
    "huge points": (planar(2, points=[[1, 2, 3, -(10**400)]]), "points: expected rows of numbers"),
    "huge camera": (
        planar(2, kind="pose", homography=None)
        | CAMERAS
        | {"intrinsics1": [[10**400, 0, 0], [0, 1, 0], [0, 0, 1]]},
        "intrinsics1: expected rows of numbers",
    ),
    "huge pose": (
        planar(2, kind="pose", homography=None, **CAMERAS, pose=(1e300 * np.ones((4, 4))).tolist()),
        "pose: expected a rotation in its 3 x 3 part",
    ),
    "no translation": (
        planar(2, kind="pose", homography=None, **CAMERAS, pose=np.eye(4).tolist()),
        "pose: expected a translation, got none",
    ),
}


@pytest.mark.parametrize(("entry", "part"), ENTRIES.values(), ids=ENTRIES)
def test_a_wrong_pair(tmp_path, entry, part):
    folder = written(tmp_path, entry)
    sentence = fails(folder, part)
    assert sentence.startswith(f"{folder / 'pairs.json'}: pair ")
    assert ";" in sentence


def test_two_pairs_of_one_name(tmp_path):
    folder = written(tmp_path, planar(2), planar(3, name="turn2"))
    fails(folder, "pairs: expected names that differ, got 'turn2' twice; correct the file")


def test_a_sequence_without_an_image(tmp_path):
    folder = write_sequence(tmp_path / "v_turn")
    (folder / "3.ppm").unlink()
    fails(folder, "there is no image 3 in it; copy the folder again")
    (folder / "1.ppm").unlink()
    fails(folder, "there is no image 1 in it")


def test_a_sequence_without_a_homography(tmp_path):
    folder = write_sequence(tmp_path / "v_turn")
    (folder / "H_1_3").unlink()
    fails(folder, f"{folder / 'H_1_3'}: cannot be read (no such file or directory)")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1 0 0\n0 1 0\n", "three rows of three numbers"),
        ("1 0 0\n0 one 0\n0 0 1\n", "could not convert string to float"),
        ("1 0 0\n1 0 0\n0 0 1\n", "matrix that has an inverse, got the singular"),
        ("1 0 0\n0 inf 0\n0 0 1\n", "finite numbers"),
    ],
)
def test_a_damaged_homography(tmp_path, text, part):
    folder = write_sequence(tmp_path / "v_turn")
    (folder / "H_1_2").write_text(text)
    sentence = fails(folder, part, "copy the file again")
    assert sentence.startswith(f"{folder / 'H_1_2'}: expected a homography")


def test_truths_do_not_change(tmp_path):
    matrix = warp(2)
    pair = SuitePair("a", tmp_path, tmp_path, "planar", homography=matrix)
    matrix[0, 0] = 9
    assert pair.homography[0, 0] != 9
    with pytest.raises(ValueError, match="read-only"):
        pair.homography[0, 0] = 9


def test_suites_are_checked(tmp_path):
    pair = SuitePair("a", tmp_path, tmp_path, "unrelated")
    with pytest.raises(ValueError, match=r"^pairs: expected at least one, got none$"):
        Suite("none", ())
    with pytest.raises(ValueError, match=r"^pairs: expected names that differ, got 'a' twice$"):
        Suite("twice", (pair, pair))
    assert len(Suite("two", (pair, replace(pair, name="b")))) == 2


def test_large_and_small_homographies_are_not_singular(tmp_path):
    """Those of strongly tilted views have numbers of very different size."""
    small = (1e-6 * warp(3)).tolist()
    tilted = [[1.80543, -28.3029, -3740.88], [1.55303, -18.1493, -474.282], [0.003, -0.033, -4.8]]
    folder = written(tmp_path, planar(2, homography=tilted), planar(3, homography=small))
    assert len(read_suite(folder)) == 2


def test_unknown_keys_are_ignored(tmp_path):
    folder = written(tmp_path, unrelated() | {"of": ["a", "b"]})
    document = json.loads((folder / "pairs.json").read_text())
    assert "of" in document["pairs"][0]
    assert read_suite(folder).pairs[0].kind == "unrelated"


def test_views_differ():
    assert np.abs(view(2).astype(int) - view(1)).mean() > 10
