"""The course of a training as a picture.

Figures are made without pyplot: they belong to no window and change no global state.
"""

from __future__ import annotations

from os import PathLike
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from featmatch.errors import ArgumentError
from featmatch.nn.training.history import History
from featmatch.report.drawing.pictures import save_picture

_INK, _FAINT, _GRID = "#1a1a1a", "#595959", "#e6e6e6"
_TRAINING, _VALIDATION, _BEST = "#0072B2", "#D55E00", "#009E73"  # Okabe & Ito
_LINE: dict[str, Any] = {"marker": ".", "linewidth": 1.8}
_RING: dict[str, Any] = {
    "marker": "o",
    "markersize": 8,
    "markeredgecolor": _BEST,
    "markerfacecolor": "white",
    "markeredgewidth": 2,
    "linestyle": "none",
}
_WIDTH, _HEIGHT, _DPI = 6.2, 4.4, 130
_READING = (
    "Both losses high: under-fitting.  Validation loss rising while the training loss falls:"
    " over-fitting."
)


def plot_history(history: History, path: str | PathLike[str] | None = None) -> Figure:
    """Draw the training loss, the validation values and where they were best.

    Both losses high: the network is too small, or was trained too little (under-fitting). The
    validation loss rises while the training loss falls: the network learns its examples by heart
    (over-fitting). A training loss is drawn in the middle of its epoch, what was measured afterward
    at its end.

    Parameters
    ----------
    history : History
    path : str or path, optional
        Where to save the picture; ending in .png, .svg or .pdf.

    Returns
    -------
    matplotlib.figure.Figure
        Not connected to any window.

    Raises
    ------
    ArgumentError
        There are no epochs, or the ending is another.
    OutputError
        The file cannot be written.
    """
    if not history.epochs:
        raise ArgumentError("history: expected at least one epoch, got none")
    others = [name for name in history.measured if name != "loss"]
    width = _WIDTH * (1 + len(others))
    figure = Figure(figsize=(width, _HEIGHT), dpi=_DPI, facecolor="white")
    panels = figure.subplots(1, 1 + len(others), squeeze=False)[0]
    figure.subplots_adjust(
        left=0.62 / width, right=1 - 0.2 / width, top=0.77, bottom=0.2, wspace=0.14
    )
    _draw_losses(panels[0], history)
    for axes, name in zip(panels[1:], others, strict=True):
        _draw_validation(axes, history, name)
        _dress(axes, f"Validation {name}")
    panels[0].legend(
        loc="lower right", bbox_to_anchor=(1.01, 0.985), ncols=3, frameon=False, labelcolor=_INK
    )
    _write_headline(figure, history, width)
    if path is not None:
        save_picture(figure, path)
    return figure


def _draw_losses(axes: Axes, history: History) -> None:
    epochs = history.epochs
    losses = [epoch.loss for epoch in epochs]
    axes.plot([epoch.number - 0.5 for epoch in epochs], losses, color=_TRAINING, **_LINE)
    axes.lines[-1].set_label("training")
    _draw_validation(axes, history, "loss")
    # The training loss may fall without end: by how much is seldom as telling as the other's rise.
    judged = [epoch.validation.get("loss", epoch.loss) for epoch in epochs]
    if min(losses + judged) > 0 and max(judged) > 20 * min(judged):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    _dress(axes, "Loss")


def _draw_validation(axes: Axes, history: History, name: str) -> None:
    measured = [epoch for epoch in history.epochs if name in epoch.validation]
    if measured:
        values = [epoch.validation[name] for epoch in measured]
        axes.plot([epoch.number for epoch in measured], values, color=_VALIDATION, **_LINE)
        axes.lines[-1].set_label("validation")
    best = history.best
    if best is not None:
        axes.axvline(best.number, color=_BEST, linestyle=(0, (5, 3)), linewidth=1.2, zorder=1)
    if best is not None and name in best.validation:
        axes.plot([best.number], [best.validation[name]], **_RING)
        axes.lines[-1].set_label(f"best epoch: {best.number}")


def _dress(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, color=_INK)
    axes.set_xlabel("epoch", color=_INK)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(color=_GRID)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _write_headline(figure: Figure, history: History, width: float) -> None:
    left = 0.2 / width
    figure.text(left, 0.93, "Training", fontsize=16, fontweight="bold", color=_INK)
    figure.text(left, 0.865, _summary(history), fontsize=10.5, color=_INK)
    figure.text(left, 0.03, _READING, fontsize=9, color=_FAINT)


def _summary(history: History) -> str:
    epochs = "1 epoch" if len(history) == 1 else f"{len(history)} epochs"
    seconds = sum(epoch.seconds for epoch in history.epochs)
    summary = f"{epochs}, {history.num_steps:,} steps, {seconds:,.1f} s"
    if history.best is not None and history.monitor is not None:
        value = history.best.validation[history.monitor]
        summary += f"; best validation {history.monitor}: {value:.4g}"
    return summary
