"""Images that hold little or nothing are ordinary input: an answer, never an error."""

from __future__ import annotations

import json

import numpy as np
import PIL.Image
import pytest
from command_line import ENDINGS, POSTER, QUICK, QUICK_OPTIONS, UNRELATED, run

import featmatch

POOR = {
    "one pixel": np.full((1, 1, 3), 90, np.uint8),
    "a row": np.arange(200, dtype=np.uint8).reshape(1, 200),
    "a column": np.arange(200, dtype=np.uint8).reshape(200, 1),
    "one color": np.full((150, 200, 3), (200, 30, 40), np.uint8),
    "noise": np.random.default_rng(0).integers(0, 256, (150, 200), dtype=np.uint8),
}


def saved(folder, kind):
    path = folder / f"{kind}.png"
    PIL.Image.fromarray(POOR[kind]).save(path)
    return path


@pytest.mark.parametrize("kind", POOR)
def test_a_poor_image_does_not_match_and_says_why(capsys, tmp_path, kind):
    path = saved(tmp_path, kind)
    for pair in ((path, POSTER[1]), (POSTER[0], path)):
        outcome = run(capsys, "match", *pair, *QUICK)
        assert outcome.code == 1
        assert outcome.err == ""
        assert outcome.out.startswith("No match: ")
    result = featmatch.match(POOR[kind], POSTER[1], **QUICK_OPTIONS)
    assert not result.verdict
    assert result.verdict.reason


@pytest.mark.parametrize("kind", POOR)
def test_every_form_of_a_poor_result_is_written(capsys, tmp_path, kind):
    path = saved(tmp_path, kind)
    for command, images in (("match", (path, path)), ("detect", (path,))):
        outputs = [tmp_path / f"{command}{ending}" for ending in ENDINGS]
        options = [word for output in outputs for word in ("-o", output)]
        outcome = run(capsys, command, *images, *QUICK, *options, "--quiet", "--json")
        assert outcome.code in (0, 1)
        assert outcome.err == ""
        json.loads(outcome.out, parse_constant=pytest.fail)
        assert all(output.stat().st_size for output in outputs)


def test_two_images_of_noise_do_not_match(capsys, tmp_path):
    other = np.random.default_rng(1).integers(0, 256, (150, 200), dtype=np.uint8)
    PIL.Image.fromarray(other).save(tmp_path / "other.png")
    assert run(capsys, "match", saved(tmp_path, "noise"), tmp_path / "other.png").code == 1


@pytest.mark.parametrize("name", ["noise", "poster"])
def test_an_image_matches_itself_by_the_identity(capsys, tmp_path, name):
    path = POSTER[0] if name == "poster" else saved(tmp_path, name)
    outcome = run(capsys, "match", path, path, "--max-size", "300", "--json")
    assert outcome.code == 0
    found = json.loads(outcome.out)
    H = np.array(found["geometry"]["homography"])
    np.testing.assert_allclose(H / H[2, 2], np.eye(3), atol=1e-3)
    assert found["num_inliers"] == found["num_matches"]


def test_unrelated_photographs_are_code_1(capsys):
    outcome = run(capsys, "match", *UNRELATED, *QUICK)
    assert outcome.code == 1
    assert outcome.out.startswith("No match: ")


@pytest.mark.parametrize("option", ["--max-size=1", "--max-keypoints=0", "--max-keypoints=1"])
def test_options_may_leave_nothing_to_match(capsys, option):
    outcome = run(capsys, "match", *POSTER, "--max-size=300", option, "--quiet")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "")
