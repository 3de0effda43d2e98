"""SVG with texts as texts, and with the same names of its parts every time.

Matplotlib has settings for both, but they hold for all threads: what is drawn elsewhere meanwhile
would change too.
"""

from __future__ import annotations

import codecs
from hashlib import sha256
from typing import Any, BinaryIO

from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG

_SALT = "featmatch"  # of the names, which would be random without
_NAME_LENGTH = 10  # letters, as in Matplotlib's own


class FigureCanvas(FigureCanvasSVG):
    """What Matplotlib looks for in the module of a backend."""

    def print_svg(
        self,
        filename: BinaryIO,
        *,
        bbox_inches_restore: Any = None,
        metadata: dict[str, Any] | None = None,
        **of_other_forms: Any,
    ) -> None:
        """Draw the figure into an open file, as the method of the same name does."""
        figure, dpi = self.figure, self.figure.dpi
        figure.dpi = self.fixed_dpi
        width, height = figure.get_size_inches()
        size = (width * figure.dpi, height * figure.dpi)
        text = codecs.getwriter("utf-8")(filename)
        # Matplotlib has no types for these classes.
        vectors: Any = _Renderer(*size, text, image_dpi=dpi, metadata=metadata)  # type: ignore[no-untyped-call]
        renderer: Any = MixedModeRenderer(  # type: ignore[no-untyped-call]
            figure, width, height, dpi, vectors, bbox_inches_restore=bbox_inches_restore
        )
        figure.draw(renderer)
        renderer.finalize()


class _Renderer(RendererSVG):
    """Does what Matplotlib's own does with "svg.hashsalt" and "svg.fonttype" set."""

    def _make_id(self, type: str, content: object) -> str:
        return type + sha256(f"{_SALT}{content}".encode()).hexdigest()[:_NAME_LENGTH]

    def _draw_text_as_path(self, *args: Any, **options: Any) -> None:
        self._draw_text_as_text(*args, **options)  # type: ignore[no-untyped-call]
