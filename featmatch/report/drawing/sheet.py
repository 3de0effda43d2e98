"""Lines, areas, dots and texts on a sheet, written as SVG or as PDF: charts in a few milliseconds.

The PDF is of version 1.4, with Helvetica, one of the fonts that every reader has, and without a
date: the same sheet gives the same bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import cos, radians, sin
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]

_FONT = "Helvetica, Arial, sans-serif"
_WIDTHS = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
"""Of Helvetica's letters from the space on, in thousandths of the size (Adobe's font metrics)."""
_USUAL_WIDTH = 556
_CIRCLE = 0.5523  # of the radius: where the curves of a circle have their handles


@dataclass(frozen=True)
class Path:
    """Straight lines from point to point, or the area that they enclose."""

    points: Sequence[Point]
    color: str
    width: float = 0.0
    dash: tuple[float, float] | None = None
    opacity: float = 1.0

    @property
    def filled(self) -> bool:
        """Whether it is an area: a line has a width."""
        return self.width == 0


@dataclass(frozen=True)
class Dot:
    """A disc."""

    center: Point
    radius: float
    color: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Text:
    """A line of letters.

    `anchor` is 0 where it begins at the place, 0.5 where it has its middle there, 1 where its end;
    `turn` is in degrees against the clock.
    """

    place: Point
    letters: str
    size: float
    color: str = "#1b1f24"
    anchor: float = 0.0
    turn: float = 0.0
    bold: bool = False


@dataclass
class Sheet:
    """What is drawn, in points of 1/72 inch from the upper left corner.

    Parameters
    ----------
    width, height : float
    parts : list of Path, Dot and Text
        In the order in which they are drawn.
    """

    width: float
    height: float
    parts: list[Path | Dot | Text] = field(default_factory=list)

    def svg(self) -> bytes:
        """Write it as SVG, with texts as texts."""
        inner = "\n".join(map(_as_svg, self.parts))
        size = f'width="{self.width:g}pt" height="{self.height:g}pt"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {self.width:g} '
            f'{self.height:g}" font-family="{_FONT}">\n<rect width="100%" height="100%" '
            f'fill="#ffffff"/>\n{inner}\n</svg>\n'
        ).encode()

    def pdf(self) -> bytes:
        """Write it as a PDF of one page."""
        opacities = sorted({getattr(part, "opacity", 1.0) for part in self.parts})
        states = {opacity: f"/G{number}" for number, opacity in enumerate(opacities)}
        drawing = "\n".join(_as_pdf(part, self.height, states) for part in self.parts)
        stream = zlib.compress(drawing.encode("cp1252", "replace"), 9)
        shades = " ".join(f"{name} << /ca {opacity:g} >>" for opacity, name in states.items())
        fonts = " ".join(
            f"/F{number} << /Type /Font /Subtype /Type1 /BaseFont /{name} "
            "/Encoding /WinAnsiEncoding >>"
            for number, name in enumerate(("Helvetica", "Helvetica-Bold"))
        )
        return _pdf_file(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {self.width:g} {self.height:g}] "
                f"/Contents 4 0 R /Resources << /Font << {fonts} >> /ExtGState << {shades} >> >> "
                ">>".encode(),
                f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n".encode()
                + stream
                + b"\nendstream",
            ]
        )


def text_width(letters: str, size: float) -> float:
    """Tell how wide a text is in Helvetica."""
    places = (ord(letter) - ord(" ") for letter in letters)
    widths = (_WIDTHS[place] if 0 <= place < len(_WIDTHS) else _USUAL_WIDTH for place in places)
    return size * sum(widths) / 1000


def _as_svg(part: Path | Dot | Text) -> str:
    if isinstance(part, Text):
        x, y = part.place
        anchor = {0.0: "start", 0.5: "middle", 1.0: "end"}[part.anchor]
        turn = f' transform="rotate({-part.turn:g} {x:.2f} {y:.2f})"' if part.turn else ""
        bold = ' font-weight="bold"' if part.bold else ""
        return (
            f'<text x="{x:.2f}" y="{y:.2f}" font-size="{part.size:g}" fill="{part.color}" '
            f'text-anchor="{anchor}"{bold}{turn}>{escape(part.letters)}</text>'
        )
    opacity = "" if part.opacity == 1 else f' opacity="{part.opacity:g}"'
    if isinstance(part, Dot):
        x, y = part.center
        place = f'cx="{x:.2f}" cy="{y:.2f}" r="{part.radius:g}"'
        return f'<circle {place} fill="{part.color}"{opacity}/>'
    points = "L".join(f"{x:.2f} {y:.2f}" for x, y in part.points)
    if part.filled:
        return f'<path d="M{points}Z" fill="{part.color}"{opacity}/>'
    dash = f' stroke-dasharray="{part.dash[0]:g} {part.dash[1]:g}"' if part.dash else ""
    return (
        f'<path d="M{points}" fill="none" stroke="{part.color}" '
        f'stroke-width="{part.width:g}"{dash}{opacity}/>'
    )


def _as_pdf(part: Path | Dot | Text, height: float, states: dict[float, str]) -> str:
    """Write the operators that draw a part; y goes up in PDF."""
    red, green, blue = (int(part.color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    color = f"{red:.3f} {green:.3f} {blue:.3f}"
    if isinstance(part, Text):
        return _text_as_pdf(part, height, color)
    state = f"{states[part.opacity]} gs"
    if isinstance(part, Dot):
        (x, y), r = part.center, part.radius
        y, k = height - y, _CIRCLE * part.radius
        curves = (
            f"{x + r:.2f} {y:.2f} m "
            f"{x + r:.2f} {y + k:.2f} {x + k:.2f} {y + r:.2f} {x:.2f} {y + r:.2f} c "
            f"{x - k:.2f} {y + r:.2f} {x - r:.2f} {y + k:.2f} {x - r:.2f} {y:.2f} c "
            f"{x - r:.2f} {y - k:.2f} {x - k:.2f} {y - r:.2f} {x:.2f} {y - r:.2f} c "
            f"{x + k:.2f} {y - r:.2f} {x + r:.2f} {y - k:.2f} {x + r:.2f} {y:.2f} c"
        )
        return f"q {state} {color} rg {curves} f Q"
    points = [f"{x:.2f} {height - y:.2f}" for x, y in part.points]
    path = f"{points[0]} m " + " ".join(f"{point} l" for point in points[1:])
    if part.filled:
        return f"q {state} {color} rg {path} h f Q"
    dash = f"[{part.dash[0]:g} {part.dash[1]:g}] 0 d " if part.dash else ""
    return f"q {state} {dash}{color} RG {part.width:g} w 1 j {path} S Q"


def _text_as_pdf(part: Text, height: float, color: str) -> str:
    c, s = cos(radians(part.turn)), sin(radians(part.turn))
    back = part.anchor * text_width(part.letters, part.size)
    x, y = part.place[0] - c * back, height - part.place[1] - s * back
    letters = part.letters
    for special in "\\()":
        letters = letters.replace(special, f"\\{special}")
    matrix = f"{c:.4f} {s:.4f} {-s:.4f} {c:.4f} {x:.2f} {y:.2f} Tm"
    return f"q {color} rg BT /F{int(part.bold)} {part.size:g} Tf {matrix} ({letters}) Tj ET Q"


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    """Put numbered objects into a file, with the table of where each begins."""
    content, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        starts.append(len(content))
        content += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    places = "".join(f"{start:010d} 00000 n \n" for start in starts)
    size = len(objects) + 1
    return (
        content
        + (
            f"xref\n0 {size}\n0000000000 65535 f \n{places}trailer\n"
            f"<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(content)}\n%%EOF\n"
        ).encode()
    )
