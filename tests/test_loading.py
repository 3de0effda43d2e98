"""Names that are loaded when they are first used, as the stub of their package lists them."""

from __future__ import annotations

import sys

import pytest

PACKAGE = """from featmatch.loading import load_names

__getattr__, __dir__, __all__ = load_names(__name__)
"""
STUB = """from fruit.apple import core as core
from fruit.apple import pips as pips
from fruit.bowl.orange import (
    peel_that_goes_on_a_line_of_its_own as peel_that_goes_on_a_line_of_its_own,
)
from fruit.pear import stalk as stalk
"""
NAMES = ["core", "peel_that_goes_on_a_line_of_its_own", "pips", "stalk"]


@pytest.fixture
def fruit(tmp_path, monkeypatch):
    """A package with names in two of its modules, and in ``pear``, which lacks something."""
    folder = tmp_path / "fruit"
    (folder / "bowl").mkdir(parents=True)
    (folder / "__init__.py").write_text(PACKAGE)
    (folder / "__init__.pyi").write_text(STUB)
    (folder / "apple.py").write_text("core = ['pip']\npips = 5\n")
    (folder / "bowl" / "__init__.py").write_text("")
    (folder / "bowl" / "orange.py").write_text("peel_that_goes_on_a_line_of_its_own = 'zest'\n")
    (folder / "pear.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield __import__("fruit")
    for name in [name for name in sys.modules if name.split(".")[0] == "fruit"]:
        del sys.modules[name]


def test_a_name_is_loaded_when_it_is_used_and_kept(fruit):
    assert "fruit.apple" not in sys.modules
    core = fruit.core
    assert core == ["pip"]
    assert vars(fruit)["core"] is core
    assert "fruit.bowl.orange" not in sys.modules
    assert fruit.peel_that_goes_on_a_line_of_its_own == "zest"


def test_the_names_are_those_of_the_stub(fruit):
    assert dir(fruit) == fruit.__all__ == NAMES


def test_other_names_are_modules_of_the_package(fruit):
    assert fruit.apple.pips == 5


def test_an_unknown_name_is_no_attribute(fruit):
    with pytest.raises(AttributeError, match="module 'fruit' has no attribute 'plum'"):
        _ = fruit.plum


@pytest.mark.parametrize("name", ["pear", "stalk"])
def test_a_module_that_lacks_a_package_says_so(fruit, name):
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        getattr(fruit, name)
