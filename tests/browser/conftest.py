"""A real browser, opened once: Debian's chromium, driven by selenium."""

from __future__ import annotations

import shutil

import pytest
from browser import Browser, start


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    driver = start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture
def browser(driver, tmp_path):
    """Pages opened by a test; at its end, none of them may have complained or asked the network."""
    browser = Browser(driver, tmp_path)
    browser.forget()
    yield browser
    browser.run("try { localStorage.clear() } catch {}")  # a chosen theme is remembered
    assert browser.complaints() == []
    assert browser.requests() == []
    shutil.rmtree(tmp_path, ignore_errors=True)
