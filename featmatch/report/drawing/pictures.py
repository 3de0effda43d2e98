"""Figures in files: the same figure gives the same bytes, on any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from os import PathLike
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING

from featmatch.files import check_ending, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class PictureForm:
    """How Matplotlib writes one kind of picture.

    Parameters
    ----------
    unwritten : str
        What it would write into the file that is not the same each time or on each computer.
    backend : str or None
        What writes it; None for Matplotlib's own choice.
    """

    unwritten: str
    backend: str | None = None


PICTURES: Mapping[str, PictureForm] = MappingProxyType(
    {
        ".png": PictureForm("Software"),
        ".svg": PictureForm("Date", "module://featmatch.report.drawing.svg"),
        ".pdf": PictureForm("CreationDate"),
    }
)
"""Ending -> form of the picture."""

_one_at_a_time = RLock()  # all of Matplotlib's figures share its fonts and its parser of formulas


def picture_bytes(figure: Figure, ending: str, *, dpi: float | None = None) -> bytes:
    """Draw a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    ending : str
        One of `PICTURES`.
    dpi : float, optional
        Pixels an inch; None takes the figure's own.

    Returns
    -------
    bytes
        The file.
    """
    form, content = PICTURES[ending], BytesIO()
    with _one_at_a_time:
        figure.savefig(
            content,
            format=ending[1:],
            metadata={form.unwritten: None},
            backend=form.backend,
            dpi="figure" if dpi is None else dpi,
        )
    return content.getvalue()


def save_picture(figure: Figure, path: str | PathLike[str]) -> None:
    """Draw a figure into a file, whole or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or path
        Ending in .png, .svg or .pdf.

    Raises
    ------
    ArgumentError
        The ending is another.
    OutputError
        The file cannot be written.
    """
    ending = check_ending("path", path, tuple(PICTURES))
    write_whole(path, picture_bytes(figure, ending))
