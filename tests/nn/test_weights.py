"""Weights in a file: whole, checked, and never a pickle."""

from __future__ import annotations

import io
import json
import os
import zipfile

import numpy as np
import pytest

from featmatch import FeatmatchError, OutputError, WeightsError
from featmatch.archives import write_archive
from featmatch.nn.module import Module, Sequential
from featmatch.nn.tensor import Parameter
from featmatch.nn.weights import load_weights, read_weights, save_weights


class Scale(Module):
    """A parameter and a buffer."""

    def __init__(self, size, seed=0):
        rng = np.random.default_rng(seed)
        self.weight = Parameter(rng.normal(size=size).astype(np.float32))
        self.mean = rng.normal(size=size).astype(np.float32)


def network(*sizes, seed=0):
    return Sequential(*(Scale(size, seed + place) for place, size in enumerate(sizes)))


def same(state, other):
    assert list(state) == list(other)
    for name, array in state.items():
        assert array.dtype == other[name].dtype
        np.testing.assert_array_equal(array, other[name])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.npz"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sizes", [(), (0,), (1,), (3, 2)])
def test_what_is_saved_is_loaded(path, dtype, sizes):
    saved, loaded = network(*sizes).astype(dtype), network(*sizes, seed=9).astype(dtype)
    save_weights(path, saved, {"steps": 20, "names": ["a", "ü"]})
    assert load_weights(path, loaded) == {"steps": 20, "names": ["a", "ü"]}
    same(loaded.state_dict(), saved.state_dict())


def test_a_mapping_is_saved_as_it_is(path):
    state = {"file": np.arange(3.0), "allow_pickle": np.float32(2).reshape(1, 1)}
    save_weights(path, state)
    arrays, metadata = read_weights(path)
    same(arrays, state)
    assert metadata == {}


def test_numpy_alone_reads_the_file(path):
    saved = network(3)
    save_weights(path, saved, {"steps": 20})
    with np.load(path, allow_pickle=False) as file:
        same({name: file[name] for name in file.files[1:]}, saved.state_dict())
        assert json.loads(str(file["__header__"]))["document"] == {"steps": 20}


def test_the_same_weights_give_the_same_bytes(path):
    save_weights(path, network(3), {"steps": 20})
    first = path.read_bytes()
    save_weights(path, network(3), {"steps": 20})
    assert path.read_bytes() == first


def test_half_precision_loads_into_a_network(path):
    saved, loaded = network(50), network(50, seed=9)
    state = {name: array.astype(np.float16) for name, array in saved.state_dict().items()}
    save_weights(path, state)
    load_weights(path, loaded)
    for name, array in loaded.state_dict().items():
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, saved.state_dict()[name], rtol=2**-11)


@pytest.mark.parametrize(
    ("sizes", "difference"),
    [
        ((3, 4), r"no layers\.1\.weight; no layers\.1\.mean"),
        ((), r"an unknown layers\.0\.weight; an unknown layers\.0\.mean"),
        ((5,), r"layers\.0\.weight of shape \(3,\) instead of \(5,\)"),
    ],
)
def test_another_network_is_told_what_differs_and_stays(path, sizes, difference):
    save_weights(path, network(3))
    other = network(*sizes)
    before = other.state_dict()
    with pytest.raises(WeightsError, match=rf"weights\.npz: expected .*{difference}.*; load it"):
        load_weights(path, other)
    same(other.state_dict(), before)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array(["a", "b"]), r"expected float32 for layers\.0\.mean, got <U1"),
        (np.array([1j, 2]), r"expected float32 for layers\.0\.mean, got complex128"),
        (np.array([1, np.nan]), r"finite numbers of float32 for layers\.0\.mean, got others"),
    ],
)
def test_wrong_types_are_refused(path, array, message):
    state = network(2).state_dict() | {"layers.0.mean": array}
    with pytest.raises(ValueError, match=r"layers\.0\.mean: expected an array of finite numbers"):
        save_weights(path, state)
    assert not path.exists()
    write_archive(path, "weights", state, {})
    with pytest.raises(WeightsError, match=message):
        load_weights(path, network(2))


def test_numbers_too_large_for_the_network_are_refused_whole(path):
    saved, loaded = network(2).astype(np.float64), network(2, seed=9)
    saved.layers[0].mean[1] = 1e300
    save_weights(path, saved)
    before = loaded.state_dict()
    with pytest.raises(
        WeightsError, match=r"finite numbers of float32 for layers\.0\.mean, got oth"
    ):
        load_weights(path, loaded)
    same(loaded.state_dict(), before)
    load_weights(path, loaded.astype(np.float64))
    same(loaded.state_dict(), saved.state_dict())


@pytest.mark.parametrize(
    ("metadata", "error"), [({"a": np.zeros(2)}, TypeError), ({"a": float("nan")}, ValueError)]
)
def test_metadata_that_json_cannot_hold_is_refused(path, metadata, error):
    with pytest.raises(error, match="JSON"):
        save_weights(path, network(1), metadata)
    assert not path.exists()


def test_the_name_of_the_header_is_reserved(path):
    with pytest.raises(ValueError, match="expected any names but __header__"):
        save_weights(path, {"__header__": np.zeros(2)})


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def plain_zip():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "weights")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is damaged, or does not hold weights"),
        (b"weights", r"is damaged, or does not hold weights \(file is not a zip file\)"),
        (plain_zip(), "is damaged, or does not hold weights"),
        (npz(a=np.zeros(3)), "expected weights saved by featmatch, got something else"),
        (npz(__header__=np.array("[1]")), "got something else"),
        (npz(__header__=np.array("[" * 100_000)), "got something else"),
        (npz(__header__=np.frombuffer(b"\xff\xff\xff\x7f", "<U1")), "an .npy array of text that"),
        (npz(a=np.array([{}], object)), r"is damaged, .* \(an .npy array of Python objects"),
    ],
)
def test_foreign_files_are_refused(path, content, message):
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"weights\.npz: .*{message}") as caught:
        load_weights(path, network(3))
    assert "\n" not in str(caught.value)


def test_a_file_of_another_kind_is_refused(path):
    write_archive(path, "a training checkpoint", network(3).state_dict(), {})
    with pytest.raises(WeightsError, match=r"expected weights .*, got a training checkpoint; give"):
        load_weights(path, network(3))


def test_a_file_that_lacks_an_array_is_refused(path):
    save_weights(path, network(3))
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files[:-1]}
    path.write_bytes(npz(**arrays))
    with pytest.raises(WeightsError, match=r"is damaged \(its arrays are not those that were sav"):
        read_weights(path)


def test_a_truncated_file_is_refused(path):
    save_weights(path, network(3), {"steps": 20})
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(WeightsError, match=r"weights\.npz: is damaged"):
            read_weights(path)


@pytest.mark.slow
@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_is_refused_or_harmless(path, bit):
    saved = network(3)
    save_weights(path, saved, {"steps": 20})
    content = path.read_bytes()
    refused = 0
    for place in range(len(content)):
        path.write_bytes(
            content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]
        )
        try:
            arrays, metadata = read_weights(path)
        except WeightsError:
            refused += 1
        else:  # a date or an attribute of the zip archive
            same(arrays, saved.state_dict())
            assert metadata == {"steps": 20}
    assert refused > 0.8 * len(content)


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(FeatmatchError, match=r"none\.npz: cannot be read \(no such file or direc"):
        read_weights(tmp_path / "none.npz")
    with pytest.raises(WeightsError, match=r"cannot be read \(is a directory\); check the name"):
        read_weights(tmp_path)


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match=r"w\.npz: there is no folder .*none; make it first"):
        save_weights(tmp_path / "none" / "w.npz", network(3))
    with pytest.raises(OutputError, match="is a folder; give the name of a file in it"):
        save_weights(tmp_path, network(3))
    with pytest.raises(OutputError, match="is a device or a pipe; give the name of a file"):
        save_weights(os.devnull, network(3))
