"""Panels of lines, dots, bars and tables, laid out on a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import TypeAlias

from featmatch.report.drawing.scale import Scale
from featmatch.report.drawing.sheet import Dot, Path, Sheet, Text, text_width

Number: TypeAlias = float | None

WIDTH = 720.0  # pt
_ABOVE, _BELOW, _RIGHT = 26.0, 40.0, 14.0  # pt around the lines, for titles and numbers
_SIZE, _TITLE_SIZE = 8.5, 10.0  # pt
_GRAY, _LINE = "#57606a", "#c9ced6"
_TICK = 3.0  # pt
_LEGEND = 20.0  # pt, of the row that tells what colors stand for


@dataclass(frozen=True)
class Series:
    """Numbers of one kind; None where there is a gap.

    Parameters
    ----------
    label : str
        In the legend; an empty one is not there.
    x, y : sequence of float or None
    color : str
        As ``"#0072b2"``.
    line : bool
        Whether the numbers are joined.
    dashed : bool
    opacity : float
        Of the dots.
    """

    label: str
    x: Sequence[Number]
    y: Sequence[Number]
    color: str
    line: bool = True
    dashed: bool = False
    opacity: float = 1.0

    @property
    def places(self) -> list[list[tuple[float, float]]]:
        """Stretches of numbers without a gap."""
        stretches: list[list[tuple[float, float]]] = [[]]
        for x, y in zip(self.x, self.y, strict=True):
            if x is not None and y is not None and isfinite(x) and isfinite(y):
                stretches[-1].append((x, y))
            elif stretches[-1]:
                stretches.append([])
        return [stretch for stretch in stretches if stretch]


@dataclass(frozen=True)
class Bar:
    """A bar from 0 on, in a row of the panel."""

    row: float
    value: float
    color: str
    thickness: float = 0.6
    label: str = ""


@dataclass(frozen=True)
class Panel:
    """A chart.

    Parameters
    ----------
    title, x_label, y_label : str
    series : sequence of Series
    bars : sequence of Bar
    rows : sequence of str
        What is written at the rows 0, 1, ... from the top down, where y counts rows.
    x_limits, y_limits : (float, float), optional
        None for those of the numbers, from 0 on.
    factors : bool
        Whether x is told by factors of 2.
    marks : sequence of (float, str, str)
        x, color and label of upright lines.
    legend : bool
        Whether what its colors stand for is told, above all panels.
    """

    title: str
    x_label: str
    y_label: str = ""
    series: Sequence[Series] = ()
    bars: Sequence[Bar] = ()
    rows: Sequence[str] = ()
    x_limits: tuple[float, float] | None = None
    y_limits: tuple[float, float] | None = None
    factors: bool = False
    marks: Sequence[tuple[float, str, str]] = ()
    legend: bool = False


@dataclass(frozen=True)
class Table:
    """Numbers in cells, the larger the darker."""

    title: str
    x_label: str
    y_label: str
    names: Sequence[str]
    values: Sequence[Sequence[Number]]


@dataclass(frozen=True)
class Plot:
    """Panels in rows of so many; `left` is the room in points for what is written at their left."""

    panels: Sequence[Panel | Table]
    columns: int
    height: float
    left: float = 52.0
    between: float | None = None

    def draw(self) -> Sheet:
        """Lay all panels out on a sheet."""
        rows = ceil(len(self.panels) / self.columns)
        named = [panel for panel in self.panels if isinstance(panel, Panel) and panel.legend]
        top = _LEGEND if named else 0.0
        sheet = Sheet(WIDTH, top + rows * self.height)
        for one in named:
            _draw_legend(sheet, one, self.left)
        between = self.left if self.between is None else self.between
        width = (WIDTH - self.left - _RIGHT - between * (self.columns - 1)) / self.columns
        for number, panel in enumerate(self.panels):
            row, column = divmod(number, self.columns)
            corner = self.left + column * (width + between), top + row * self.height + _ABOVE
            box = _Box(*corner, width, self.height - _ABOVE - _BELOW)
            if isinstance(panel, Table):
                _draw_table(sheet, panel, box)
            else:
                _draw(sheet, panel, box)
        return sheet


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    width: float
    height: float


def _draw(sheet: Sheet, panel: Panel, box: _Box) -> None:
    x, y = _scales(panel, box)
    bottom, parts = box.top + box.height, sheet.parts
    _frame(sheet, panel, box)
    for tick in x.ticks(6):
        parts.append(Path([(x(tick), bottom), (x(tick), bottom + _TICK)], _GRAY, 0.6))
        place = x(tick), bottom + _TICK + _SIZE
        parts.append(Text(place, f"{tick:g}", _SIZE, _GRAY, anchor=0.5))
    names = list(enumerate(panel.rows)) if panel.rows else [(t, f"{t:g}") for t in y.ticks(5)]
    for tick, name in names:
        parts.append(Path([(box.left - _TICK, y(tick)), (box.left, y(tick))], _GRAY, 0.6))
        place = box.left - _TICK - 2, y(tick) + _SIZE / 3
        parts.append(Text(place, name, _SIZE, _GRAY, anchor=1.0))
    for at, color, _ in panel.marks:
        parts.append(Path([(x(at), box.top), (x(at), bottom)], color, 1.2))
    for bar in panel.bars:
        top, low = y(bar.row - bar.thickness / 2), y(bar.row + bar.thickness / 2)
        corners = [(x(0), top), (x(bar.value), top), (x(bar.value), low), (x(0), low)]
        parts.append(Path(corners, bar.color))
    for series in panel.series:
        _draw_series(sheet, series, x, y)


def _draw_series(sheet: Sheet, series: Series, x: Scale, y: Scale) -> None:
    dash = (5.0, 3.0) if series.dashed else None
    for stretch in series.places:
        places = [(x(a), y(b)) for a, b in stretch]
        if series.line and len(places) > 1:
            sheet.parts.append(Path(places, series.color, 1.5, dash))
        if not series.line or len(places) <= 40:
            sheet.parts += [Dot(place, 2.0, series.color, series.opacity) for place in places]


def _scales(panel: Panel, box: _Box) -> tuple[Scale, Scale]:
    found = [place for series in panel.series for part in series.places for place in part]
    across = [x for x, _ in found] + [bar.value for bar in panel.bars] + [m[0] for m in panel.marks]
    up = [y for _, y in found]
    if panel.bars:
        across.append(0)
    x_limits = panel.x_limits or (min(across, default=0), 1.04 * max(across, default=1) or 1)
    y_limits = panel.y_limits or (0, 1.05 * max(up, default=1) or 1)
    if panel.rows:
        y_limits = len(panel.rows) - 0.4, -0.6  # from the bottom up
    x = Scale(x_limits[0], x_limits[1], box.left, box.width, panel.factors)
    return x, Scale(y_limits[0], y_limits[1], box.top + box.height, -box.height)


def _frame(sheet: Sheet, panel: Panel | Table, box: _Box) -> None:
    bottom, middle = box.top + box.height, box.left + box.width / 2
    corner = [(box.left, box.top), (box.left, bottom), (box.left + box.width, bottom)]
    sheet.parts += [
        Path(corner, _LINE, 0.8),
        Text((middle, box.top - 9), panel.title, _TITLE_SIZE, anchor=0.5, bold=True),
        Text((middle, bottom + 28), panel.x_label, _SIZE + 0.5, anchor=0.5),
    ]
    if panel.y_label:
        place = box.left - 36, box.top + box.height / 2
        sheet.parts.append(Text(place, panel.y_label, _SIZE + 0.5, anchor=0.5, turn=90))


def _draw_legend(sheet: Sheet, panel: Panel, left: float) -> None:
    """Name series, bars and marks in a row above the panels, each once."""
    labels: dict[str, tuple[str, bool]] = {}
    for series in panel.series:
        labels.setdefault(series.label, (series.color, series.dashed))
    for bar in panel.bars:
        labels.setdefault(bar.label, (bar.color, False))
    for _, color, label in panel.marks:
        labels.setdefault(label, (color, False))
    labels.pop("", None)
    for label, (color, dashed) in labels.items():
        dash = (5.0, 3.0) if dashed else None
        sheet.parts.append(Path([(left, _LEGEND / 2), (left + 16, _LEGEND / 2)], color, 2.0, dash))
        sheet.parts.append(Text((left + 20, _LEGEND / 2 + _SIZE / 3), label, _SIZE))
        left += 36 + text_width(label, _SIZE)


def _draw_table(sheet: Sheet, table: Table, box: _Box) -> None:
    count = len(table.names)
    width, height = box.width / count, box.height / count
    known = [value for row in table.values for value in row if value is not None]
    most = max(known, default=0.0) or 1.0
    _frame(sheet, table, box)
    for row, values in enumerate(table.values):
        middle = box.top + (row + 0.5) * height
        name = Text((box.left - 5, middle + 3), table.names[row], _SIZE, _GRAY, anchor=1.0)
        sheet.parts.append(name)
        for column, value in enumerate(values):
            left, top = box.left + column * width, box.top + row * height
            cell = [(left, top), (left + width, top)]
            cell += [(left + width, top + height), (left, top + height)]
            share = 0.0 if value is None else 0.55 * max(value, 0) / most
            sheet.parts.append(Path(cell, "#0072b2", opacity=round(share, 3)))
            told = "–" if value is None else f"{value:.3g}"
            sheet.parts.append(Text((left + width / 2, middle + 3), told, _TITLE_SIZE, anchor=0.5))
    for column, name_below in enumerate(table.names):
        place = box.left + (column + 0.5) * width, box.top + box.height + _TICK + _SIZE
        sheet.parts.append(Text(place, name_below, _SIZE, _GRAY, anchor=0.5))
