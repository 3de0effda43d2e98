"""``featmatch explain``: a page of one topic, or one line that helps."""

from __future__ import annotations

import json
import re

import pytest
from command_line import POSTER, run

import featmatch
from featmatch.explaining.topics import TOPICS


def data_of(page):
    """What a page shows."""
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_a_page_of_the_topic_is_written(capsys, tmp_path):
    output = tmp_path / "page.html"
    outcome = run(capsys, "explain", "pooling", POSTER[0], "-o", output)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == f"Pooling: {output}\n"
    topic = data_of(output)["topic"]
    assert topic["name"] == "pooling"
    assert topic["summary"] == featmatch.explain("pooling", POSTER[0]).summary


def test_the_page_is_named_after_the_topic(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = run(capsys, "explain", "edges", POSTER[0], "--quiet", "--max-size", "80")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["edges.html"]


def test_an_image_smaller_than_any_layer_sees_is_explained(capsys, tmp_path):
    output = tmp_path / "page.html"
    words = ("explain", "convolution", POSTER[0], "--max-size", "9", "-o", output)
    outcome = run(capsys, *words)
    assert outcome.code == 0
    assert data_of(output)["topic"]["name"] == "convolution"


def test_all_topics_are_a_folder_that_leads_through_them(capsys, tmp_path):
    folder = tmp_path / "lesson"
    outcome = run(capsys, "explain", "--all", POSTER[0], "-o", folder, "--max-size", "96")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == f"All topics: {folder / 'index.html'}\n"
    assert {path.name for path in folder.iterdir()} == {
        "index.html",
        "exercises.md",
        *(f"{name}.html" for name in TOPICS),
    }
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="([a-z-]+)\.html"', index) == list(TOPICS)
    before, name, after = list(TOPICS)[:3]
    links = data_of(folder / f"{name}.html")["links"]
    assert [links[way]["href"] for way in ("before", "after")] == [
        f"{before}.html",
        f"{after}.html",
    ]
    assert list(data_of(folder / f"{before}.html")["links"]) == ["after"]


def test_each_topic_is_explained_once(capsys, tmp_path, monkeypatch):
    explained = []

    def explain(topic, image):
        explained.append(topic)
        return featmatch.explain(topic, image)

    for module in ("commands.explain.explain_topic", "explaining.exercises.explain"):
        monkeypatch.setattr(f"featmatch.{module}", explain)
    words = ("explain", "--all", POSTER[0], "-o", tmp_path / "lesson", "--max-size", "96")
    assert run(capsys, *words).code == 0
    assert explained == list(TOPICS)


def test_the_topics_are_told_in_teaching_order(capsys):
    words = "".join(run(capsys, "explain", "--help").out.split())
    assert f"Topics:{','.join(TOPICS)}." in words
    error = run(capsys, "explain", "transformers", POSTER[0])
    assert error.code == 2
    assert "'transformers'" in error.error
    for name in TOPICS:
        assert f"'{name}'" in error.error


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("explain",), 2, ["Missing argument", "explain --help"]),
        (("explain", "edges"), 2, ["Missing argument 'IMAGE'"]),
        (("explain", "--all"), 2, ["Missing argument 'IMAGE'"]),
        (("explain", "--all", "edges", "a.jpg"), 2, ["IMAGE alone"]),
        (("explain", "edges", "no.jpg"), 3, ["no.jpg: ", "there is no such file"]),
        (("explain", "edges", "a.jpg", "-o", "a.png"), 2, ["output: expected", ".html", "'a.png'"]),
        (("explain", "edges", "a.jpg", "-o", "no/a.html"), 2, ["no/a.html", "there is no folder"]),
        (("explain", "edges", "a.html", "-o", "a.html"), 2, ["a.html is an input"]),
        (("explain", "edges", "a.jpg", "--max-size", "-1"), 2, ["--max-size", "-1"]),
    ],
)
def test_mistakes_are_one_line(capsys, tmp_path, monkeypatch, words, code, expected):
    monkeypatch.chdir(tmp_path)
    outcome = run(capsys, *words)
    assert outcome.code == code
    for part in expected:
        assert part in outcome.error
    assert list(tmp_path.iterdir()) == []
