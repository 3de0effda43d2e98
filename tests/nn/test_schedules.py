"""Learning rates in closed form."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featmatch.nn.schedules import StepDecay, WarmupCosine


def test_warmup_and_cosine_by_hand():
    schedule = WarmupCosine(0.8, 3, 11, final_lr=0.2)
    up = [0.2, 0.4, 0.6]
    root = math.sqrt(0.5)
    wave = [0.8, 0.5 + 0.3 * math.cos(math.pi / 8), 0.5 + 0.3 * root]
    assert [schedule(step) for step in range(6)] == pytest.approx(up + wave)
    assert [schedule(step) for step in (7, 9, 11)] == pytest.approx([0.5, 0.5 - 0.3 * root, 0.2])
    assert [schedule(step) for step in (11, 12, 1000)] == [0.2] * 3


def test_cosine_without_warmup():
    schedule = WarmupCosine(1.0, 0, 4)
    root = math.sqrt(0.5)
    expected = [1, (1 + root) / 2, 0.5, (1 - root) / 2, 0, 0]
    assert [schedule(step) for step in range(6)] == pytest.approx(expected)


def test_the_shortest_schedules():
    assert [WarmupCosine(1.0, 0, 1)(step) for step in (0, 1, 2)] == [1, 0, 0]
    assert [WarmupCosine(1.0, 1, 2)(step) for step in (0, 1, 2)] == [0.5, 1, 0]


@given(
    warmup=st.integers(0, 50),
    after=st.integers(1, 50),
    lr=st.floats(1e-6, 10),
    share=st.floats(0, 1),
)
def test_up_then_down_within_bounds(warmup, after, lr, share):
    schedule = WarmupCosine(lr, warmup, warmup + after, share * lr)
    rates = [schedule(step) for step in range(warmup + after + 3)]
    assert rates[warmup] == max(rates) == pytest.approx(lr)
    assert rates[:warmup] == sorted(rates[:warmup])
    falling = rates[warmup:]
    assert all(a >= b - 1e-12 * lr for a, b in pairwise(falling))
    assert min(rates[warmup:]) >= share * lr * (1 - 1e-12)
    assert set(rates[warmup + after :]) == {share * lr}
    assert min(rates) > 0 or share == 0 or share * lr == 0


def test_step_decay():
    schedule = StepDecay(0.8, 3, 0.5)
    assert [schedule(step) for step in range(8)] == [0.8] * 3 + [0.4] * 3 + [0.2] * 2
    assert StepDecay(1.0, 10)(10) == 0.1
    assert StepDecay(1.0, 1, 0)(0) == 1
    assert StepDecay(1.0, 1, 0)(1) == 0
    assert StepDecay(1.0, 2, 1)(99) == 1


def test_schedules_say_what_they_are_and_can_be_compared():
    assert repr(WarmupCosine(0.1, 2, 9)) == (
        "WarmupCosine(lr=0.1, warmup_steps=2, total_steps=9, final_lr=0.0)"
    )
    assert StepDecay(0.1, 2) == StepDecay(0.1, 2, 0.1)


@pytest.mark.parametrize("schedule", [WarmupCosine(0.1, 2, 5), StepDecay(0.1, 2)])
@pytest.mark.parametrize("step", [-1, 1.5, None])
def test_refused_steps(schedule, step):
    with pytest.raises(ValueError, match="step: expected an integer of at least 0, got"):
        schedule(step)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: WarmupCosine(math.nan, 0, 1), "lr: expected a finite number of at least 0, got n"),
        (lambda: WarmupCosine(math.inf, 0, 1), "lr: expected a finite number of at least 0, got i"),
        (lambda: WarmupCosine(0.1, -1, 5), "warmup_steps: expected an integer of at least 0"),
        (lambda: WarmupCosine(0.1, 5, 5), "total_steps: expected an integer of at least 6, got 5"),
        (lambda: WarmupCosine(0.1, 0, 5, 0.2), "final_lr: expected a number from 0 to 0.1, got"),
        (lambda: StepDecay(-0.1, 5), "lr: expected a finite number of at least 0, got -0.1"),
        (lambda: StepDecay(0.1, 0), "step_size: expected an integer of at least 1, got 0"),
        (lambda: StepDecay(0.1, 5, 1.5), "gamma: expected a number from 0 to 1, got 1.5"),
    ],
)
def test_refused_options(make, message):
    with pytest.raises(ValueError, match=message):
        make()
