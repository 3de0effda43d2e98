"""Tensors: what they are made of, what is recorded, and what is refused."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from featmatch.nn.tensor import Parameter, Tensor, as_tensor, no_grad, record


def test_attributes_and_words():
    tensor = Tensor([[1, 2, 3]], requires_grad=True)
    assert (tensor.shape, tensor.ndim, tensor.dtype, len(tensor)) == ((1, 3), 2, np.float32, 1)
    assert repr(tensor) == "Tensor(shape=(1, 3), dtype=float32)"
    assert repr(tensor + 1) == "Tensor(shape=(1, 3), dtype=float32, op='add')"
    assert repr(Parameter(np.zeros(2))) == "Parameter(shape=(2,), dtype=float64)"
    assert Tensor(2.5).item() == 2.5
    assert type(tensor.sum().item()) is float
    assert as_tensor(tensor) is tensor
    np.testing.assert_array_equal(np.asarray(tensor), [[1, 2, 3]])
    assert np.asarray(tensor) is tensor.data
    assert np.asarray(tensor, np.float64).dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float16, np.int64, np.uint8, bool])
def test_other_numbers_become_float32(dtype):
    tensor = Tensor(np.array([0, 1, 1], dtype))
    assert tensor.dtype == np.float32
    np.testing.assert_array_equal(tensor.data, [0, 1, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floating_point_arrays_are_taken_as_they_are(dtype):
    array = np.ones(3, dtype)
    assert Tensor(array).data is array


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1, np.nan], r"image: expected finite numbers, got nan at index \(1\)"),
        ([[1, 2], [-np.inf, 3]], r"image: expected finite numbers, got -inf at index \(1, 0\)"),
        (np.nan, r"image: expected finite numbers, got nan at index \(\)"),
        ([1j], "image: expected real numbers, got an array of complex128"),
        (["a"], "image: expected real numbers, got an array of <U1"),
        ([None], "image: expected real numbers, got an array of object"),
    ],
)
def test_refused_data(data, message):
    with pytest.raises(ValueError, match=message):
        as_tensor(data, "image")


@pytest.mark.parametrize(
    "function",
    [
        np.exp,
        np.add.reduce,
        np.sum,
        np.mean,
        np.linalg.norm,
        np.transpose,
        np.ravel,
        lambda x: np.add(np.ones(2), x),
        lambda x: np.concatenate([x, x]),
        lambda x: np.where(True, x, x),
    ],
)
def test_functions_of_numpy_fail_rather_than_forget_the_history(function):
    with pytest.raises(TypeError):
        function(Tensor(np.ones((2, 2)), requires_grad=True))


def test_only_what_may_need_a_gradient_is_recorded():
    constant, x = Tensor([1.0]), Tensor([1.0], requires_grad=True)
    assert (constant + 1).node is None
    assert not (constant + 1).requires_grad
    assert (constant + x).requires_grad
    assert record("own", np.zeros(1), [constant], lambda dy: [dy]).node is None


def test_no_grad_records_nothing_and_ends_after_errors():
    x = Tensor([1.0], requires_grad=True)

    def fail_inside():
        with no_grad():
            raise KeyError

    with no_grad():
        assert (x + 1).node is None
        with no_grad():
            assert (x + 1).node is None
        assert (x + 1).node is None
    with pytest.raises(KeyError):
        fail_inside()
    assert (x + 1).requires_grad


def test_no_grad_does_not_reach_other_threads():
    x, seen = Tensor([1.0], requires_grad=True), []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x + 1).requires_grad))
        thread.start()
        thread.join()
        assert not (x + 1).requires_grad
    assert seen == [True]


def test_no_grad_in_another_thread_does_not_reach_this_one():
    x, inside, done = Tensor([1.0], requires_grad=True), threading.Event(), threading.Event()

    def wait_inside():
        with no_grad():
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=wait_inside)
    thread.start()
    assert inside.wait(10)
    recorded = (x + 1).requires_grad
    done.set()
    thread.join()
    assert recorded


@pytest.mark.parametrize("data", [1.0, [1.0, 2.0], [[1, 2], [3, 4]], np.arange(3), True])
def test_only_arrays_of_float64_stay_float64(data):
    assert Tensor(data).dtype == np.float32
    assert Tensor(np.asarray(data, np.float64)).dtype == np.float64
    assert Tensor(np.float64(1)).dtype == np.float64


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([[1, 2], [3]], "weights: expected an array of numbers, got none"),
        (1e39, "weights: expected finite numbers, got inf"),
    ],
)
def test_lists_that_are_no_arrays(data, message):
    with pytest.raises(ValueError, match=message):
        Tensor(data, name="weights")


def test_a_parameter_has_its_own_memory():
    array = np.zeros(3)
    array.flags.writeable = False
    parameter = Parameter(array)
    parameter.data += 1
    np.testing.assert_array_equal(array, [0, 0, 0])
