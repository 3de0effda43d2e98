"""Files of weights: what comes back, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny_training import NETWORK, texture

from featmatch import OutputError, WeightsError, nn
from featmatch.archives import write_archive
from featmatch.learned.network import weights
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions, normalized
from featmatch.learned.network.weights import load_network, save_network

IMAGE = normalized(texture(48, 48))[None, ..., None]
POINTS = np.random.default_rng(0).uniform(0, 47, (1, 10, 2))


def make(options=NETWORK, seed=0):
    """A network with statistics that no layer starts with."""
    rng = np.random.default_rng(seed)
    network = FeatureNetwork(options, rng)
    for name, buffer in network.named_buffers().items():
        if buffer.dtype.kind == "f":
            buffer[...] = rng.uniform(0.5, 1.5, buffer.shape) - name.endswith("mean")
    return network.eval()


def outputs(network):
    logits, maps = network(IMAGE)
    return logits.data, network.describe(maps, POINTS).data


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "weights.npz"
    save_network(path, make())
    return path


@pytest.mark.parametrize("options", [NETWORK, replace(NETWORK, channels=(4, 5, 6), num_turns=1)])
def test_a_network_comes_back_in_half_precision(tmp_path, options):
    network, path = make(options), tmp_path / "weights.npz"
    save_network(path, network)
    found = load_network(path)
    assert found.options == options
    assert not any(module.training for module in found.modules())
    for name, array in nn.read_weights(path)[0].items():
        exact = network.state_dict()[name]
        if exact.ndim > 1:
            assert array.dtype == np.float16
            np.testing.assert_allclose(array, exact, rtol=2**-10, atol=2**-24)
        else:
            np.testing.assert_array_equal(array, exact, strict=True)
    for before, after in zip(outputs(network), outputs(found), strict=True):
        np.testing.assert_allclose(after, before, atol=0.02)


def test_batch_normalizations_are_folded(saved):
    assert not any(isinstance(module, nn.BatchNorm2d) for module in load_network(saved).modules())


def test_what_else_is_kept_can_be_read(tmp_path):
    save_network(tmp_path / "a.npz", make(), {"seed": 3, "names": ["a", "b"]})
    _, metadata = nn.read_weights(tmp_path / "a.npz")
    assert metadata["seed"] == 3
    assert metadata["names"] == ["a", "b"]
    assert metadata["network"]["channels"] == [4, 4, 4, 4]


def test_the_same_network_gives_the_same_bytes(tmp_path, saved):
    save_network(tmp_path / "other.npz", make())
    assert (tmp_path / "other.npz").read_bytes() == saved.read_bytes()


def test_the_usual_network_takes_less_than_a_megabyte(tmp_path):
    path = tmp_path / "weights.npz"
    save_network(path, FeatureNetwork(NetworkOptions(), np.random.default_rng(0)))
    assert path.stat().st_size < 500_000


def test_a_file_is_read_once_and_again_when_it_has_changed(saved):
    first = load_network(saved)
    assert load_network(str(saved)) is first
    save_network(saved, make(seed=1))
    second = load_network(saved)
    assert second is not first
    assert (outputs(second)[0] != outputs(first)[0]).any()


def test_the_weights_of_the_package_are_those_of_the_usual_network():
    network = load_network()
    assert network.options == NetworkOptions()
    assert load_network(weights.SHIPPED) is network
    assert weights.SHIPPED.stat().st_size < 1_000_000


def test_a_number_of_turns_can_be_asked_for(saved):
    assert load_network(saved, 4) is load_network(saved)
    with pytest.raises(
        WeightsError, match=r"weights\.npz: its descriptors take 4 turns, expected 8"
    ):
        load_network(saved, 8)


# --- what is refused


def refusal(path):
    with pytest.raises(WeightsError) as error:
        load_network(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def test_a_missing_file_is_told(tmp_path):
    assert "cannot be read (no such file or directory)" in refusal(tmp_path / "none.npz")
    assert "cannot be read (is a directory)" in refusal(tmp_path)


@pytest.mark.parametrize("size", [0, 100, -1, -100])
def test_a_file_cut_short_is_told(saved, size):
    content = saved.read_bytes()
    saved.write_bytes(content[:size])
    assert "is damaged" in refusal(saved)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_flipped_bit_is_told(saved, place):
    content = bytearray(saved.read_bytes())
    content[int(place * len(content))] ^= 1
    saved.write_bytes(bytes(content))
    assert "damaged" in refusal(saved)


def test_a_file_of_another_program_is_told(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, a=np.zeros(3))
    assert "expected weights saved by featmatch" in refusal(path)


def test_the_weights_of_another_network_are_told(tmp_path):
    path = tmp_path / "linear.npz"
    nn.save_weights(path, nn.Linear(2, 3, rng=np.random.default_rng(0)))
    assert refusal(path).endswith(
        ": holds no network that finds features (it does not say how one is built); "
        "give a file that featmatch train wrote"
    )


@pytest.mark.parametrize("plan", [None, [], "channels", {"network": None}, {"network": [4, 4]}])
def test_a_file_without_a_plan_is_told(tmp_path, plan):
    path = tmp_path / "weights.npz"
    if isinstance(plan, dict):
        nn.save_weights(path, make(), plan)
    else:
        write_archive(path, "weights", make().state_dict(), plan)
    assert "it does not say how one is built" in refusal(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"channels": [4, 4, 4, 6]}, "blocks.3.layers.0.weight"),
        ({"channels": [4, 4, 4]}, "blocks.3.layers.0.weight"),
        ({"channels": [4]}, "channels: expected three or four numbers, got (4,)"),
        ({"channels": 4}, "channels: expected three or four numbers, got 4"),
        ({"descriptor_size": "eight"}, "descriptor_size: expected an integer, got 'eight'"),
        ({"depth": 3, "blur": 1}, "one is built with unknown options: blur, depth"),
    ],
)
def test_a_plan_that_does_not_fit_the_weights_is_told(tmp_path, changes, words):
    path, network = tmp_path / "weights.npz", make()
    save_network(path, network)
    arrays, metadata = nn.read_weights(path)
    nn.save_weights(path, arrays, {"network": metadata["network"] | changes})
    message = refusal(path)
    assert "holds no network that finds features (" in message
    assert words in message


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match="there is no folder"):
        save_network(tmp_path / "nowhere" / "weights.npz", make())
    assert list(tmp_path.iterdir()) == []
