"""What a terminal or a spreadsheet would act on is escaped, everything else stays as it is."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from featmatch.escaping import printable, spreadsheet_cell


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("two\nlines\r\tand a tab", r"two\nlines\r\tand a tab"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("gpj.\u202eexe\u2066", r"gpj.\u202eexe\u2066"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("n\udcffo", r"n\udcffo"),
    ],
)
def test_what_a_terminal_acts_on_is_escaped_as_repr_does(text, escaped):
    assert printable(text) == escaped


@pytest.mark.parametrize(
    "text",
    ["", "plain", "back\\slash 'quoted'", "写真 Ünïcödé", "nar\u202frow\u3000wide\xa0space", "😀"],
)
def test_letters_and_spaces_of_all_kinds_stay(text):
    assert printable(text) == text


def test_no_control_character_is_forgotten():
    control = ("Cc", "Cf", "Cs", "Zl", "Zp")
    letters = (chr(code) for code in range(sys.maxunicode + 1))
    left = [
        one for one in letters if unicodedata.category(one) in control and printable(one) == one
    ]
    assert left == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@cmd", "\t=1", "\r=1"])
def test_a_formula_becomes_a_text(text):
    assert spreadsheet_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "'=1", " =1", "a@b"])
def test_other_cells_stay(text):
    assert spreadsheet_cell(text) == text
