"""Checks of the extractors' options, which OpenCV itself takes as they come."""

from __future__ import annotations

from numbers import Integral, Real


def check_integer(name: str, value: int, low: int, high: int) -> None:
    """Raise unless `value` is an integer from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name}: expected {low:,} to {high:,}, got {value:,}")


def check_number(name: str, value: float, low: float, high: float) -> None:
    """Raise unless `value` is a number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name}: expected {low:g} to {high:g}, got {value:g}")


def check_flag(name: str, value: bool) -> None:
    """Raise unless `value` is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected True or False, got {value!r}")
