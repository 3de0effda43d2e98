"""The names that `import featmatch` and its packages give, loaded when they are first used."""

from __future__ import annotations

import ast
import subprocess
import sys
from inspect import isclass
from pathlib import Path

import pytest

import featmatch

PACKAGES = (featmatch, featmatch.nn, featmatch.report)
every_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)


def stub_of(package):
    """Return what type checkers read: the module and the names of each import."""
    tree = ast.parse(Path(package.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    return [(node.module, alias.name, alias.asname) for node in tree.body for alias in node.names]


@every_package
def test_every_name_of_the_stub_is_given_as_it_is_defined(package):
    stub = stub_of(package)
    wrong = [
        name
        for module, name, given in stub
        if given != name
        or getattr(package, name) is not vars(sys.modules[module])[name]
        or name not in dir(package)
    ]
    assert wrong == []
    assert package.__all__ == sorted(name for _, name, _ in stub)


@every_package
def test_every_class_and_function_has_a_docstring_that_was_written(package):
    """Python gives dataclasses without one their signature instead."""
    values = {name: getattr(package, name) for name in package.__all__}
    docstrings = {name: value.__doc__ or "" for name, value in values.items() if callable(value)}
    assert len(docstrings) >= len(values) - 2 or package is featmatch.report
    bare = [name for name, text in docstrings.items() if not text or text.startswith(f"{name}(")]
    assert bare == []


@every_package
def test_every_method_and_property_has_a_docstring(package):
    classes = [value for name in package.__all__ if isclass(value := getattr(package, name))]
    bare = [
        f"{kind.__name__}.{name}"
        for kind in classes
        for name, member in vars(kind).items()
        if name[0] != "_" and (callable(member) or isinstance(member, property))
        if not member.__doc__
    ]
    assert bare == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'featmatch' has no attribute 'Matchr'"):
        _ = featmatch.Matchr


@every_package
def test_star_import_gives_the_public_names(package):
    code = f"from {package.__name__} import *; print(*globals())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    given = [name for name in told.stdout.split() if name in package.__all__ or name[0] != "_"]
    assert sorted(given) == package.__all__
