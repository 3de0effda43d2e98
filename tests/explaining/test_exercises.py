"""The sheet of exercises: its programs run as they stand, and print the answers that it tells."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

import featmatch
from featmatch.explaining.exercises import EXERCISES, exercise_sheet

PHOTOGRAPH = Path(__file__).resolve().parents[2] / "samples" / "poster_0.jpg"


@pytest.mark.slow
def test_a_reader_gets_the_answers_of_the_sheet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("photo.png", cv2.imread(str(PHOTOGRAPH))[:300, :400])
    image = featmatch.read_image("photo.png", max_size=640)
    sheet = exercise_sheet(image)
    setup, *programs = re.findall(r"```python\n(.*?)```", sheet, re.DOTALL)
    answers = re.findall(r"```text\n(.*?)\n```", sheet, re.DOTALL)
    assert len(programs) == len(answers) == len(EXERCISES)
    setup = setup.replace("photo.jpg", "photo.png")
    for program, answer in zip(programs, answers, strict=True):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(setup + program, "exercise", "exec"), {})
        assert printed.getvalue().strip() == answer
        assert answer
        assert "np." not in answer  # a number's type is not a part of it


@pytest.mark.slow
def test_an_empty_picture_has_exercises_too():
    blank = featmatch.read_image(np.full((60, 80), 128, np.uint8))
    assert exercise_sheet(blank).count("<details>") == len(EXERCISES)
