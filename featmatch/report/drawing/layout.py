"""The layout of charts with several panels, the same each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.layout_engine import ConstrainedLayoutEngine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DECIMALS = 5  # of the figure's width and height: a hundredth of a pixel of a thousand


class RoundedLayout(ConstrainedLayoutEngine):
    """Matplotlib's constrained layout with rounded positions.

    Its solver adds up in the order of its variables' addresses, so the last digits of a position,
    and with them the gray of a letter's edge, depend on what else lies in memory.
    """

    def execute(self, fig: Figure) -> None:
        """Give each of the figure's axes its position."""
        super().execute(fig)
        for axes in fig.axes:
            bounds = np.round(axes.get_position(original=True).bounds, _DECIMALS)
            axes.set_position(bounds)
            axes.set_in_layout(True)  # which set_position ends: a second drawing lays out as well
