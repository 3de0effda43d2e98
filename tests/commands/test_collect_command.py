"""``featmatch collect``, ``merge`` and ``show``: sentences, exit codes, files."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing

import cv2
import numpy as np
import pytest
from command_line import run
from photograph_folders import found_in, view, write_views
from shared_things import photograph, poster_pair

import featmatch

QUICK = ("--method", "orb", "--max-keypoints", "400", "--jobs", "1")
RESULTS = {"graph.html", "graph.png", "images.csv", "pairs.csv", "summary.json"}


@pytest.fixture
def photographs(tmp_path):
    return write_views(tmp_path / "photographs", 0, 1, 2)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def collect(capsys, folder, out, *options):
    return run(capsys, "collect", folder, "-o", out, *QUICK, *options)


def test_a_folder_is_told_in_sentences(capsys, photographs, out):
    outcome = collect(capsys, photographs, out)
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == "3 files: 3 read"
    assert lines[1].startswith("3 pairs: 3 show the same scene")
    assert lines[-1] == f"look at {out}/graph.html; featmatch export {out} --colmap database.db"
    assert "pairs 3 of 3 · 3 accepted" in outcome.err
    assert {path.name for path in out.iterdir()} >= RESULTS


def test_the_same_command_goes_on_and_says_what_it_used(capsys, photographs, out):
    first = collect(capsys, photographs, out)
    before = {name: (out / name).stat().st_mtime_ns for name in RESULTS}
    again = collect(capsys, photographs, out)
    assert again.out == first.out
    assert "features of 3 images used again\n" in again.err
    assert "what was found of 3 pairs used again\n" in again.err
    assert {name: (out / name).stat().st_mtime_ns for name in RESULTS} == before
    page = (out / "graph.html").read_bytes()
    (out / "graph.html").unlink()
    collect(capsys, photographs, out)
    assert (out / "graph.html").read_bytes() == page
    for content in ("", "[]", '{"state": 1}'):
        (out / "summary.json").write_text(content)
        assert run(capsys, "show", out).out == first.out
    write_views(photographs, 3)
    collect(capsys, photographs, out)
    assert "view_3.png" in (out / "graph.html").read_text()


def test_quiet_and_json(capsys, photographs, out):
    assert collect(capsys, photographs, out, "--quiet") == run(
        capsys, "collect", photographs, "-o", out, *QUICK, "--quiet"
    )
    outcome = collect(capsys, photographs, out, "--quiet", "--json")
    assert outcome.err == ""
    assert json.loads(outcome.out) == json.loads((out / "summary.json").read_text())


def test_show_tells_the_same_without_any_work(capsys, photographs, out):
    first = collect(capsys, photographs, out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    shutil.rmtree(photographs)
    outcome = run(capsys, "show", out)
    assert (outcome.code, outcome.out) == (0, first.out)
    assert json.loads(run(capsys, "show", out, "--json").out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_no_pair_that_matches(capsys, tmp_path, out):
    folder = write_views(tmp_path / "photographs", 0)
    cv2.imwrite(str(folder / "other.png"), view(0, seed=9))
    outcome = collect(capsys, folder, out)
    assert outcome.code == 1
    assert "1 pair: 0 show the same scene" in outcome.out


def test_one_image_has_nothing_to_match(capsys, tmp_path, out):
    outcome = collect(capsys, write_views(tmp_path / "photographs", 0), out)
    assert outcome.code == 1
    assert outcome.out.startswith("1 file: 1 read\n0 pairs")


def test_an_image_that_cannot_be_read(capsys, photographs, out):
    (photographs / "bad.jpg").write_bytes(b"\xff\xd8\xff")
    outcome = collect(capsys, photographs, out)
    assert outcome.code == 3
    assert outcome.out.startswith("4 files: 3 read, 1 unreadable (images.csv)")
    assert "bad.jpg,unreadable" in (out / "images.csv").read_text()


def test_a_dry_run_writes_nothing(capsys, photographs, out):
    outcome = collect(capsys, photographs, out, "--dry-run")
    assert outcome.code == 0
    first, second = outcome.out.splitlines()
    assert first.startswith("3 images to be read, 3 pairs to be matched: about ")
    assert second.startswith(f"{out} takes about ")
    assert second.endswith(" GB are free there")
    assert not out.exists()
    collect(capsys, photographs, out)
    write_views(photographs, 3)
    outcome = collect(capsys, photographs, out, "--dry-run")
    assert outcome.out.startswith("1 image to be read, 3 pairs to be matched")
    asked = collect(
        capsys, photographs, out, "--method", "sift", "--pairs", "retrieval", "--dry-run"
    )
    assert asked.out.startswith("4 images to be read, 6 pairs to be matched")


def test_shards_are_merged(capsys, photographs, out, tmp_path):
    collect(capsys, photographs, out)
    parts = [tmp_path / "part1", tmp_path / "part2"]
    for number, part in enumerate(parts, 1):
        collect(capsys, photographs, part, "--shard", f"{number}/2")
    outcome = run(capsys, "merge", tmp_path / "merged", *parts)
    assert outcome.code == 0
    assert "3 pairs: 3 show the same scene" in outcome.out
    for name in ("pairs.csv", "images.csv", "summary.json", "images.json"):
        assert (tmp_path / "merged" / name).read_bytes() == (out / name).read_bytes()
    found = [found_in(featmatch.Collection(folder)) for folder in (tmp_path / "merged", out)]
    assert found[0] == found[1]
    again = collect(capsys, photographs, tmp_path / "merged")
    assert "what was found of 3 pairs used again" in again.err


def test_pairs_of_a_file(capsys, photographs, out, tmp_path):
    (tmp_path / "pairs.txt").write_text("view_0.png\tview_2.png\n")
    collect(capsys, photographs, out, "--pairs", tmp_path / "pairs.txt")
    (pair,) = featmatch.Collection(out).pairs
    assert pair.names == ("view_0.png", "view_2.png")


def test_photographs_are_sorted_into_groups(capsys, photographs, out, tmp_path):
    cv2.imwrite(str(photographs / "other.png"), view(0, seed=9))
    table, folder = tmp_path / "groups.csv", tmp_path / "sorted"
    collect(capsys, photographs, out, "--groups", table, "--copy-groups", folder)
    assert table.read_text().splitlines()[1:4] == [f"1,view_{number}.png" for number in range(3)]
    assert len(list((folder / "group-001").iterdir())) == 3
    before = {path: path.stat().st_ino for path in folder.rglob("*")}
    (folder / "group-001" / "view_1.png").unlink()
    again = collect(capsys, photographs, out, "--groups", table, "--copy-groups", folder)
    assert again.code == 0
    assert {path.name for path in folder.rglob("*")} == {path.name for path in before}
    (folder / "group-001" / "view_1.png").write_text("mine")
    outcome = collect(capsys, photographs, out, "--copy-groups", folder)
    assert outcome.code == 2
    assert "holds group-001/view_1.png, which is no copy of this group" in outcome.err


def test_places_of_groups_are_refused_before_any_work(capsys, photographs, out, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").touch()
    for arguments, words in [
        (("--copy-groups", tmp_path / "full"), "holds a.txt"),
        (("--copy-groups", photographs / "sorted"), "lies in the folder of the photographs"),
        (("--copy-groups", photographs / "view_0.png"), "lies in the folder of the photographs"),
        (("--groups", tmp_path / "groups.txt"), "expected a name ending in .csv"),
        (("--groups", tmp_path / "missing" / "groups.csv"), "there is no folder"),
    ]:
        outcome = collect(capsys, photographs, out, *arguments)
        assert outcome.code == 2, arguments
        assert words in outcome.error.lower()
        assert not out.exists()


@pytest.mark.slow
@pytest.mark.parametrize("thing", ["poster", "logo", "caption"])
def test_a_shared_thing_is_told_and_links_nothing(capsys, tmp_path, out, thing):
    """What two photographs share is a part, or was laid over both: none of it is one scene."""
    if thing == "poster":
        (image0, image1), _ = poster_pair("a poster, large")
    else:
        image0, image1 = photograph("unrelated_0.jpg"), photograph("room_1.jpg")
        mark = view(2)[:120, :160, ::-1]
        place = (40, 60) if thing == "caption" else (500, 380)
        for image, (x, y) in ((image0, (40, 60)), (image1, place)):
            image[y : y + 120, x : x + 160] = mark
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number, image in enumerate((image0, image1)):
        cv2.imwrite(str(folder / f"{number}.png"), image[..., ::-1])
    outcome = run(
        capsys, *("collect", folder, "-o", out, "--method", "sift", "--jobs", "1", "--quiet")
    )
    (pair,) = featmatch.Collection(out).pairs
    assert pair.kind == ("none" if thing == "caption" else "part")
    assert outcome.code == (1 if thing == "caption" else 0)
    assert featmatch.Collection(out).graph.components == (("0.png",), ("1.png",))


def test_the_camera_that_is_given_reaches_colmap(capsys, photographs, out, tmp_path):
    collect(capsys, photographs, out, "--intrinsics", "300,310,159.5,119.5")
    for name, options, params in [
        ("own.db", (), (300, 310, 160, 120)),
        ("given.db", ("--intrinsics", "280,159.5,119.5"), (280, 280, 160, 120)),
    ]:
        assert run(capsys, "export", out, "--colmap", tmp_path / name, *options).code == 0
        with closing(sqlite3.connect(tmp_path / name)) as database:
            ((found,),) = database.execute("SELECT params FROM cameras").fetchall()
        assert tuple(np.frombuffer(found)) == params


def test_wrong_usage(capsys, photographs, out, tmp_path):
    for arguments, words in [
        ((photographs, "-o", photographs), "expected another folder than that of the photographs"),
        ((photographs, "-o", out, "--shard", "3/2"), "expected I/N"),
        ((photographs, "-o", out, "--method", "none"), "method: expected one of"),
        ((photographs, "-o", out, "--pairs", "some"), "pairs"),
        ((photographs, "-o", tmp_path), "expected a new or empty folder"),
        ((photographs, "-o", out, "--intrinsics", "1,2"), "intrinsics"),
        ((photographs, "-o", out, "--masks", tmp_path / "missing"), "there is no such folder"),
        ((photographs, "-o", photographs / "view_0.png"), "is a file"),
    ]:
        outcome = run(capsys, "collect", *arguments)
        assert outcome.code in (2, 3), arguments
        assert words in outcome.error
        assert not out.exists()


def test_folders_that_hold_nothing(capsys, tmp_path, out, photographs):
    (tmp_path / "empty").mkdir()
    outcome = collect(capsys, tmp_path / "empty", out)
    assert outcome.code == 3
    assert "has no photographs; give a folder with some" in outcome.error
    assert collect(capsys, tmp_path / "missing", out).code == 3
    assert run(capsys, "show", tmp_path / "empty").code == 3
    assert run(capsys, "merge", out, tmp_path / "empty").code == 3
    collect(capsys, photographs, out)
    other = write_views(tmp_path / "other", 3, 4)
    outcome = collect(capsys, other, out)
    assert outcome.code == 2
    assert f"which holds those of {photographs}" in outcome.error


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to this user"
)
def test_a_folder_that_cannot_be_written_to(capsys, photographs, out):
    out.mkdir()
    out.chmod(0o500)
    outcome = collect(capsys, photographs, out)
    assert outcome.code == 2
    assert "cannot be written" in outcome.error


def test_a_full_disk_is_told_and_what_is_done_is_kept(capsys, photographs, out, monkeypatch):
    from featmatch.collection import store

    write, written = store.write_whole, []

    def fill(path, content):
        if len(written) == 2:
            raise featmatch.OutputError(f"{path}: cannot be written (no space left on device)")
        written.append(path)
        write(path, content)

    monkeypatch.setattr(store, "write_whole", fill)
    outcome = collect(capsys, photographs, out, "--quiet")
    assert outcome.code == 2
    assert "no space left on device); what is done is kept, and the same command goes on" in (
        outcome.error
    )
    monkeypatch.undo()
    again = collect(capsys, photographs, out)
    assert again.code == 0
    assert "features of 2 images used again" in again.err


def test_depth_and_union_are_the_default(capsys, tmp_path, out):
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(2):
        pixels = cv2.cvtColor(photograph(f"room_{number}.jpg", (400, 300)), cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{number}.png"), pixels)
    outcome = run(capsys, "collect", folder, "-o", out, "--jobs", "1", "--quiet")
    assert outcome.code == 0
    collection = featmatch.Collection(out)
    record = collection.matches("0.png", "1.png")
    assert record.summary.model == "fundamental"
    points = [
        np.pad(keypoints[indices], ((0, 0), (0, 1)), constant_values=1)
        for keypoints, indices in zip(
            (collection.keypoints(name) for name in ("0.png", "1.png")),
            record.indices[record.inliers].T,
            strict=True,
        )
    ]
    lines = points[0] @ record.fundamental.T
    distances = np.abs((lines * points[1]).sum(axis=1)) / np.hypot(*lines[:, :2].T)
    assert np.median(distances) < 1
    assert [len(kind.descriptors[0]) for kind in collection.features("0.png")] == [128, 64]


def test_groups_do_not_take_the_place_of_results(capsys, photographs, out):
    collect(capsys, photographs, out)
    for name in ("images.json", "collection.json", "pairs.csv"):
        before = (out / name).read_bytes()
        outcome = collect(capsys, photographs, out, "--groups", out / name)
        assert outcome.code == 2
        assert (out / name).read_bytes() == before


def test_an_estimate_is_told_in_words_or_not_at_all(capsys, photographs, out):
    assert (
        "Give one of --dry-run and --json"
        in collect(capsys, photographs, out, "--dry-run", "--json").error
    )
    quiet = collect(capsys, photographs, out, "--dry-run", "--quiet")
    assert (quiet.code, quiet.out) == (0, "")
    nowhere = out.parent / "no" / "groups.csv"
    assert collect(capsys, photographs, out, "--dry-run", "--groups", nowhere).code == 2


def test_names_with_blanks_are_quoted_in_what_to_do_next(capsys, photographs, tmp_path):
    outcome = collect(capsys, photographs, tmp_path / "my results")
    assert f"featmatch export '{tmp_path}/my results' --colmap database.db" in outcome.out
