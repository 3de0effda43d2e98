"""Names that others chose, where a terminal or a spreadsheet would act on what is in them."""

from __future__ import annotations

import unicodedata

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    r"""Write control characters as `repr` does, ``\x1b``; letters and spaces of all kinds stay.

    Bytes of a name that are not UTF-8 are written as ``\udc80`` to ``\udcff``.
    """
    return text if text.isprintable() else "".join(map(_printable_letter, text))


def spreadsheet_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula; it does not show it."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _printable_letter(letter: str) -> str:
    shown = letter.isprintable() or unicodedata.category(letter) == "Zs"
    return letter if shown else repr(letter)[1:-1]
