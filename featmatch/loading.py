"""Names of a package that are loaded when they are first used, so that importing it is quick.

The package's stub, the ``__init__.pyi`` that type checkers read, is the one list of them: a line
``from package.module import name as name`` for each.
"""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # typing alone would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def load_names(
    package: str,
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return what are to be ``__getattr__``, ``__dir__`` and ``__all__`` of a package (PEP 562).

    Parameters
    ----------
    package : str
        Its ``__name__``; beside its ``__init__.py`` lies the stub. Names that are not in the stub
        are the modules of the package.
    """
    module: Any = sys.modules[package]
    # By its loader, which reads zip files too: importlib.resources would take ten times as long.
    stub = module.__spec__.loader.get_data(f"{module.__path__[0]}/__init__.pyi").decode()
    lines = stub.translate(str.maketrans("(),", "   ")).split("from ")[1:]
    module_of = {name: module for module, _, name, *_ in map(str.split, lines)}
    names = sorted(module_of)

    def load(name: str) -> object:
        if name in module_of:
            value: object = getattr(import_module(module_of[name]), name)
            setattr(sys.modules[package], name, value)
            return value
        try:
            return import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{name}":  # the module is there, what it needs is not
                raise
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    return load, lambda: names, names
