"""Too little memory: one sentence, with the options of the command that help."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from command_line import POSTER, run

from featmatch import Pipeline
from featmatch.commands.memory import is_lack_of_memory, memory_advice

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
