"""``featmatch import`` and ``featmatch export``: what they print, and what they refuse."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from command_line import ROOM, run

from featmatch import detect


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Two photographs, and the features of each."""
    place = tmp_path_factory.mktemp("the place")
    (place / "images").mkdir()
    for path in ROOM:
        shutil.copy(path, place / "images")
        found = detect(path, method="sift", max_keypoints=600, max_size=600)
        arrays = {"keypoints": found.keypoints, "descriptors": found.descriptors}
        np.savez(place / f"{path.name}.npz", **arrays)
    return place


@pytest.fixture
def out(place, capsys, tmp_path):
    """A collection of these."""
    arguments = ("--images", place / "images", "--npz", place, "--jobs", 1)
    outcome = run(capsys, "import", tmp_path / "out", *map(str, arguments), "--quiet")
    assert outcome.code == 0
    assert outcome.out == ""
    return tmp_path / "out"


def test_import_fills_the_folder_as_collect_does(place, out, capsys):
    assert (out / "graph.html").is_file()
    outcome = run(capsys, "import", out, "--npz", place, "--jobs", "1")
    assert outcome.code == 0
    assert "1 shows the same scene" in outcome.out
    assert "used again" in outcome.err


def test_import_keeps_a_file_of_pairs(place, out, capsys):
    """Its tables would take the place of one that is given."""
    before = (out / "pairs.csv").read_bytes()
    (out / "link").hardlink_to(out / "pairs.csv")
    for name in ("pairs.csv", "link"):
        arguments = ("--npz", place, "--jobs", "1", "--pairs", out / name)
        assert "is an input" in run(capsys, "import", out, *arguments).error
    assert (out / "pairs.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("new",), "Give one of --hloc and --npz."),
        (("new", "--npz", "."), "Give the folder of the photographs: --images."),
        (("new", "--npz", ".", "--hloc", "f.h5"), "Give one of --hloc and --npz."),
        (("new", "--images", "missing", "--npz", "."), "missing: cannot be read"),
    ],
)
def test_what_import_refuses(capsys, tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    outcome = run(capsys, "import", *arguments)
    assert told in outcome.error
    assert not list(tmp_path.iterdir())


def test_export_says_what_comes_next(place, out, capsys, tmp_path):
    database = tmp_path / "a b.db"
    outcome = run(capsys, "export", out, "--colmap", database)
    counts, command = outcome.out.splitlines()
    assert counts == f"{database}: 2 images, 1 camera, 1 pair"
    assert shlex.split(command)[:6] == [
        *("colmap", "mapper", "--database_path", str(database)),
        *("--image_path", str(place / "images")),
    ]
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM keypoints").fetchone() == (2,)


def test_several_forms_at_once(out, capsys, tmp_path):
    forms = {"--colmap": "a.db", "--csv": "tables", "--json": "a.json"}
    arguments = [part for form, name in forms.items() for part in (form, tmp_path / name)]
    outcome = run(capsys, "export", out, *arguments, "--cameras", "single", "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert all((tmp_path / name).exists() for name in forms.values())


@pytest.mark.parametrize("option", ["--intrinsics=800,800,449.5,337", "--pixels=upright"])
def test_options_of_cameras(out, capsys, tmp_path, option):
    assert run(capsys, "export", out, "--colmap", tmp_path / "a.db", option).code == 0


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        ((), "Give one of --colmap, --hloc, --csv, --json.", 2),
        (("--colmap", "missing/a.db"), "there is no folder", 2),
        (("--colmap", "a.db", "--intrinsics", "1,2"), "expected", 2),
        (("--colmap", "a.db", "--intrinsics", "5,450,337"), "too short", 2),
        (("--json", "out/images.json"), "is an input", 2),
        (("--csv", "out"), "is an input", 2),
        (("--colmap", "images"), "is a folder", 2),
    ],
)
def test_what_export_refuses(out, capsys, monkeypatch, arguments, told, code):
    monkeypatch.chdir(out.parent)
    (out.parent / "images").mkdir()
    before = (out / "images.json").read_bytes()
    outcome = run(capsys, "export", "out", *arguments)
    assert told in outcome.error
    assert outcome.code == code
    assert (out / "images.json").read_bytes() == before
    assert not (out.parent / "a.db").exists()


def test_no_photograph_is_replaced(place, out, capsys):
    photograph = place / "images" / ROOM[0].name
    before = photograph.read_bytes()
    assert "is an input" in run(capsys, "export", out, "--json", photograph).error
    assert photograph.read_bytes() == before


def test_no_collection(capsys, tmp_path):
    outcome = run(capsys, "export", tmp_path, "--colmap", tmp_path / "a.db")
    assert (outcome.code, "holds no collection" in outcome.error) == (3, True)


def test_exports_have_names_of_their_own(out, capsys, tmp_path):
    same = tmp_path / "same"
    outcome = run(capsys, "export", out, "--json", same, "--colmap", same)
    assert "Two results are to have one name" in outcome.error
    assert not same.exists()
    kept = next((out / "features").rglob("*.npz"))
    for name in (out / "graph.html", kept):
        before = name.read_bytes()
        assert run(capsys, "export", out, "--json", name).code == 2
        assert name.read_bytes() == before


def test_exports_may_share_a_folder(out, capsys, tmp_path):
    pytest.importorskip("h5py")
    both = tmp_path / "both"
    several = ("--hloc", both, "--csv", both, "--json", tmp_path / "pairs.json")
    assert run(capsys, "export", out, *several).code == 0
    assert {"features.h5", "images.csv"} < {path.name for path in both.iterdir()}


def test_imported_features_have_no_cameras(place, capsys, tmp_path):
    arguments = ("--images", place / "images", "--npz", place, "--model", "essential")
    assert "one that needs no cameras" in run(capsys, "import", tmp_path / "new", *arguments).error
    assert not (tmp_path / "new").exists()
