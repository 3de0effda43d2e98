"""Numbers and names as the verdict writes them."""

from __future__ import annotations

from collections.abc import Sequence

from featmatch.evaluation.metrics.bootstrap import Interval

_NAMES = {"orb": "ORB", "sift": "SIFT", "cnn": "the network"}


def called(name: str) -> str:
    """Return what a sentence calls a contender."""
    return _NAMES.get(name, name)


def of(name: str) -> str:
    """Return a contender's name as a possessive: ORB's."""
    return f"{called(name)}'s"


def listed(items: Sequence[str]) -> str:
    """Join items as in a sentence: a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def percent(share: float) -> str:
    """Write a share of 1 in percent; what is neither none nor all is never called 0 % or 100 %."""
    whole = round(100 * share)
    if whole == 0 and share > 0:
        return "less than 1 %"
    if whole == 100 and share < 1:
        return "more than 99 %"
    return f"{whole} %"


def percent_between(share: float, interval: Interval) -> str:
    """Write a measured share in percent, with its interval where it has one."""
    if interval.low is None or interval.high is None:
        return percent(share)
    return f"{percent(share)} ({100 * interval.low:.0f} to {100 * interval.high:.0f})"


def pixels(error: float) -> str:
    """Write a length in pixels to two digits, or whole if it is long."""
    return f"{error:,.0f} px" if error >= 10 else f"{error:.2g} px"


def sentence(text: str) -> str:
    """Begin with a capital letter and end with a full stop."""
    return f"{text[0].upper()}{text[1:]}."
