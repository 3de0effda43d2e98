"""Streams that nobody reads, full disks, closed folders: 1 means "no match" and nothing else."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from subprocess import PIPE

import pytest
from command_line import POSTER, QUICK, REPOSITORY, UNRELATED, run
from programs import Program

MATCH = ("match", *POSTER, *QUICK, "--method", "orb")
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")


def start(*arguments, **streams):
    return Program(
        [sys.executable, "-m", "featmatch", *map(os.fspath, arguments)],
        env=os.environ | {"PYTHONPATH": os.fspath(REPOSITORY)},
        **streams,
    )


def leave(words):
    """Run with a stdout that nobody reads; return the exit code and what stderr says."""
    with start(*words, stdout=PIPE, stderr=PIPE) as process:
        process.stdout.close()
        told = process.stderr.read()
    return process.returncode, told


def run_closed(*arguments):
    """Run with stdout closed; return the exit code and what stderr says."""
    words = [sys.executable, "-m", "featmatch", *map(os.fspath, arguments)]
    shell = ["sh", "-c", 'exec "$@" >&-', "sh", *words]
    environment = os.environ | {"PYTHONPATH": os.fspath(REPOSITORY)}
    with Program(shell, stderr=PIPE, env=environment, text=True) as process:
        told = process.stderr.read()
    return process.returncode, told


def run_into(stream, *arguments):
    """Run with stdout or stderr full; return the exit code and what the other stream says."""
    other = {"stdout": "stderr", "stderr": "stdout"}[stream]
    with FULL.open("w") as full, start(*arguments, **{stream: full, other: PIPE}) as process:
        told = max(process.communicate(), key=lambda text: text is not None)
    return process.returncode, told


@pytest.mark.parametrize(
    "words",
    [MATCH, (*MATCH, "--json"), ("match", *UNRELATED, *QUICK), ("detect", *POSTER * 3, *QUICK)],
    ids=["match", "json", "no match", "detect"],
)
def test_a_reader_that_is_gone_is_code_141(words):
    assert leave(words) == (141, b"")


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("match", "--help")])
def test_a_reader_that_is_gone_is_code_141_for_help_too(words):
    assert leave(words) == (141, b"")


@pytest.mark.skipif(os.name == "nt", reason="Windows has another shell")
def test_a_document_that_a_closed_stdout_loses_is_code_2():
    closed = "(it is closed; lead it somewhere, or give --quiet and -o FILE)\n"
    told = f"featmatch: the result cannot be printed {closed}"
    assert run_closed(*MATCH, "--json") == (2, told)
    assert run_closed(*MATCH) == (0, "")
    told = f"featmatch: standard output cannot be written {closed}"
    assert run_closed("align", *POSTER, "-o", "-", "--max-size", "300") == (2, told)


@needs_full
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*MATCH, "-v"), 0),
        (("match", *UNRELATED, *QUICK, "-v"), 1),
        (("match", "missing.jpg", POSTER[0]), 3),
        (("match", "missing.jpg", POSTER[0], "--debug"), 3),
        (("match", POSTER[0]), 2),
    ],
)
def test_what_cannot_be_told_on_stderr_does_not_change_the_code(words, code):
    assert run_into("stderr", *words)[0] == code


@needs_full
def test_a_result_that_cannot_be_printed_is_code_2_in_one_line():
    code, told = run_into("stdout", *MATCH)
    assert code == 2
    assert told == b"featmatch: the result cannot be printed (no space left on device)\n"


def refuse(number):
    def fail(path, *arguments, **options):
        raise OSError(number, os.strerror(number), str(path))

    return fail


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_too_many_open_files_are_told_as_such(capsys, monkeypatch, number):
    monkeypatch.setattr(Path, "read_bytes", refuse(number))
    outcome = run(capsys, *MATCH)
    assert outcome.code == 4
    assert outcome.error == "too many files are open; allow more of them (ulimit -n)"


@pytest.mark.parametrize(
    "words",
    [
        "match {} b.jpg",
        "match a.jpg {}",
        "match a.jpg b.jpg --mask0 {}",
        "match a.jpg b.jpg --method cnn --weights {}",
        "match a.jpg b.jpg --intrinsics {}",
        "verify a.jpg b.jpg --matches {}",
        "detect {}",
        "detect {} -o x.json",
        "explain edges {}",
        "compare-cnn a.jpg b.jpg --homography {}",
        "train {} -o x.npz",
        "bench {}",
    ],
)
def test_a_circle_of_links_is_an_unreadable_input(capsys, monkeypatch, tmp_path, words):
    monkeypatch.chdir(tmp_path)
    Path("circle.txt").symlink_to("circle.txt")
    outcome = run(capsys, *words.format("circle.txt").split())
    assert outcome.code == 3
    assert outcome.error.startswith("circle.txt: cannot be read (")
    assert outcome.error.endswith(" and the permissions")


def test_a_folder_that_cannot_be_searched_is_an_unreadable_input(capsys, monkeypatch):
    monkeypatch.setattr(Path, "stat", refuse(errno.EACCES))  # everything is open to root
    outcome = run(capsys, "match", "closed/a.jpg", POSTER[1])
    assert outcome.code == 3
    assert outcome.error == (
        "closed/a.jpg: cannot be read (permission denied); check the path and the permissions"
    )


def test_a_file_that_may_not_be_read_is_an_unreadable_input(capsys, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(Path, "read_bytes", refuse(errno.EACCES))
    outcome = run(capsys, *MATCH)
    assert outcome.code == 3
    assert "permission denied" in outcome.error


@pytest.mark.parametrize(
    ("words", "content"),
    [
        ("compare-cnn {0} {1} --homography none.txt -o out", None),
        ("compare-cnn {0} {1} --homography file.txt -o out", "no numbers"),
        ("match {0} {1} --intrinsics none.txt", None),
        ("match {0} {1} --intrinsics file.txt", "1 2 3"),
        ("match {0} {1} --method cnn --weights none.npz", None),
        ("verify {0} {1} --matches none.csv", None),
        ("train none.jpg -o weights.npz", None),
        ("bench none", None),
    ],
)
def test_every_other_input_that_cannot_be_read_is_code_3(
    capsys, monkeypatch, tmp_path, words, content
):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("file.txt").write_text(content)
    outcome = run(capsys, *words.format(*POSTER).split())
    assert outcome.code == 3
    assert outcome.error.startswith("none" if content is None else "file.txt: ")


NAMES = [("./a.jpg", ".//b.jpg"), ("folder/../a.jpg", "b.jpg"), ("a.jpg", "folder/./../b.jpg")]


@pytest.mark.parametrize("names", NAMES)
def test_names_are_told_as_they_are_given(capsys, monkeypatch, tmp_path, names):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    for name, source in zip(names, POSTER, strict=True):
        Path(name).write_bytes(source.read_bytes())
    document = json.loads(run(capsys, "match", *names, *QUICK, "--json").out)
    assert (document["image0"]["name"], document["image1"]["name"]) == names
    assert f"{names[0]} (900 x 675) | {names[1]} (900 x 675)" in run(capsys, "match", *names).out
    outcome = run(capsys, "detect", names[0], *QUICK, "-o", "k.csv")
    assert outcome.out.startswith(f"{names[0]} (900 x 675): ")
    assert Path("k.csv").read_text().splitlines()[1].startswith(f"{names[0]},")


def test_an_address_is_told_as_it_is_given(capsys):
    address = "https://example.org//a.jpg"
    assert run(capsys, "match", address, POSTER[0]).error.startswith(f"{address}: there is no such")


def run_reading(source, *arguments):
    with Path(source).open("rb") as file:
        pipes = {"stdout": PIPE, "stderr": PIPE}
        with start(*arguments, stdin=file, **pipes) as process:
            out, err = process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("which", [0, 1])
def test_one_image_may_come_from_standard_input(capsys, which):
    names = [*POSTER]
    names[which] = "-"
    options = (*QUICK, "--method", "orb", "--json")
    code, out, err = run_reading(POSTER[which], "match", *names, *options)
    assert (code, err) == (0, "")
    plain, piped = json.loads(run(capsys, "match", *POSTER, *options).out), json.loads(out)
    assert piped[f"image{which}"] == plain[f"image{which}"] | {"name": "-"}
    assert piped["geometry"] == plain["geometry"]
    assert piped["verdict"] == plain["verdict"]


def test_detect_reads_standard_input_among_others():
    code, out, _ = run_reading(POSTER[0], "detect", POSTER[1], "-", *QUICK)
    assert code == 0
    assert out.splitlines()[1] == "- (900 x 675): 500 orb keypoints"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("match", "-", "-"), 2, "Standard input (-) is one image, two were asked for."),
        (("match", "-", POSTER[0]), 3, "standard input: the file is empty (0 bytes)"),
        (("match", POSTER[0], POSTER[1], "--mask0", "-"), 3, "-: there is no such file"),
    ],
)
def test_standard_input_that_is_no_image_is_told(words, code, told):
    found, out, err = run_reading(os.devnull, *words)
    assert (found, out) == (code, "")
    assert err.startswith(f"featmatch: {told}")


def test_standard_input_may_be_closed(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    outcome = run(capsys, "detect", "-")
    assert outcome.code == 3
    assert outcome.error == "standard input: cannot be read (it is closed)"
