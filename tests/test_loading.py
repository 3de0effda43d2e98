"""Names that are loaded when they are first used."""

from __future__ import annotations

import sys

import pytest

from featmatch.loading import load_names


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package ``fruit``: ``apple`` has a name for it, and ``pear`` lacks something."""
    folder = tmp_path / "fruit"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "apple.py").write_text("core = ['pip']\n")
    (folder / "pear.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "fruit"
    for name in [name for name in sys.modules if name.split(".")[0] == "fruit"]:
        del sys.modules[name]


def test_a_name_is_loaded_once_and_kept(package):
    __import__(package)
    load = load_names(package, {"apple": ("core",)})
    assert "fruit.apple" not in sys.modules
    core = load("core")
    assert core == ["pip"]
    assert sys.modules[package].core is core


def test_other_names_are_modules_of_the_package(package):
    assert load_names(package, {})("apple").core == ["pip"]


def test_an_unknown_name_is_no_attribute(package):
    with pytest.raises(AttributeError, match="module 'fruit' has no attribute 'plum'"):
        load_names(package, {})("plum")


def test_a_module_that_lacks_a_package_says_so(package):
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        load_names(package, {})("pear")
