"""Methods over suites: what is reported, kept, gone on with and refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace

import pytest
from tiny_suites import METHOD, NUM_KEYPOINTS, planar, unrelated, write_pairs, write_sequence

import featmatch
from featmatch import METHODS, Pipeline, bench, read_suite
from featmatch.errors import ArgumentTypeError, MissingExtraError, OutputError, SuiteError
from featmatch.evaluation.bench import tasks
from featmatch.evaluation.bench.scoring import score_pair
from featmatch.evaluation.metrics.homography_error import area_under_curve
from featmatch.features.orb import ORB
from featmatch.learned.extraction.extractor import CNN
from featmatch.learned.network.weights import SHIPPED, load_network, save_network

QUICK = {"max_keypoints": NUM_KEYPOINTS}
TIMES = ("seconds", "stage_seconds", "step_seconds", "num_processes")


@pytest.fixture(scope="module")
def suites(tmp_path_factory):
    """Return a suite with one pair of each kind, and one of two groups, as HPatches has them."""
    folder = tmp_path_factory.mktemp("suites")
    for sequence in ("i_light", "v_turn"):
        write_sequence(folder / "hpatches" / sequence)
    return write_pairs(folder / "tiny"), folder / "hpatches"


@pytest.fixture
def asked(monkeypatch):
    """Return the pairs and methods that are really matched; Ctrl-C after `asked.limit` of them."""

    class Asked(list):
        limit = None

    asked = Asked()

    def counted(suite, pair, method, *others):
        if asked.limit is not None and len(asked) >= asked.limit:
            raise KeyboardInterrupt
        asked.append((pair.name, method))
        return score_pair(suite, pair, method, *others)

    monkeypatch.setattr(tasks, "score_pair", counted)
    return asked


def measures(result):
    """All but the times, and the number of processes."""
    scores = [asdict(score) for score in result.scores]
    for score in scores:
        for name in TIMES:
            del score[name]
    return result.settings, result.methods, scores


def test_suites_and_methods_are_in_order(suites):
    result = bench(suites, (METHOD, "sift"), **QUICK)
    assert [(score.method, score.pair) for score in result.scores] == [
        *(
            (method, pair.name)
            for method in (METHOD, "sift")
            for pair in read_suite(suites[0]).pairs
        ),
        *(
            (method, pair.name)
            for method in (METHOD, "sift")
            for pair in read_suite(suites[1]).pairs
        ),
    ]
    assert [(s.suite, s.method, s.group, s.num_pairs) for s in result.summaries] == [
        ("tiny", METHOD, "", 4),
        ("tiny", "sift", "", 4),
        ("hpatches", METHOD, "", 4),
        ("hpatches", METHOD, "illumination", 2),
        ("hpatches", METHOD, "viewpoint", 2),
        ("hpatches", "sift", "", 4),
        ("hpatches", "sift", "illumination", 2),
        ("hpatches", "sift", "viewpoint", 2),
    ]


def few(num):
    return Pipeline(ORB(max_keypoints=num))


def test_pipelines_of_ones_own_have_a_name(suites):
    result = bench(suites[:1], {"few": few(100), "orb": "orb"}, max_pairs=1)
    assert list(result.methods) == ["few", "orb"]
    assert [steps[0]["max_keypoints"] for steps in result.methods.values()] == [
        100,
        METHODS["orb"].extractor.max_keypoints,
    ]
    own, others = result.scores
    assert (own.method, own.answered_by, list(own.step_seconds)) == ("few", "few", ["few"])
    assert own.num_keypoints0 <= 100 < others.num_keypoints0
    (alone,) = bench(suites[:1], [few(100)], max_pairs=1).scores
    assert (alone.method, alone.num_matches) == ("orb", own.num_matches)


def test_two_methods_of_one_name_are_refused(suites):
    message = r"^methods: expected names that differ, got 'orb' twice; give a mapping of names"
    with pytest.raises(ValueError, match=message):
        bench(suites[:1], ["orb", few(100)])
    with pytest.raises(TypeError, match=r"^methods: expected names or pipelines, got 5"):
        bench(suites[:1], [5])


def test_scores_of_other_options_are_not_mixed(suites, tmp_path, asked):
    one = {"folder": tmp_path, "max_pairs": 1}
    first = bench(suites[:1], [few(100)], **one)
    assert bench(suites[:1], [few(100)], **one) == first
    assert len(asked) == 1
    with pytest.raises(OutputError, match="holds scores of another method orb: its options"):
        bench(suites[:1], [few(101)], **one)
    assert len(bench(suites[:1], {"more": few(101)}, **one).scores) == 1


def test_scores_of_other_weights_are_not_mixed(suites, tmp_path, asked):
    weights = tmp_path / "mine.npz"
    shutil.copy(SHIPPED, weights)
    learned = METHODS["cnn"]
    methods = {
        "path": replace(learned, extractor=CNN(max_keypoints=50, weights=weights)),
        "text": replace(learned, extractor=CNN(max_keypoints=50, weights=str(weights))),
    }
    one = {"folder": tmp_path / "out", "max_pairs": 1}
    first = bench(suites[:1], methods, **one)
    assert bench(suites[:1], methods, **one) == first
    network = load_network(weights)
    save_network(weights, network, {"steps": 1})
    for name, method in methods.items():
        with pytest.raises(OutputError, match=f"holds scores of another method {name}: its"):
            bench(suites[:1], {name: method}, **one)
    assert len(asked) == 2


class Wrapped:
    """An extractor that is no dataclass."""

    def __init__(self, max_keypoints=100):
        self.max_keypoints = max_keypoints
        self.inner = ORB(max_keypoints)

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Told(Wrapped):
    def __repr__(self):
        return f"Told({self.max_keypoints})"


def test_scores_of_options_that_are_not_told_are_not_kept(suites, tmp_path, asked):
    one = {"folder": tmp_path / "out", "max_pairs": 1}
    message = "^methods: expected components whose repr tells their options, .* got others in 'own'"
    with pytest.raises(ValueError, match=message):
        bench(suites[:1], {"first": "orb", "own": Pipeline(Wrapped())}, **one)
    assert asked == []
    assert not (tmp_path / "out").exists()
    assert len(bench(suites[:1], {"own": Pipeline(Wrapped())}, max_pairs=1).scores) == 1
    first = bench(suites[:1], {"own": Pipeline(Told())}, **one)
    assert bench(suites[:1], {"own": Pipeline(Told())}, **one) == first
    with pytest.raises(OutputError, match="holds scores of another method own"):
        bench(suites[:1], {"own": Pipeline(Told(101))}, **one)


def test_options_that_cannot_be_replaced_are_told_before_any_work(suites, asked):
    methods = {"first": "orb", "own": Pipeline(Wrapped())}
    message = "^max_keypoints: expected a method whose options are the fields of a dataclass, got"
    with pytest.raises(ArgumentTypeError, match=message):
        bench(suites[:1], methods, **QUICK)
    assert asked == []


def test_summaries_are_those_of_the_scores(suites):
    result = bench(suites[1:], (METHOD,), **QUICK)
    whole, light, turn = result.summaries
    errors = [score.homography_error for score in result.scores]
    for summary, own in ((whole, errors), (light, errors[:2]), (turn, errors[2:])):
        expected = [area_under_curve(own, limit) for limit in (3, 5, 10)]
        assert summary.homography_auc == pytest.approx(expected)
    assert whole.homography_auc[0] > 0.8
    assert whole.corner_auc[2] > 0.8


def test_settings_are_told(suites):
    result = bench(suites[:1], ("auto",), seed=3, max_size=200, max_keypoints=50, max_pairs=1)
    assert (result.settings["seed"], result.settings["max_size"]) == (3, 200)
    assert result.settings["max_keypoints"] == 50
    steps = result.methods["auto"]
    assert steps[0]["method"] == "orb"
    assert {step["max_keypoints"] for step in steps} == {50}
    assert "max_keypoints=50" in steps[0]["extractor"]
    assert steps[0]["estimator"] == repr(METHODS["orb"].estimator)
    assert len(result.scores) == 1
    own = bench(suites[:1], ("orb",), max_pairs=1).methods["orb"][0]
    assert own["max_keypoints"] == METHODS["orb"].extractor.max_keypoints


def test_the_number_of_processes_changes_nothing_but_times(suites, tmp_path):
    alone = bench(suites, (METHOD,), **QUICK)
    together = bench(suites, (METHOD,), num_processes=2, folder=tmp_path / "out", **QUICK)
    assert measures(together) == measures(alone)
    assert bench(suites, (METHOD,), folder=tmp_path / "out", **QUICK).scores == together.scores


def test_the_same_seed_gives_the_same(suites):
    first, second = (bench(suites[:1], (METHOD,), seed=5, **QUICK) for _ in range(2))
    assert measures(first) == measures(second)


def test_nothing_is_done_twice(suites, tmp_path, asked):
    first = bench(suites[:1], (METHOD,), folder=tmp_path / "out", **QUICK)
    assert len(asked) == 4
    again = bench(suites[:1], (METHOD,), folder=tmp_path / "out", **QUICK)
    assert len(asked) == 4
    assert again == first


def test_more_pairs_and_methods_are_added(suites, tmp_path, asked):
    bench(suites[:1], (METHOD,), folder=tmp_path, max_pairs=1, **QUICK)
    bench(suites[:1], (METHOD,), folder=tmp_path, max_pairs=3, **QUICK)
    assert asked == [("turn2", METHOD), ("points", METHOD), ("cameras", METHOD)]
    both = bench(suites[:1], ("sift", METHOD), folder=tmp_path, max_pairs=1, **QUICK)
    assert asked[3:] == [("turn2", "sift")]
    assert [score.method for score in both.scores] == ["sift", METHOD]


def test_what_was_done_before_ctrl_c_is_kept(suites, tmp_path, asked):
    asked.limit = 2
    with pytest.raises(KeyboardInterrupt):
        bench(suites[:1], (METHOD,), folder=tmp_path, **QUICK)
    lines = (tmp_path / "scores.jsonl").read_text().splitlines()
    assert [json.loads(line)["score"]["pair"] for line in lines[1:]] == ["turn2", "points"]
    asked.limit = None
    resumed = bench(suites[:1], (METHOD,), folder=tmp_path, **QUICK)
    assert [name for name, _ in asked] == ["turn2", "points", "cameras", "unrelated"]
    assert measures(resumed) == measures(bench(suites[:1], (METHOD,), **QUICK))


def test_other_options_are_refused(suites, tmp_path, asked):
    bench(suites[:1], (METHOD,), folder=tmp_path, max_pairs=1, **QUICK)
    with pytest.raises(OutputError, match=r"made with other settings \(seed 0, not 1\)"):
        bench(suites[:1], (METHOD,), folder=tmp_path, max_pairs=1, seed=1, **QUICK)
    assert len(asked) == 1


def test_a_changed_suite_is_refused(suites, tmp_path):
    own = shutil.copytree(suites[0], tmp_path / "tiny")
    bench([own], (METHOD,), folder=tmp_path / "out", max_pairs=1, **QUICK)
    write_pairs(own, [planar(2, points=[[1, 2, 3, 4]])])
    with pytest.raises(OutputError, match="another pair turn2 of tiny: its images or its ground"):
        bench([own], (METHOD,), folder=tmp_path / "out", max_pairs=1, **QUICK)


def test_progress_goes_from_what_is_there_to_the_end(suites, tmp_path):
    told = []

    def progress(part, done):
        told.append((part, done))

    bench(suites[:1], (METHOD,), folder=tmp_path, max_pairs=2, progress=progress, **QUICK)
    assert told == [("matching pairs", done) for done in (0, 0.5, 1)]
    told.clear()
    bench(suites[:1], (METHOD,), folder=tmp_path, progress=progress, **QUICK)
    assert told == [("matching pairs", done) for done in (0.5, 0.75, 1)]


def test_a_suite_of_ones_own_and_a_single_pair(suites):
    suite = read_suite(suites[0])
    own = featmatch.Suite("own", suite.pairs[-1:])
    (summary,) = bench([own], (METHOD,), **QUICK).summaries
    assert (summary.suite, summary.false_accepts, summary.accepted) == ("own", 0.0, None)


def test_mistakes_are_told_before_any_work(suites, tmp_path, asked):
    folder = tmp_path / "out"
    wrong = [
        ((["x"], ("surf",)), {}, ValueError, "^methods: expected auto or one of orb, .*'surf'$"),
        ((["x"], ()), {}, ValueError, "^methods: expected at least one, got none$"),
        ((["x"], "orb"), {}, TypeError, "^methods: expected a sequence or a mapping, got .orb.$"),
        (([], (METHOD,)), {}, TypeError, r"^suites: expected a sequence of at least one, got \[\]"),
        (("samples", (METHOD,)), {}, TypeError, "^suites: expected a sequence .* got 'samples'$"),
        (
            (suites[:1], (METHOD,)),
            {"num_processes": 0},
            ValueError,
            "^num_processes: expected an integer from 1 to",
        ),
        (
            (suites[:1], (METHOD,)),
            {"max_pairs": 0},
            ValueError,
            "^max_pairs: expected an integer",
        ),
        ((suites[:1], (METHOD,)), {"seed": -1}, ValueError, "^seed: expected"),
        (
            (2 * suites[:1], (METHOD,)),
            {},
            ValueError,
            "^suites: expected names that differ, got 't",
        ),
        ((["x"], (METHOD,)), {}, SuiteError, "^x: there is no such folder; check the path$"),
    ]
    for arguments, options, error, message in wrong:
        with pytest.raises(error, match=message):
            bench(*arguments, folder=folder, **options)
    assert not folder.exists()
    assert asked == []


def test_a_folder_that_cannot_be_made_is_told(suites, tmp_path, asked):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file: is a file; give the name of a folder"):
        bench(suites[:1], (METHOD,), folder=tmp_path / "file", **QUICK)
    assert asked == []


def test_a_folder_is_made_where_a_link_points(suites, tmp_path, asked):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "place")
    bench(suites[:1], (METHOD,), folder=link, max_pairs=1, **QUICK)
    assert (tmp_path / "place" / "scores.jsonl").exists()
    assert link.is_symlink()


def test_a_method_that_is_not_available_is_told(suites, asked):
    missing = [name for name, pipeline in METHODS.items() if pipeline.extractor.unavailable]
    for name in missing:
        with pytest.raises(MissingExtraError, match=f"^method {name}: "):
            bench(suites[:1], (METHOD, name), **QUICK)
    assert asked == []


def test_a_method_named_twice_is_run_once(tmp_path, asked):
    folder = write_pairs(tmp_path / "tiny", [unrelated()])
    assert len(bench([folder], (METHOD, METHOD), **QUICK).scores) == len(asked) == 1
