"""The course of a training as a picture."""

from __future__ import annotations

import numpy as np
import pytest
from made_histories import make_history, three_epochs
from matplotlib import pyplot
from matplotlib.colors import to_hex

from featmatch.nn import History
from featmatch.report import plot_history


@pytest.fixture
def history():
    return three_epochs()


def lines(axes):
    return {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}


def test_the_picture_shows_the_numbers(history):
    loss, accuracy = plot_history(history).axes
    assert (loss.get_title("left"), accuracy.get_title("left")) == ("Loss", "Validation accuracy")
    drawn = lines(loss)
    np.testing.assert_array_equal(drawn["training"].get_xydata().T, [[0.5, 1.5, 2.5], [2, 1, 0.5]])
    np.testing.assert_array_equal(drawn["validation"].get_xydata().T, [[1, 2, 3], [1.5, 0.9, 1.2]])
    np.testing.assert_array_equal(drawn["best epoch: 2"].get_xydata(), [[2, 0.9]])
    np.testing.assert_array_equal(lines(accuracy)["best epoch: 2"].get_xydata(), [[2, 0.75]])
    colors = {to_hex(line.get_color()) for line in (drawn["training"], drawn["validation"])}
    assert len(colors) == 2
    legend = [text.get_text() for text in loss.get_legend().get_texts()]
    assert legend == ["training", "validation", "best epoch: 2"]


def test_the_picture_tells_the_best_epoch_in_words(history):
    words = [text.get_text() for text in plot_history(history).texts]
    assert "3 epochs, 30 steps, 7.5 s; best validation loss: 0.9" in words
    words = [text.get_text() for text in plot_history(make_history([1])).texts]
    assert "1 epoch, 10 steps, 2.5 s" in words


@pytest.mark.parametrize(
    ("losses", "validation", "scale"),
    [
        ([1, 0.01], None, "log"),
        ([1, 0.1], None, "linear"),
        ([1, -0.01], None, "linear"),
        ([1, 0.01], [1, 0.02], "log"),
        ([1, 0.01], [1, 2], "linear"),
    ],
)
def test_losses_of_different_size_are_drawn_logarithmically(losses, validation, scale):
    """Unless that would hide how the validation loss rises."""
    history = make_history(losses, validation and {"loss": validation})
    (axes,) = plot_history(history).axes
    assert axes.get_yscale() == scale


def test_other_endings_are_refused(history):
    with pytest.raises(ValueError, match=r"path: expected a name ending in \.png \.svg \.pdf, got"):
        plot_history(history, "history.gif")


def test_without_epochs_there_is_no_picture():
    with pytest.raises(ValueError, match="history: expected at least one epoch, got none"):
        plot_history(History())


@pytest.mark.parametrize(
    ("ending", "magic"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF-")]
)
def test_a_picture_is_saved(tmp_path, history, ending, magic):
    contents = []
    for name in ("first", "second"):
        plot_history(history, tmp_path / f"{name}{ending}")
        contents.append((tmp_path / f"{name}{ending}").read_bytes())
    assert contents[0].startswith(magic)
    assert contents[0] == contents[1]
    assert pyplot.get_fignums() == []


def test_words_stay_inside_the_picture(history):
    many = make_history(
        [1e-9] * 1000, {"accuracy": [1e-9] * 1000}, monitor="accuracy", higher_is_better=True
    )
    for figure in (
        plot_history(many),
        plot_history(history),
        plot_history(make_history([3e-7, 1])),
    ):
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.texts]
        boxes += [axes.get_tightbbox() for axes in figure.axes]
        for box in boxes:
            assert 0 <= box.x0 <= box.x1 <= figure.bbox.x1
            assert 0 <= box.y0 <= box.y1 <= figure.bbox.y1
