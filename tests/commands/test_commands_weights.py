"""``--weights``: a network of one's own, and one clear line about every file that holds none."""

from __future__ import annotations

import json

import numpy as np
import pytest
from command_line import POSTER, QUICK, QUICK_OPTIONS, run

import featmatch
from featmatch import WeightsError, nn
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions
from featmatch.learned.network.weights import SHIPPED, save_network

LEARNED = ("cnn", "sift-cnn")
COMMANDS = {"match": POSTER, "detect": POSTER[:1]}
UNREADABLE = {
    "missing": "cannot be read",
    "empty": "is damaged",
    "cut short": "is damaged",
    "an image": "is damaged",
    "of another network": "holds no network that finds features",
    "of other turns": "its descriptors take 4 turns, expected 8",
}


def network(num_turns=8):
    options = NetworkOptions(
        channels=(4, 4, 4), head_channels=4, descriptor_size=16, num_turns=num_turns
    )
    return FeatureNetwork(options, np.random.default_rng(0)).eval()


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "own.npz"
    save_network(path, network())
    return path


def unreadable(problem, folder):
    """Make a file that holds no weights for the learned methods, and return its path."""
    path = folder / f"{problem}.npz"
    if problem == "of another network":
        nn.save_weights(path, nn.Linear(3, 2, rng=np.random.default_rng(0)))
    elif problem == "of other turns":
        save_network(path, network(num_turns=4))
    elif problem != "missing":
        whole = SHIPPED.read_bytes()
        content = {"empty": b"", "cut short": whole[: len(whole) // 2]}
        path.write_bytes(content.get(problem, POSTER[0].read_bytes()))
    return path


@pytest.mark.parametrize("method", LEARNED)
def test_weights_reach_the_method(capsys, own, method):
    words = ("detect", POSTER[0], *QUICK, "--method", method, "--json")
    documents = [
        json.loads(run(capsys, *words, *weights).out)["images"][0]
        for weights in ((), ("--weights", own))
    ]
    for document, weights in zip(documents, (None, own), strict=True):
        expected = featmatch.detect(POSTER[0], method=method, weights=weights, **QUICK_OPTIONS)
        assert document["num_keypoints"] == len(expected)
        np.testing.assert_allclose(
            np.ravel(document["keypoints"]), expected.keypoints.ravel(), atol=1e-4
        )
    assert expected.descriptors.shape[1] == 16
    assert (documents[0] == documents[1]) == (method == "sift-cnn")  # which has SIFT's keypoints


def test_weights_are_for_both_images_of_a_match(capsys, own):
    words = ("match", *POSTER, *QUICK, "--method", "cnn", "--weights", own, "--json")
    outcome = run(capsys, *words)
    assert outcome.code in (0, 1)  # of weights that nobody trained
    expected = featmatch.match(*POSTER, method="cnn", weights=own, **QUICK_OPTIONS)
    assert json.loads(outcome.out)["num_matches"] == len(expected.matches)
    for features in (expected.features0, expected.features1):
        assert features.descriptors.shape[1] == 16


@pytest.mark.parametrize("problem", UNREADABLE)
@pytest.mark.parametrize("method", LEARNED)
@pytest.mark.parametrize("command", COMMANDS)
def test_unreadable_weights_are_one_line_and_code_3(capsys, tmp_path, command, method, problem):
    path, output = unreadable(problem, tmp_path), tmp_path / "result.json"
    words = (command, *COMMANDS[command], *QUICK, "--method", method, "--weights", path)
    outcome = run(capsys, *words, "-o", output)
    assert outcome.code == 3
    assert outcome.error.startswith(f"{path}: ")
    assert UNREADABLE[problem] in outcome.error
    assert not output.exists()


@pytest.mark.parametrize("problem", UNREADABLE)
def test_unreadable_weights_raise_in_the_library(tmp_path, problem):
    path = unreadable(problem, tmp_path)
    for call in (
        lambda: featmatch.detect(POSTER[0], method="cnn", weights=path, max_size=200),
        lambda: featmatch.match(*POSTER, method="cnn", weights=str(path), max_size=200),
    ):
        with pytest.raises(WeightsError) as error:
            call()
        assert str(error.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("command", "method"),
    [("match", "orb"), ("match", "sift"), ("detect", None), ("detect", "sift")],
)
def test_methods_that_have_no_weights_name_those_that_have(capsys, own, command, method):
    chosen = () if method is None else ("--method", method)
    outcome = run(capsys, command, *COMMANDS[command], *QUICK, *chosen, "--weights", own)
    assert outcome.code == 2
    got = method or "orb"
    assert outcome.error == (
        f"weights: expected a method with this option, cnn or sift-cnn, got {got}"
    )
