"""How it is told that a file is cut short."""

from __future__ import annotations


def only_some_rows(share: float) -> str:
    """Words for a share of rows that could be read: never 100 %, as some are missing."""
    return f"only {min(99, int(100 * share))} % of its rows could be read"
