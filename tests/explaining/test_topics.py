"""What all topics have in common: names, plain data, programs that run, any image."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from html import unescape
from pathlib import Path

import cv2
import numpy as np
import pytest

import featmatch
from featmatch.explaining.topic import Topic
from featmatch.explaining.topics import TOPICS

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PHOTOGRAPH = SAMPLES / "room_0.jpg"
ORDER = [
    *("convolution", "padding", "edges", "channels", "kernel-size", "feature-maps"),
    *("activations", "pooling", "receptive-fields", "gradients", "training", "keypoints"),
]
NOISE = np.random.default_rng(3).integers(0, 256, (40, 90), dtype=np.uint8)
UNUSUAL = {
    "one pixel": np.zeros((1, 1), np.uint8),
    "one row": NOISE[:1],
    "tall and thin": NOISE.T[:, :3],
    "blank": np.full((70, 50, 3), 200, np.uint8),
    "floats": (NOISE / 255).astype(np.float32),
}


@cache
def explained(name):
    return featmatch.explain(name, PHOTOGRAPH, max_size=320)


def leaves(value, path="data"):
    """(path, value) of what plain data consists of."""
    if dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        assert all(isinstance(key, str) for key in value), path
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]")
    else:
        yield path, value


def test_topics_are_in_teaching_order():
    assert list(TOPICS) == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_every_topic_has_words_and_data(name):
    topic = explained(name)
    assert isinstance(topic, Topic)
    assert topic.name == name
    assert topic.title
    assert len(topic.summary.split()) >= 20
    assert topic.data
    assert all(note.endswith((".", ").")) for note in topic.notes)


def assert_plain(topic):
    for path, value in leaves(topic.data):
        if isinstance(value, np.ndarray):
            assert value.dtype.kind in "biuf", path
            assert np.isfinite(value).all(), path
        else:
            assert value is None or isinstance(value, str | int | float | np.generic), path
            assert isinstance(value, str) or np.isfinite(value or 0), path


@pytest.mark.parametrize("name", ORDER)
def test_data_are_plain_and_finite(name):
    assert_plain(explained(name))


@pytest.mark.parametrize("image", UNUSUAL.values(), ids=UNUSUAL)
@pytest.mark.parametrize("name", ORDER)
def test_any_image_will_do(name, image):
    assert_plain(featmatch.explain(name, image))


@pytest.mark.parametrize("name", ORDER)
def test_programs_run_as_they_stand(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    photograph = featmatch.read_image(PHOTOGRAPH, max_size=200).pixels
    cv2.imwrite("photo.jpg", photograph[..., ::-1])
    code = explained(name).code
    assert code.startswith("import featmatch\n")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, name, "exec"), {})
    told = [line.split(" on the page: ") for line in printed.getvalue().splitlines()]
    compared = [
        (float(own), float(page)) for own, page in (pair for pair in told if len(pair) == 2)
    ]
    assert compared, "a program prints a number of its page"
    for own, page in compared:
        assert own == pytest.approx(page, rel=1e-3, abs=6e-4)


def test_an_unknown_topic_is_told_the_list():
    expected = f"topic: expected one of {', '.join(ORDER)}, got 'convolutions'"
    with pytest.raises(ValueError) as raised:
        featmatch.explain("convolutions", PHOTOGRAPH)
    assert str(raised.value) == expected


def test_an_unreadable_image_is_told():
    with pytest.raises(featmatch.ImageReadError):
        featmatch.explain("padding", "nowhere.jpg")


def test_max_size_limits_the_picture():
    picture = featmatch.explain("edges", PHOTOGRAPH, max_size=100).data["picture"]
    assert max(picture.shape) == 100


def test_the_function_keeps_its_name_and_loads_little():
    program = (
        "import sys, featmatch; "
        "print(featmatch.explain.__module__, 'featmatch.nn' in sys.modules); "
        "import featmatch.explaining.padding; "
        "print(featmatch.explain.__module__, 'featmatch.nn' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    module = "featmatch.explaining.topics"
    assert run.stdout.split() == [module, "False", module, "True"]


def test_a_notebook_shows_a_topic_in_a_frame():
    html = explained("pooling")._repr_html_()
    assert html.startswith('<iframe sandbox="allow-scripts"')
    page = unescape(html.split('srcdoc="')[1].split('"')[0])
    assert page.startswith("<!doctype html>")
    assert "Content-Security-Policy" in page
