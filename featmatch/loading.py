"""Names of a package that are loaded when they are first used, so that importing it is quick."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module


def load_names(package: str, names_in: Mapping[str, Sequence[str]]) -> Callable[[str], object]:
    """Return what is to be the ``__getattr__`` of a package (PEP 562).

    Parameters
    ----------
    package : str
        Its ``__name__``.
    names_in : mapping of str to sequence of str
        Module of the package -> the names in it that are the package's own too. Names of other
        modules of the package are the modules themselves.
    """

    def load(name: str) -> object:
        for module, names in names_in.items():
            if name in names:
                value: object = getattr(import_module(f"{package}.{module}"), name)
                setattr(sys.modules[package], name, value)
                return value
        try:
            return import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{name}":  # the module is there, what it needs is not
                raise
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    return load
