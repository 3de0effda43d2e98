"""Too little memory: one sentence, with the options of the command that help."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
from command_line import POSTER, run, run_apart

from featmatch import Pipeline
from featmatch.commands.memory import is_lack_of_memory, memory_advice
from featmatch.geometry import search
from featmatch.memory import require_memory

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
del sys.argv[1]
from featmatch.commands import main
main()
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="others do not keep to such a limit")

BOTH = (
    "not enough memory; make the images smaller with --max-size, or keep fewer keypoints with "
    "--max-keypoints"
)


def opencv_error():
    """What OpenCV raises when it cannot have the memory that it asks for."""
    with pytest.raises(cv2.error) as caught:
        cv2.resize(np.zeros((2, 2), np.uint8), (2**20, 2**24))  # 16 terabytes
    return caught.value


def numpy_error():
    with pytest.raises(MemoryError) as caught:
        np.empty(2**50)
    return caught.value


def cplusplus_error():
    return cv2.error("std::bad_alloc")


@pytest.mark.parametrize("make", [opencv_error, numpy_error, cplusplus_error, MemoryError])
@pytest.mark.parametrize("words", [["match", *POSTER], ["detect", POSTER[0]]])
def test_a_lack_of_memory_is_told_with_what_helps(capsys, monkeypatch, make, words):
    error = make()

    def fail(*images, **options):
        raise error

    monkeypatch.setattr(Pipeline, "match", fail)
    monkeypatch.setattr(Pipeline, "extract", fail)
    outcome = run(capsys, *words, "--method", "orb")
    assert (outcome.code, outcome.error) == (4, BOTH)


def test_a_command_names_the_options_that_it_has(capsys, monkeypatch):
    def fail(*images, **options):
        raise MemoryError

    monkeypatch.setattr("featmatch.commands.explain.explain_topic", fail)
    outcome = run(capsys, "explain", "edges", POSTER[0], "-o", "edges.html")
    assert outcome.code == 4
    assert outcome.error == "not enough memory; make the images smaller with --max-size"
    assert memory_advice(["--seed"]) == "not enough memory; close other programs"


def test_a_lack_of_memory_before_the_command_begins(capsys, monkeypatch):
    def fail(name):
        raise ImportError("libopencv.so: failed to map segment from shared object")

    monkeypatch.setattr("featmatch.commands.program.import_module", fail)
    outcome = run(capsys, "match", *POSTER)
    assert (outcome.code, outcome.error) == (4, "not enough memory; close other programs")


@pytest.mark.parametrize(
    "error", [cv2.error("another"), ValueError("memory"), RuntimeError(), OSError(28, "full")]
)
def test_other_errors_are_not_taken_for_it(error):
    assert not is_lack_of_memory(error)


@linux
@pytest.mark.parametrize("megabytes", [60, 200, 450, 600])
def test_a_limit_below_what_libraries_need_is_told_before_they_crash(megabytes):
    arguments = (str(megabytes * 10**6), "match", *POSTER)
    outcome = run_apart(*arguments, start=("-c", LIMITED))
    assert outcome.code == 4
    assert outcome.error.startswith("not enough memory; a command needs ")
    assert "(ulimit -v)" in outcome.error


@linux
def test_a_limit_below_what_large_images_need_is_told_with_what_helps(tmp_path):
    large = tmp_path / "large.png"
    cv2.imwrite(str(large), cv2.resize(cv2.imread(str(POSTER[0])), (3000, 2500)))
    arguments = (str(2_000_000_000), "match", large, large, "--method", "sift", "--max-size", "0")
    program = LIMITED.replace(
        "import resource", "import os; os.sched_setaffinity(0, {0})\nimport resource"
    )
    outcome = run_apart(*arguments, start=("-c", program))
    assert (outcome.code, outcome.error) == (4, BOTH)


def test_memory_is_asked_for_before_it_is_needed():
    require_memory(1000)
    with pytest.raises(MemoryError, match="bytes more cannot be had"):
        require_memory(2**62)


@pytest.mark.parametrize("make", [opencv_error, cplusplus_error])
def test_a_search_that_lacks_memory_does_not_end_as_one_without_an_answer(make):
    error = make()

    def solver(points0, points1, params):
        raise error

    points = np.zeros((8, 2))
    with pytest.raises(cv2.error) as caught:
        search._run(solver, points, points, cv2.UsacParams())
    assert caught.value is error
