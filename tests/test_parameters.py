"""No function takes more parameters than a reader keeps in mind."""

from __future__ import annotations

import ast
from pathlib import Path

import featmatch

MOST = 7  # `self` and `cls` aside
PACKAGE = Path(featmatch.__file__).parent
STUB = (PACKAGE / "__init__.pyi").read_text(encoding="utf-8")
FRONT_DOOR = (
    *("match", "detect", "bench", "compare_cnn", "verify", "locate", "align"),
    *("collect", "import_features"),
)
"""Flat keywords, converted once to values behind it; so are the options of a command."""


def functions_of(tree, outer=()):
    """Yield (qualified name, node) of every function and method, the nested ones too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from functions_of(node, (*outer, node.name))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield ".".join((*outer, node.name)), node
            yield from functions_of(node, (*outer, node.name))
        else:
            yield from functions_of(node, outer)


def parameters_of(function):
    taken = function.args
    named = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg]
    return [one.arg for one in named if one and one.arg not in ("self", "cls")]


def is_front_door(module, name, function):
    is_public = name in FRONT_DOOR and f"from {module} import {name} as {name}\n" in STUB
    is_command = module.startswith("featmatch.commands.") and any(
        "command" in ast.unparse(decorator) for decorator in function.decorator_list
    )
    return is_public or is_command or name.endswith(".__init__")


def test_no_function_takes_more_than_seven_parameters():
    many, num_functions = [], 0
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for name, function in functions_of(ast.parse(path.read_text(encoding="utf-8"))):
            num_functions += 1
            parameters = parameters_of(function)
            if len(parameters) > MOST and not is_front_door(module, name, function):
                many.append(f"{module}.{name} takes {len(parameters)}")
    assert num_functions > 1000
    assert not many, "\n".join(many)


def test_all_parameters_are_counted():
    (_, function), (name, method) = functions_of(
        ast.parse(
            "def f(a, b=1, /, c=2, *rest, d, e=3, **others): pass\n"
            "class C:\n    @classmethod\n    def of(cls, x): pass\n"
        )
    )
    assert parameters_of(function) == ["a", "b", "c", "d", "e", "rest", "others"]
    assert (name, parameters_of(method)) == ("C.of", ["x"])
