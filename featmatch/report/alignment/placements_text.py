"""Where an object was found, in words."""

from __future__ import annotations

from math import degrees

from featmatch.escaping import printable
from featmatch.report.alignment.placed import Located, Placed
from featmatch.report.match.text import confidence_in_words

MOSTLY = 0.7
"""Share of an object's patches that look alike, below which part of it is hidden or has changed."""


def placement_line(placement: Placed) -> str:
    """Tell of one place in one line."""
    left, top, right, bottom = placement.box
    turned = round(degrees(placement.angle), 1) + 0.0  # no minus before zero
    words = (
        f"{right - left:.0f} x {bottom - top:.0f} px at ({left:.0f}, {top:.0f}), "
        f"{placement.scale:.3g} times as large, turned by {turned:.1f} degrees"
    )
    if placement.kind == "depth":
        words += ", with depth: the box of what agrees"
    elif placement.visible < MOSTLY:
        words += f", {100 * placement.visible:.0f} % of it look alike"
    return f"{words}; {confidence_in_words(placement.confidence)} sure"


def placements_line(found: Located) -> str:
    """Tell how often the object was found, in one line."""
    where = f"{len(found.scenes):,} scene{'' if len(found.scenes) == 1 else 's'}"
    if not len(found):
        return f"{printable(found.sought.name)}: not found in {where}"
    times = "once" if len(found) == 1 else f"{len(found):,} times"
    num = sum(bool(found.in_scene(number)) for number in range(len(found.scenes)))
    inside = f"{num:,} of {where}" if len(found.scenes) > 1 else where
    return f"{printable(found.sought.name)}: found {times} in {inside}"


def placements_summary(found: Located) -> str:
    """Tell how often the object was found, then each place, a line each, below its scene."""
    lines = [f"{placements_line(found)}."]
    for number, scene in enumerate(found.scenes):
        placements = found.in_scene(number)
        if placements:
            lines.append(f"  {printable(scene.name)} ({scene.size[0]} x {scene.size[1]})")
            lines += [f"    {placement_line(placement)}" for placement in placements]
    return "\n".join(lines)
