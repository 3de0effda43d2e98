"""Scores in a file: kept, read again, and never mixed with others."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_suites import planar, write_pairs

import featmatch
from featmatch.errors import OutputError
from featmatch.evaluation.bench.pair_score import BenchOptions, PairScore
from featmatch.evaluation.bench.readers import read_suite
from featmatch.evaluation.bench.record import (
    BenchRecord,
    code_digest,
    pair_digest,
    score_document,
    settings_of,
)

SETTINGS = settings_of(BenchOptions())
CURVE = (0.25,) * 10
SCORE = PairScore(
    **{"suite": "suite", "pair": "a", "group": "easy", "kind": "planar", "method": "orb"},
    **{"answered_by": "orb", "verdict": "scene", "confidence": 0.9},
    **{"model_confidence": 0.8, "log10_false_alarms": -20.0},
    **{"num_keypoints0": 100, "num_keypoints1": 300, "num_matches": 50, "num_inliers": 20},
    **{"homography_error": 1 / 3, "corner_error": 0.7, "epipolar_curve": None},
    **{"pose_error_degrees": None, "repeatability": 0.5, "chance_repeatability": 0.25},
    **{"accuracy": CURVE, "matching_score": 0.125, "seconds": 1.0},
    **{"stage_seconds": {"read": 0.1}, "step_seconds": {"orb": 0.5}, "num_processes": 1},
)
DIGESTS = {("suite", "a"): "1a", ("suite", "b"): "2b"}


def record(folder, **changes):
    return BenchRecord(Path(folder), {**SETTINGS, **changes}, {"orb": "how"})


@pytest.fixture
def filled(tmp_path):
    """Return a record with the scores of two pairs."""
    filled = record(tmp_path)
    assert filled.read(DIGESTS) == {}
    filled.add(SCORE, "1a")
    filled.add(replace(SCORE, pair="b"), "2b")
    return filled


def test_scores_are_read_again(filled):
    assert filled.read(DIGESTS) == {
        ("suite", "a", "orb"): SCORE,
        ("suite", "b", "orb"): replace(SCORE, pair="b"),
    }


def test_every_line_is_json(filled):
    first, *others = [json.loads(line) for line in filled.path.read_text().splitlines()]
    assert first == {"settings": SETTINGS}
    assert [entry["digest"] for entry in others] == ["1a", "2b"]
    assert [entry["score"]["pair"] for entry in others] == ["a", "b"]


def without_truths(kind):
    return replace(
        SCORE,
        kind=kind,
        homography_error=None,
        corner_error=None,
        repeatability=None,
        accuracy=None,
    )


INFINITE = {
    "no model": replace(SCORE, homography_error=np.inf, corner_error=np.inf),
    "labeled points": replace(without_truths("planar"), homography_error=np.inf),
    "pose": replace(without_truths("pose"), pose_error_degrees=np.inf),
    "points with cameras": replace(without_truths("twoview"), pose_error_degrees=np.inf),
    "points": replace(without_truths("twoview"), epipolar_curve=CURVE),
    "unrelated": without_truths("unrelated"),
}


@pytest.mark.parametrize("score", INFINITE.values(), ids=INFINITE)
def test_infinite_and_missing_measures_stay_so(tmp_path, score):
    kept = record(tmp_path)
    kept.read({})
    kept.add(score, "1a")
    assert "Infinity" not in kept.path.read_text()
    assert list(kept.read({}).values()) == [score]
    assert np.inf not in score_document(score).values()


def test_a_line_broken_off_is_taken_out(filled):
    content = filled.path.read_bytes()
    filled.path.write_bytes(content[:-30])
    assert [pair for _, pair, _ in filled.read(DIGESTS)] == ["a"]
    assert filled.path.read_bytes() == b"".join(content.splitlines(keepends=True)[:2])
    filled.add(replace(SCORE, pair="b"), "2b")
    assert filled.path.read_bytes() == content


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_is_told(filled):
    filled.path.unlink()
    filled.path.symlink_to("/dev/full")
    with pytest.raises(OutputError) as caught:
        filled.add(SCORE, "1a")
    assert str(caught.value) == (
        f"{filled.path}: cannot be written (no space left on device); make room, and the same "
        "bench goes on where it stopped"
    )


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (1, "This is a shopping list."),
        (1, '{"score": {}}'),
        (1, "[]"),
        (1, '{"settings": 5}'),
        (2, "{}"),
        (2, '{"digest": "1a", "how": "how", "score": {"suite": "suite"}}'),
        (2, '{"digest": "1a", "how": "how", "score": 7}'),
        (3, "{"),
    ],
)
def test_a_damaged_file_is_refused(filled, number, line):
    lines = filled.path.read_text().splitlines()
    lines[number - 1] = line
    filled.path.write_text("\n".join(lines) + "\n")
    with pytest.raises(OutputError) as caught:
        filled.read(DIGESTS)
    assert str(caught.value) == (
        f"{filled.path}: is damaged in line {number}, or not of featmatch bench; remove it, or "
        "choose another folder"
    )


def test_a_file_without_a_line_is_refused(tmp_path):
    kept = record(tmp_path)
    kept.path.write_bytes(b"")
    with pytest.raises(OutputError, match="is damaged in line 1"):
        kept.read({})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": 1}, "seed 0, not 1"),
        ({"max_size": 0, "max_keypoints": 9}, "max_size 1600, not 0; max_keypoints None, not 9"),
        ({"featmatch": "9.0"}, f"featmatch {SETTINGS['featmatch']}, not 9.0"),
        ({"code": "new"}, f"code {SETTINGS['code']}, not new"),
        ({"opencv": "9.9"}, f"opencv {SETTINGS['opencv']}, not 9.9"),
    ],
)
def test_other_settings_are_not_mixed(filled, tmp_path, changes, told):
    before = filled.path.read_bytes()
    with pytest.raises(OutputError) as caught:
        record(tmp_path, **changes).read(DIGESTS)
    assert str(caught.value) == (
        f"{filled.path}: holds scores made with other settings ({told}), which are not mixed; "
        "choose another folder, or remove the file"
    )
    assert filled.path.read_bytes() == before


def test_changed_pairs_are_not_mixed(filled):
    with pytest.raises(OutputError) as caught:
        filled.read({**DIGESTS, ("suite", "b"): "3c"})
    assert str(caught.value) == (
        f"{filled.path}: holds scores of another pair b of suite: its images or its ground truth "
        "have changed; choose another folder, or remove the file"
    )


def test_changed_methods_are_not_mixed(filled):
    assert len(replace(filled, methods={"sift": "other"}).read(DIGESTS)) == 2
    with pytest.raises(OutputError) as caught:
        replace(filled, methods={"orb": "other"}).read(DIGESTS)
    assert str(caught.value) == (
        f"{filled.path}: holds scores of another method orb: its options have changed; choose "
        "another folder or another name, or remove the file"
    )


def test_pairs_that_are_not_asked_for_do_not_matter(filled):
    assert len(filled.read({("suite", "a"): "1a"})) == 2


def test_digests_change_with_images_and_truth(tmp_path):
    entries = [planar(2), planar(2, name="same"), planar(2, name="truth", points=[[1, 2, 3, 4]])]
    folder = write_pairs(tmp_path / "tiny", [*entries, planar(3)])
    first, same, truth, other = map(pair_digest, read_suite(folder).pairs)
    assert first == same
    assert len({first, truth, other}) == 3
    moved = write_pairs(tmp_path / "moved", entries)
    assert pair_digest(read_suite(moved).pairs[0]) == first
    (moved / "2.png").write_bytes((moved / "3.png").read_bytes())
    assert pair_digest(read_suite(moved).pairs[1]) != first


def test_the_code_digest_changes_with_what_scores_are_made_by_alone(tmp_path):
    package = Path(featmatch.__file__).parent
    digest = settings_of(BenchOptions())["code"]

    def changed(file):
        copy = tmp_path / file.replace("/", "_")
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
        path = copy / file
        path.write_bytes(path.read_bytes() + b"\n")
        return code_digest(copy) != digest

    made_by = ("matching/matcher.py", "geometry/calibration.json", "learned/cnn.npz")
    assert [file for file in made_by if not changed(file)] == []
    others = ("report/match/text.py", "commands/bench.py", "report/page/page.js", "py.typed")
    assert [file for file in others if changed(file)] == []


def test_settings_are_the_options_and_versions():
    settings = settings_of(BenchOptions(seed=4, max_size=9, max_keypoints=3))
    assert settings | {"seed": 0, "max_size": 1600, "max_keypoints": None} == SETTINGS
    assert {"featmatch", "code", "numpy", "opencv"} < settings.keys()
