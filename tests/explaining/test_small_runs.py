"""Small trainings: the task against OpenCV, and what is learned, and what is not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from featmatch.explaining import edge_task, small_runs
from featmatch.explaining.edge_task import PATCH
from featmatch.explaining.small_runs import NUM_EPOCHS, PLANS, SNAPSHOTS
from featmatch.images.image import read_image

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
IMAGE = read_image(SAMPLES / "poster_0.jpg", max_size=320)
TASK = edge_task.make_task(IMAGE)


@cache
def runs():
    return {run.name: run for run in small_runs.run_all(TASK)}


def test_edges_are_the_length_of_the_gradient():
    gray = IMAGE.gray().astype(np.float64)
    lengths = np.hypot(*(cv2.Sobel(gray, cv2.CV_64F, *order) for order in ((1, 0), (0, 1))))
    expected = (lengths - lengths.mean()) / lengths.std()
    np.testing.assert_allclose(TASK.edges, expected, atol=1e-3)
    assert TASK.clean.mean() == pytest.approx(0, abs=1e-4)
    assert np.std(TASK.noisy - TASK.clean) == pytest.approx(edge_task.NOISE, rel=0.02)


@pytest.mark.parametrize("held_out", [False, True])
def test_patches_lie_in_their_own_strips(held_out):
    columns = np.broadcast_to(np.arange(TASK.noisy.shape[1], dtype=np.float32), TASK.noisy.shape)
    patches, _ = replace(TASK, noisy=columns).patches(300, held_out, np.random.default_rng(0))
    assert patches.shape == (300, PATCH, PATCH, 1)
    assert set((patches // TASK.strip % 2).ravel()) == {float(held_out)}


def test_patches_go_with_the_edge_in_their_middle():
    numbers = np.arange(TASK.edges.size, dtype=np.float32).reshape(TASK.edges.shape)
    numbered = replace(TASK, noisy=numbers, edges=numbers)
    patches, strengths = numbered.patches(50, False, np.random.default_rng(0))
    np.testing.assert_array_equal(patches[:, 3:4, 3:4], strengths)


def test_the_view_is_held_out():
    x, y = TASK.view
    assert x % (2 * TASK.strip) == TASK.strip
    assert 0 <= y <= TASK.noisy.shape[0] - TASK.strip
    pictures = edge_task.view_pictures(TASK)
    side = TASK.strip - PATCH + 1
    assert list(pictures) == ["clean", "noisy", "edges"]
    assert {picture.shape for picture in pictures.values()} == {(side, side)}
    assert pictures["edges"].max() == 255


def test_one_network_is_too_small_one_fits_one_learns_by_heart():
    under, fit, over = (runs()[name] for name in ("under", "fit", "over"))
    assert under.losses[-1] > 0.6
    assert fit.losses[-1] < 0.3
    assert fit.held_out_losses[-1] < 0.4
    assert over.losses[-1] < 0.2
    assert over.held_out_losses[-1] > 2 * fit.held_out_losses[-1]
    assert over.held_out_losses[-1] > 4 * over.losses[-1]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_runs_tell_what_they_are(plan):
    run = runs()[plan.name]
    assert (run.title, run.num_patches, run.batch_size) == (
        *(plan.title, plan.num_patches),
        plan.batch_size,
    )
    assert run.num_parameters == 49 * run.num_filters + run.num_filters + run.num_filters + 1
    assert run.iterations_per_epoch == -(-plan.num_patches // plan.batch_size)
    assert len(run.losses) == len(run.held_out_losses) == NUM_EPOCHS + 1
    assert run.held_out_losses[run.best_epoch] == run.held_out_losses.min()
    assert tuple(snapshot.epoch for snapshot in run.snapshots) == SNAPSHOTS
    assert not np.array_equal(run.snapshots[0].kernels, run.snapshots[-1].kernels)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_pictures_have_kernels_side_by_side(plan):
    side = TASK.strip - PATCH + 1
    shown = min(plan.num_filters, 8)
    for snapshot in runs()[plan.name].snapshots:
        assert snapshot.answer.shape == (side, side)
        assert snapshot.kernels.shape == (PATCH, shown * (PATCH + 1) - 1)
        assert (snapshot.kernels[:, PATCH :: PATCH + 1] == 128).all()
        for start in range(0, snapshot.kernels.shape[1], PATCH + 1):
            kernel = snapshot.kernels[:, start : start + PATCH].astype(int)
            assert np.abs(kernel - 128).max() == 127


def test_runs_can_be_repeated():
    plan = replace(PLANS[2], num_filters=2)
    first, second = (small_runs.run(plan, edge_task.make_task(IMAGE)) for _ in range(2))
    np.testing.assert_array_equal(first.held_out_losses, second.held_out_losses)


def test_a_good_fit_sees_the_edges_that_are_there():
    edges = edge_task.view_pictures(TASK)["edges"].ravel()
    alike = {
        name: np.corrcoef(run.snapshots[-1].answer.ravel(), edges)[0, 1]
        for name, run in runs().items()
    }
    assert alike["fit"] > 0.8
    assert alike["fit"] > max(alike["under"], alike["over"])


def test_titles_say_what_the_runs_show():
    under, fit, over = runs().values()
    assert [run.title for run in (under, fit, over)] == [plan.title for plan in PLANS]
    assert [run.met for run in (under, fit, over)] == [True] * 3
    assert under.held_out_losses[-1] > 1.3 * fit.held_out_losses[-1]
    assert fit.held_out_losses[-1] < fit.average_loss / 2
    assert over.held_out_losses[-1] > 1.05 * over.held_out_losses.min()
    assert fit.average_loss == pytest.approx(np.var(TASK.edges), rel=0.6)


def test_an_image_that_shows_something_else_is_not_called_what_it_is_not():
    """All patches of a ramp are alike: nothing can be learned by heart, nor fitted."""
    ramp = np.tile(np.arange(200, dtype=np.uint8), (150, 1))
    for run in small_runs.run_all(edge_task.make_task(read_image(ramp))):
        rose = run.held_out_losses[-1] > 1.05 * run.held_out_losses.min()
        low = run.held_out_losses[-1] < run.average_loss / 2
        shown = {"under": True, "fit": low, "over": rose}[run.name]
        assert shown or not run.met
        assert run.met == (run.title in [plan.title for plan in PLANS])


@pytest.mark.parametrize("size", [(1, 1), (60, 80)])
def test_an_image_without_edges_teaches_nothing(size):
    runs = small_runs.run_all(edge_task.make_task(read_image(np.full(size, 90, np.uint8))))
    assert not any(run.met for run in runs)
    assert [run.title.split(", with nothing to learn")[0] for run in runs] == [
        "One kernel",
        "8 kernels",
        "64 kernels",
    ]


def curves(own, held_out):
    made = runs()["fit"]
    own, held_out = (np.array([*each, *[each[-1]] * 5]) for each in (own, held_out))
    best = int(np.argmin(held_out))
    return replace(made, losses=own, held_out_losses=held_out, best_epoch=best)


@pytest.mark.parametrize(
    ("own", "held_out", "shown"),
    [
        ([1, 0.5, 0.1], [1, 0.5, 0.7], True),
        ([1, 0.5, 0.1], [1, 0.5, 0.51], False),  # has not risen
        ([1, 0.5, 0.1], [0.5, 0.5, 0.7], False),  # has not fallen before
        ([1, 0.6, 0.4], [1, 0.5, 0.7], False),  # not by heart
    ],
)
def test_what_is_learned_by_heart_has_fallen_and_risen(own, held_out, shown):
    assert small_runs._learned_by_heart(curves(own, held_out)) is shown


def test_what_is_learned_by_a_kernel_alone_is_no_under_fitting_where_it_does_not_hold():
    fitted = curves([1, 0.2], [1, 0.3])
    assert small_runs._is_worse(curves([1, 0.7], [1, 0.9]), fitted)
    assert not small_runs._is_worse(curves([1, 0.7], [1, 5.0]), fitted)
    assert not small_runs._is_worse(curves([1, 0.25], [1, 0.35]), fitted)
