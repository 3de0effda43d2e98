"""Sources of batches: every example once an epoch, or as many batches as asked for."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.nn.training import data
from featmatch.nn.training.data import ArrayBatches, GeneratedBatches


def test_the_example_in_the_docstring():
    assert doctest.testmod(data).failed == 0


@given(
    num=st.integers(0, 40),
    batch_size=st.integers(1, 45),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
)
@settings(max_examples=40)
def test_an_epoch_is_every_example_once(num, batch_size, shuffle, drop_last):
    images = np.arange(num * 6).reshape(num, 2, 3)
    source = ArrayBatches(
        images, np.arange(num), batch_size=batch_size, shuffle=shuffle, drop_last=drop_last
    )
    batches = list(source.batches(np.random.default_rng(num)))
    assert len(batches) == len(source)
    assert all(len(labels) == batch_size for _, labels in batches[:-1])
    seen = np.concatenate([np.empty(0, int), *(labels for _, labels in batches)])
    assert len(seen) == (num // batch_size * batch_size if drop_last else num)
    assert len(set(seen.tolist())) == len(seen)
    assert shuffle or seen.tolist() == list(range(len(seen)))
    for part, labels in batches:
        np.testing.assert_array_equal(part, images[labels])


def test_an_order_is_the_generators():
    source = ArrayBatches(np.arange(100), batch_size=100)
    rng = np.random.default_rng(0)
    (first,), (second,) = (next(source.batches(rng)) for _ in range(2))
    assert not np.array_equal(first, second)
    (again,) = next(source.batches(np.random.default_rng(0)))
    np.testing.assert_array_equal(first, again)


def test_without_shuffling_no_generator_is_needed():
    (batch,) = next(ArrayBatches(np.arange(4), batch_size=3, shuffle=False).batches())
    np.testing.assert_array_equal(batch, [0, 1, 2])
    with pytest.raises(TypeError, match=r"rng: expected a numpy\.random\.Generator, got None"):
        next(ArrayBatches(np.arange(4), batch_size=3).batches())


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_change_of_a_batch_leaves_the_data(shuffle):
    images = np.zeros((4, 2))
    source = ArrayBatches(images, batch_size=2, shuffle=shuffle)
    for (batch,) in source.batches(np.random.default_rng(0)):
        batch += 1
    assert not images.any()


@pytest.mark.parametrize(
    ("arrays", "shapes"),
    [
        ((), r"\[\]"),
        ((np.zeros(()),), r"\[\(\)\]"),
        ((np.zeros((3, 2)), np.zeros(2)), r"\[\(3, 2\), \(2,\)\]"),
    ],
)
def test_arrays_of_different_lengths_are_refused(arrays, shapes):
    with pytest.raises(
        ValueError, match=rf"one or more of the same length, got the shapes {shapes}"
    ):
        ArrayBatches(*arrays, batch_size=2)


@pytest.mark.parametrize("number", [0, 1.5, True, None])
def test_sizes_are_checked(number):
    with pytest.raises(ValueError, match="batch_size: expected an integer of at least 1, got"):
        ArrayBatches(np.zeros(2), batch_size=number)
    with pytest.raises(ValueError, match="num_steps: expected an integer of at least 1, got"):
        GeneratedBatches(np.random.Generator.random, num_steps=number)


def test_generated_batches_are_those_of_the_generator():
    source = GeneratedBatches(lambda rng: rng.random(3), num_steps=5)
    assert len(source) == 5
    batches = list(source.batches(np.random.default_rng(0)))
    np.testing.assert_array_equal(batches, np.random.default_rng(0).random((5, 3)))


def test_a_batch_is_made_when_it_is_asked_for():
    made = []
    batches = GeneratedBatches(made.append, num_steps=3).batches(np.random.default_rng(0))
    assert made == []
    next(batches)
    assert len(made) == 1
