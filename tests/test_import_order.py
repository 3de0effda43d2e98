"""The code keeps to the order of its areas: each imports only what stands above it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import featmatch

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "featmatch"
ORDER = (
    "errors | loading | version",
    "files",
    "types",
    "image_files | image_samples",
    "image",
    "mask",
    "nn",
    "processes",
    "features | matching",
    "geometry",
    "learned",
    "verification | result",
    "pipeline",
    "methods",
    "ladder",
    "api",
    "evaluation",
    "compare | basics",
    "report",
    "commands",
    "__init__ | __main__",
)
RANKS = {area: rank for rank, row in enumerate(ORDER) for area in row.split(" | ")}
LATE = {("result", "report")}  # a result draws and saves itself, with code loaded when it does
MODULES = sorted(PACKAGE.rglob("*.py"))


class Imports(ast.NodeVisitor):
    """Modules of featmatch that a source imports at once, and late: inside of functions."""

    def __init__(self, source):
        self.at_once, self.late = set(), set()
        self._found = self.at_once
        self.visit(ast.parse(source))

    def visit_FunctionDef(self, node):
        outer, self._found = self._found, self.late
        self.generic_visit(node)
        self._found = outer

    def visit_AsyncFunctionDef(self, node):
        self.visit_FunctionDef(node)

    def visit_If(self, node):
        names = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
        names |= {n.attr for n in ast.walk(node.test) if isinstance(n, ast.Attribute)}
        for child in node.orelse if "TYPE_CHECKING" in names else [*node.body, *node.orelse]:
            self.visit(child)

    def visit_Import(self, node):
        self._found |= {area_of(name.name) for name in node.names if is_ours(name.name)}

    def visit_ImportFrom(self, node):
        assert node.level == 0, "imports are absolute"
        if node.module == "featmatch":
            self._found |= {name.name if name.name in RANKS else "__init__" for name in node.names}
        elif is_ours(node.module):
            self._found.add(area_of(node.module))


def is_ours(module):
    return module.split(".")[0] == "featmatch"


def area_of(module):
    _, area, *_ = [*module.split("."), "__init__"]
    return area


def area_of_file(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def offences(area, source):
    """What `source`, in `area`, imports against the order."""
    imports = Imports(source)
    wrong = [
        f"{area} imports {other}"
        for other in sorted(imports.at_once - {area})
        if RANKS[other] >= RANKS[area]
    ]
    wrong += [
        f"{area} imports {other} late"
        for other in sorted(imports.late - {area})
        if (area, other) not in LATE
    ]
    return wrong


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_keeps_to_the_order(path):
    area = area_of_file(path)
    assert area in RANKS
    assert offences(area, path.read_text(encoding="utf-8")) == []


def test_modules_are_found():
    assert {"errors", "types", "image", "features", "matching", "geometry", "api", "__init__"} <= {
        area_of_file(path) for path in MODULES
    }


@pytest.mark.parametrize(
    ("area", "source", "wrong"),
    [
        ("types", "import featmatch.image", ["types imports image"]),
        ("features", "from featmatch.matching.nearest import x", ["features imports matching"]),
        ("matching", "from featmatch import features", ["matching imports features"]),
        ("geometry", "try:\n    import featmatch\nexcept E: pass", ["geometry imports __init__"]),
        ("api", "from featmatch import match", ["api imports __init__"]),
        ("image", "class A:\n    from featmatch.mask import x", ["image imports mask"]),
        ("image", "if X:\n    from featmatch.mask import x", ["image imports mask"]),
        ("image", "if TYPE_CHECKING:\n    from featmatch.mask import x", []),
        ("image", "if typing.TYPE_CHECKING:\n    import featmatch.mask", []),
        ("api", "def f():\n    from featmatch.errors import x", ["api imports errors late"]),
        ("result", "def f():\n    from featmatch.report.save import x", []),
        ("result", "from featmatch.report.save import x", ["result imports report"]),
        (
            "pipeline",
            "async def f():\n    import featmatch.report",
            ["pipeline imports report late"],
        ),
        ("features", "from featmatch.features.opencv import x\nimport numpy, os.path", []),
        ("commands", "import featmatch.api as a, featmatch.report.text", []),
    ],
)
def test_offences_are_seen(area, source, wrong):
    assert offences(area, source) == wrong


LIGHT = {
    "import": "import featmatch",
    "registry": "import featmatch; featmatch.METHODS['cnn']",
    "orb": "import featmatch, numpy; a = numpy.eye(99); featmatch.match(a, a, method='orb')",
}
HEAVY = ("matplotlib", "PIL", "click", "scipy", "featmatch.nn.tensor", "featmatch.learned.network")


@pytest.mark.parametrize("program", LIGHT.values(), ids=LIGHT)
def test_import_stays_light(program):
    """Pillow, matplotlib, the command line and networks load when they are first used."""
    run = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-c"),
            f"import sys; {program}; print([m for m in {HEAVY} if m in sys.modules])",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout.strip(), run.stderr) == ("[]", "")


def test_public_names_exist_once():
    assert len(set(featmatch.__all__)) == len(featmatch.__all__)
    for name in featmatch.__all__:
        assert hasattr(featmatch, name)
