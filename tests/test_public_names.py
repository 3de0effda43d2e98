"""The names that `import featmatch` gives, loaded when they are first used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import featmatch

PACKAGES = (featmatch, featmatch.nn, featmatch.report)


@pytest.mark.parametrize(
    ("package", "name"), [(package, name) for package in PACKAGES for name in package.__all__]
)
def test_every_public_name_loads(package, name):
    assert getattr(package, name) is not None
    assert name in dir(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_what_type_checkers_read_is_what_is_loaded(package):
    source = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    stated = {
        (node.module.removeprefix(f"{package.__name__}."), alias.name)
        for statement in source.body
        if isinstance(statement, ast.If)
        for node in statement.body
        for alias in node.names
    }
    loaded = {(module, name) for module, names in package._NAMES_IN.items() for name in names}
    assert stated == loaded
    assert sorted(name for _, name in loaded) == sorted(package.__all__)


def test_public_names_have_docstrings():
    for name in set(featmatch.__all__) - {"METHODS", "__version__"}:
        assert getattr(featmatch, name).__doc__, name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'featmatch' has no attribute 'Matchr'"):
        _ = featmatch.Matchr


def test_star_import_gives_the_public_names():
    code = "from featmatch import *; print(match.__module__, Features.__module__)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["featmatch.api", "featmatch.types"]
