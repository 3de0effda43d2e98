"""What the command line makes of a scene, of one thing in both images, and of nothing."""

from __future__ import annotations

import json

import PIL.Image
import pytest
from command_line import POSTER, QUICK, UNRELATED, run
from shared_things import POSTERS, poster_pair


@pytest.fixture(scope="module")
def one_poster(tmp_path_factory):
    """Two photographs of other places with one poster."""
    folder = tmp_path_factory.mktemp("poster")
    images, _ = poster_pair(next(iter(POSTERS)))
    paths = [folder / f"{number}.png" for number in (0, 1)]
    for path, pixels in zip(paths, images, strict=True):
        PIL.Image.fromarray(pixels).save(path)
    return paths


def test_a_part_is_a_match_unless_only_scenes_are(capsys, one_poster):
    outcome = run(capsys, "match", *one_poster, "--method", "sift")
    assert outcome.code == 0
    assert outcome.out.startswith("Match in part: ")
    assert run(capsys, "match", *one_poster, "--method", "sift", "--only-scene").code == 1


def test_a_scene_is_one_with_either(capsys):
    for options in ((), ("--only-scene",)):
        assert run(capsys, "match", *POSTER, *QUICK, *options).code == 0
        assert run(capsys, "match", *UNRELATED, *QUICK, *options).code == 1


def test_json_has_the_outlines_of_a_part(capsys, one_poster, tmp_path):
    picture = tmp_path / "part.svg"
    outcome = run(capsys, "match", *one_poster, "--method", "sift", "--json", "-o", picture)
    document = json.loads(outcome.out)
    assert document["verdict"]["kind"] == "part"
    assert document["verdict"]["accepted"] is True
    for name in ("outline0", "outline1"):
        assert len(document["part"][name]) >= 3
    assert "what both images share" in picture.read_text(encoding="utf-8")


def test_verify_knows_parts_too(capsys, one_poster, tmp_path):
    table = tmp_path / "matches.csv"
    run(capsys, "match", *one_poster, "--method", "sift", "-o", table)
    verify = ("verify", *one_poster, "--matches", table)
    assert run(capsys, *verify).code == 0
    assert run(capsys, *verify, "--only-scene").code == 1
