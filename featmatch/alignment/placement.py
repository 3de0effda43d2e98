"""Where an object lies in scenes: each place, and all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_choice, check_number
from featmatch.images.image import Image
from featmatch.types import Points, set_array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PlacementKind = Literal["plane", "depth"]


@dataclass(frozen=True, eq=False)
class Placement:
    """One place where a scene shows an object.

    Parameters
    ----------
    scene : Image
        The scene, made smaller for pictures; its ``size`` is that of the original, to which all
        points belong.
    kind : {"plane", "depth"}
        Whether a homography takes the object there; or, as it has depth, only matches agree.
    outline : (K, 2) float64
        Corners in pixels of the scene: of the object, the one of its top left first, then those of
        its top right, bottom right and bottom left; of something with depth those of the upright
        box around the matches that agree.
    homography : (3, 3) float64 or None
        Maps the object to the scene; None for ``"depth"``.
    scale : float
        Length in the scene of a pixel of the object, in the middle of it.
    angle : float
        By which the object is turned, in radians from the x axis toward the y axis, from -pi to pi.
    confidence : float
        Probability in [0, 1] that the object is shown there.
    log10_false_alarms : float
        Logarithm of the number of such places that a scene without the object would have.
    visible : float
        Share of the object's patches that look alike there, from 0 to 1: about half where half of
        it is hidden. 0 where that is not known, as for ``"depth"``.
    points0, points1 : (M, 2) float64
        The matches that agree, in pixels of the object and of the scene.
    """

    scene: Image
    kind: PlacementKind
    outline: npt.NDArray[np.float64]
    homography: npt.NDArray[np.float64] | None
    scale: float
    angle: float
    confidence: float
    log10_false_alarms: float
    visible: float
    points0: Points
    points1: Points

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, ("plane", "depth"))
        check_number("confidence", self.confidence, 0, 1)
        check_number("visible", self.visible, 0, 1)
        set_array(self, "outline", np.float64, ("K", 2))
        if self.homography is not None:
            set_array(self, "homography", np.float64, (3, 3))
        set_array(self, "points0", np.float64, ("M", 2))
        set_array(self, "points1", np.float64, (len(self.points0), 2))

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the upright box around the outline, in pixels."""
        left, top = self.outline.min(axis=0).tolist()
        right, bottom = self.outline.max(axis=0).tolist()
        return left, top, right, bottom

    @property
    def num_inliers(self) -> int:
        """Number of matches that agree."""
        return len(self.points0)

    def __repr__(self) -> str:
        from featmatch.report.alignment.placements_text import placement_line

        return f"<Placement: {placement_line(self)}>"


class Placements(tuple[Placement, ...]):
    """All places where scenes show an object, the scenes in their order, the surest place first.

    False where there is none.

    Attributes
    ----------
    sought : Image
        The object.
    scenes : tuple of Image
        All that were looked at, made smaller for pictures.
    """

    sought: Image
    scenes: tuple[Image, ...]

    def __new__(
        cls, placements: Iterable[Placement], sought: Image, scenes: Iterable[Image]
    ) -> Placements:
        """Make one; the scenes of the placements are among `scenes`."""
        made = super().__new__(cls, placements)
        made.sought, made.scenes = sought, tuple(scenes)
        return made

    def __getnewargs__(self) -> tuple[tuple[Placement, ...], Image, tuple[Image, ...]]:
        """Tell what copies and pickles are made of."""
        return tuple(self), self.sought, self.scenes

    def in_scene(self, number: int) -> tuple[Placement, ...]:
        """Return those in the scene of this number, from 0."""
        return tuple(one for one in self if one.scene is self.scenes[number])

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers, strings and lists.

        `featmatch.report.PLACEMENTS_JSON_KEYS` explains it.
        """
        from featmatch.report.alignment.placements_document import placements_document

        return placements_document(self)

    def save(self, *paths: str | PathLike[str]) -> None:
        """Write all of it in the forms that the paths' endings ask for, all or none.

        Parameters
        ----------
        paths : str or path
            Ending in .json, .csv, .html, .png, .svg or .pdf.

        Raises
        ------
        ArgumentError
            The ending is none of these.
        OutputError
            A file cannot be written.
        """
        from featmatch.report.alignment.placements_save import save_placements

        save_placements(self, *paths)

    def plot(self) -> Figure:
        """Draw the object, and the scenes that show it with an outline at each place.

        Returns
        -------
        matplotlib.figure.Figure
            Not connected to any window.
        """
        from featmatch.report.alignment.placements_picture import plot_placements

        return plot_placements(self)

    def __repr__(self) -> str:
        from featmatch.report.alignment.placements_text import placements_line

        return f"<Placements: {placements_line(self)}>"

    def _repr_html_(self) -> str:
        from featmatch.report.alignment.placements_notebook import placements_html

        return placements_html(self)
