"""Numbers and names as the verdict writes them."""

from __future__ import annotations

from collections.abc import Sequence

from featmatch.compare.seed_errors import SeedErrors
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


def count_between(count: Interval) -> str:
    """Write a count with its interval, where it has one."""
    if count.low is None or count.high is None:
        return f"{count.value or 0:,.0f}"
    return f"{count.value:,.0f} ({count.low:,.0f} to {count.high:,.0f})"


def over_seeds(errors: SeedErrors) -> str:
    """Write errors over seeds: the median and the range, if it is one, or how many failed."""
    if errors.median is None or errors.low is None or errors.high is None:
        return "failed" if errors.num_seeds else "not known"
    least, most = f"{errors.low:.2g}", f"{errors.high:.2g}"
    if errors.num_failed:
        return f"{pixels(errors.median)} ({errors.num_failed} of {errors.num_seeds} failed)"
    return pixels(errors.median) + (f" ({least} to {most})" if least != most else "")


def pixels(error: float) -> str:
    """Write a length in pixels to two digits, or whole if it is long."""
    return f"{error:,.0f} px" if error >= 10 else f"{error:.2g} px"


def sentence(text: str) -> str:
    """Begin with a capital letter and end with a full stop."""
    return f"{text[0].upper()}{text[1:]}."
