"""What the tests of topics do on their pages, and how they read them."""

from __future__ import annotations

import re

import numpy as np


def numbers_in(text):
    """All numbers of a text, with the page's own minus sign and commas of thousands."""
    plain = text.replace("−", "-").replace(",", "")
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", plain)]


def grid(browser, index):
    """The numbers of one of the page's grids."""
    rows = browser.find_all("table.grid")[index].find_elements("css selector", "tr")
    return np.array([numbers_in(row.get_attribute("innerText")) for row in rows])


def choose(browser, text, of=".segments span"):
    """Click the segment with this text, or another element."""
    (segment,) = (s for s in browser.find_all(of) if s.text == text)
    browser.click(segment)


def slide(browser, label, value):
    script = """arguments[0].value = arguments[1];
        arguments[0].dispatchEvent(new Event("input"))"""
    browser.run(script, browser.find(f'input[type="range"][aria-label="{label}"]'), value)
