"""Files that cannot be written: refused early, in one line, and nothing half-written is left."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from command_line import POSTER, QUICK, QUICK_OPTIONS, run, run_apart

import featmatch
from featmatch import OutputError

HOPELESS = {
    "no folder": ("nowhere/result.json", "there is no folder"),
    "in a file": ("file/result.json", "there is no folder"),
    "a folder": ("folder.json", "is a folder; give the name of a file in it"),
    "long name": ("x" * 300 + ".json", "cannot be written (file name too long)"),
    "unknown ending": ("result.jpg", "expected a name ending in .png .svg .pdf .json .csv .npz"),
    "no ending": ("result", "expected a name ending in .png .svg .pdf .json .csv .npz"),
    "hidden": (".json", "expected a name ending in .png .svg .pdf .json .csv .npz"),
}


@pytest.fixture
def place(tmp_path):
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "file").write_text("a file")
    return tmp_path


@pytest.fixture(scope="module")
def result():
    return featmatch.match(*POSTER, **QUICK_OPTIONS)


def listing(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))


@pytest.mark.parametrize("problem", HOPELESS)
@pytest.mark.parametrize("command", ["match", "detect"])
def test_a_hopeless_output_is_refused_before_any_work(capsys, monkeypatch, place, command, problem):
    def fail(path):
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(Path, "read_bytes", fail)
    name, words = HOPELESS[problem]
    before = listing(place)
    output = place / "sound.json", place / name
    outcome = run(capsys, command, *POSTER, "-o", output[0], "-o", output[1])
    assert outcome.code == 2
    assert str(output[1]) in outcome.error
    assert words in outcome.error
    assert listing(place) == before


@pytest.mark.parametrize("problem", HOPELESS)
def test_a_hopeless_output_raises_in_the_library(place, result, problem):
    name, words = HOPELESS[problem]
    before = listing(place)
    expected = ValueError if "ending" in words else OutputError
    with pytest.raises(expected) as error:
        result.save(place / name)
    assert words in str(error.value)
    assert str(place / name) in str(error.value)
    assert listing(place) == before


def test_a_place_that_nobody_can_write_to(capsys, monkeypatch, place):
    def refuse(path, **options):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", refuse)
    output = place / "result.json"
    outcome = run(capsys, "match", *POSTER, "-o", output)
    assert outcome.code == 2
    assert outcome.error == f"{output}: cannot be written (permission denied); choose another place"


@pytest.mark.parametrize("command", ["match", "detect"])
def test_a_write_protected_file_is_not_replaced(capsys, monkeypatch, place, command):
    output = place / "earlier.json"
    output.write_text("worth keeping")
    output.chmod(0o444)
    # Everything is writable to root, who may run the tests.
    monkeypatch.setattr(os, "access", lambda path, mode: bool(path.stat().st_mode & 0o222))
    outcome = run(capsys, command, *POSTER, "-o", output)
    assert outcome.code == 2
    assert f"{output}: is write-protected; allow writing or give another name" in outcome.error
    assert output.read_text() == "worth keeping"


def full(descriptor):
    raise OSError(errno.ENOSPC, "No space left on device")


def locked(path, target):
    raise PermissionError(errno.EACCES, "Permission denied", str(target))


@pytest.mark.parametrize(
    ("owner", "method", "failure", "reason"),
    [
        (os, "fsync", full, "no space left on device"),
        (Path, "replace", locked, "permission denied"),
    ],
)
@pytest.mark.parametrize("ending", [".png", ".json", ".npz"])
def test_nothing_half_written_is_left(
    capsys, monkeypatch, place, result, ending, owner, method, failure, reason
):
    new, earlier = place / f"new{ending}", place / f"earlier{ending}"
    earlier.write_text("worth keeping")
    before = listing(place)
    monkeypatch.setattr(owner, method, failure)
    for output in (new, earlier):
        with pytest.raises(OutputError, match=reason):
            result.save(output)
    outcome = run(capsys, "detect", POSTER[0], *QUICK, "--quiet", "-o", new)
    assert outcome.code == 2
    assert outcome.error == f"{new}: cannot be written ({reason}); choose another place"
    assert listing(place) == before
    assert earlier.read_text() == "worth keeping"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), RuntimeError("a fault")])
def test_an_interruption_leaves_the_earlier_file(monkeypatch, place, result, error):
    def interrupt(descriptor):
        raise error

    earlier = place / "earlier.csv"
    earlier.write_text("worth keeping")
    before = listing(place)
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(type(error)):
        result.save(earlier)
    assert listing(place) == before
    assert earlier.read_text() == "worth keeping"


def test_a_picture_that_cannot_be_drawn_leaves_nothing(monkeypatch, place, result):
    def fail(result, **options):
        raise RuntimeError("no paint")

    before = listing(place)
    monkeypatch.setattr("featmatch.report.match.picture.plot_match", fail)
    with pytest.raises(RuntimeError, match="no paint"):
        result.save(place / "result.png")
    assert listing(place) == before


@pytest.mark.parametrize("ending", [".png", ".json", ".csv"])
def test_an_earlier_result_is_replaced(place, result, ending):
    fresh, earlier = place / f"fresh{ending}", place / f"earlier{ending.upper()}"
    earlier.write_text("old")
    for output in (fresh, earlier):
        result.save(str(output))
    assert earlier.read_bytes() == fresh.read_bytes()


@pytest.mark.parametrize("spelling", ["{name}", "./{name}", "../{folder}/{name}"])
def test_a_result_never_replaces_an_input(capsys, monkeypatch, tmp_path, spelling):
    monkeypatch.chdir(tmp_path)
    names = ["image.png", "other.png", "mask.png"]
    for name in names:
        shutil.copy(POSTER[0], name)
    for command in (["match", *names[:2], "--mask1", "mask.png"], ["detect", "image.png"]):
        for name in names if command[0] == "match" else names[:1]:
            output = spelling.format(folder=tmp_path.name, name=name)
            outcome = run(capsys, *command, "-o", output)
            assert outcome.code == 2
            assert "is an input; choose another file for the result" in outcome.error
            assert Path(name).read_bytes() == POSTER[0].read_bytes()


@pytest.mark.parametrize(
    "name", ["with  two spaces", "Ünïcödé 写真", "quote' and ;", "-dash", "a.b"]
)
def test_any_name_is_read_and_written(capsys, monkeypatch, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    shutil.copy(POSTER[0], f"{name}.jpg")
    outputs = [f"{name}.json", f"{name}.csv"]
    options = [f"-o{output}" for output in outputs]
    outcome = run(capsys, "match", *QUICK, *options, "--", f"{name}.jpg", POSTER[1])
    assert outcome.code == 0
    assert f"{name}.jpg (900 x 675) | " in outcome.out
    assert {path.name for path in Path().iterdir()} == {f"{name}.jpg", *outputs}


def test_a_hopeless_output_in_a_process_of_its_own(place):
    outcome = run_apart("match", *POSTER, "-o", place / "nowhere" / "result.svg")
    assert outcome.code == 2
    assert "there is no folder" in outcome.error


@pytest.mark.parametrize("command", [["match", *POSTER], ["detect", POSTER[0]]])
@pytest.mark.parametrize("num_written", [0, 1, 2])
def test_all_outputs_are_written_or_none(capsys, monkeypatch, place, command, num_written):
    outputs = [place / name for name in ("a.json", "b.csv", "c.npz")]
    for output in outputs[1:]:
        output.write_text("worth keeping")
    before = listing(place)
    written = []  # descriptors of files whose content is on the disk
    monkeypatch.setattr(
        os,
        "fsync",
        lambda file: full(file) if len(written) == num_written else written.append(file),
    )
    options = [f"-o{output}" for output in outputs]
    outcome = run(capsys, *command, *QUICK, *options, "--quiet")
    assert outcome.code == 2
    assert outcome.error.startswith(f"{outputs[num_written]}: cannot be written (no space left")
    assert listing(place) == before
    assert [output.read_text() for output in outputs[1:]] == ["worth keeping"] * 2
