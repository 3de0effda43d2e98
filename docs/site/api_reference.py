"""The pages of the API reference: every public name, under the area of the code it comes from.

Below them stand the classes that their fields hold.
"""

from __future__ import annotations

import ast
from pathlib import Path

from held_values import held_classes

import featmatch
from featmatch import nn, report

TITLES = {
    "api": "Match, verify, detect",
    "result": "Results",
    "types": "Values",
    "verification": "A pair and its verification",
    "pipeline": "Pipelines",
    "second_look": "A second look",
    "fine_first": "Fine keypoints first",
    "methods": "Methods",
    "images": "Images",
    "features": "Features",
    "matching": "Matching",
    "geometry": "Geometry",
    "alignment": "Align and locate",
    "collection": "Collections",
    "learned": "Learned features",
    "evaluation": "Measuring methods",
    "compare": "Hand-engineered against learned",
    "explaining": "CNN basics",
    "threads": "Threads",
    "errors": "Errors",
    "version": "Version",
}
"""Area of the code -> title, in the order of the pages. An area without one comes last."""


def api_pages(package: Path) -> dict[str, tuple[str, str]]:
    """Return the pages by their paths in the site: title and Markdown.

    Parameters
    ----------
    package : Path
        The folder of featmatch; its stubs, the ``__init__.pyi``, are the lists of public names.
    """
    names = public_names(package / "__init__.pyi")
    held = held_classes(
        getattr(owner, name)
        for owner in (featmatch, nn, report)
        for _, name in public_names(Path(str(owner.__file__)).with_suffix(".pyi"))
    )
    order = list(TITLES)
    areas = sorted(
        {area_of(module) for module, _ in names} | {area_of(one.__module__) for one in held},
        key=lambda area: (order.index(area) if area in order else len(order), area),
    )
    pages = {}
    for area in areas:
        members = [(module, name) for module, name in names if area_of(module) == area]
        title = TITLES.get(area, area.capitalize())
        content = f"# {title}\n\n{directives('featmatch', members)}{_held(held, area)}"
        pages[f"api/{area}.md"] = title, content
    for package_name, what in {"nn": "The engine", "report": "Reports"}.items():
        names = public_names(package / package_name / "__init__.pyi")
        module = f"featmatch.{package_name}"
        pages[f"api/{package_name}.md"] = (
            f"{what}: {module}",
            f"# {what}: `{module}`\n\n{directives(module, names)}",
        )
    return pages


def _held(classes: list[type], area: str) -> str:
    """Return Markdown that shows the classes of an area that public ones hold."""
    names = [
        f"::: {one.__module__}.{one.__name__}\n"
        for one in classes
        if area_of(one.__module__) == area
    ]
    return "\n".join(["\n## What they hold\n", *names]) if names else ""


def public_names(stub: Path) -> list[tuple[str, str]]:
    """Return the module and the name of each import of a stub, in the stub's order."""
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return [(node.module or "", alias.name) for node in imports for alias in node.names]


def area_of(module: str) -> str:
    """Return the folder or file below featmatch that a module belongs to."""
    return module.split(".")[1]


def directives(package: str, members: list[tuple[str, str]]) -> str:
    """Return Markdown that shows each name with its docstring, as it is imported."""
    return "\n".join(f"::: {package}.{name}\n" for _, name in members)
