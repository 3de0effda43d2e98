"""The code keeps to the order of its rooms: each imports only what stands above it, or its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "featmatch"
ORDER = (
    "errors | version | loading",
    "checks | plain | blas | escaping | memory",
    "threads | files",
    "npy",
    "archives",
    "types | matrices",
    "frames",
    "images",
    "processes",
    "nn",
    "features | matching",
    "geometry",
    "learned.network",
    "learned.extraction",
    "learned.training",
    "verification",
    "report.drawing | report.page",
    "report.touch",
    "report.match",
    "result",
    "second_look | fine_first",
    "mirror",
    "pipeline",
    "methods",
    "auto",
    "crops",
    "api",
    "report.alignment",
    "evaluation.metrics",
    "evaluation.bench",
    "alignment | compare | explaining | collection",
    "report.training | report.bench | report.comparison | report.explaining | report.collection",
    "collection.collect | collection.merge | collection.import_features",
    "commands",
)
RANKS = {room: rank for rank, row in enumerate(ORDER) for room in row.split(" | ")}
PACKAGES = {"featmatch", "featmatch.nn", "featmatch.report"}  # whose names load when they are used
SOURCES = {
    ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def imported_by(source, modules):
    """Modules of featmatch that a source names in an import: at its top, late, or for types."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                found.add(inner if inner in modules else node.module)
    return {name for name in found if name.split(".")[0] == "featmatch"}


def room_of(module):
    """The longest beginning of a module's name that is a room; empty for a package around rooms."""
    parts = module.split(".")[1:]
    names = [".".join(parts[:length]) for length in (2, 1)]
    return next((name for name in names if name in RANKS), "")


def offenses(module, source):
    """What a source, as `module`, imports against the order."""
    room = room_of(module)
    others = {other: room_of(other) for other in imported_by(source, SOURCES)}
    return [
        f"{module} imports {other}"
        for other, its_room in sorted(others.items())
        if its_room != room and not (its_room and RANKS[its_room] < RANKS[room])
    ]


def first_circle(imports):
    """Modules that import each other in a circle; none if there is no circle."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_every_module_keeps_to_the_order():
    wrong = []
    for module, path in SOURCES.items():
        if module in ("featmatch", "featmatch.__main__", "featmatch.report"):
            continue
        if not room_of(module):
            source = ast.parse(path.read_text(encoding="utf-8"))
            assert len(source.body) == 1, f"{module} is a package around rooms: only a docstring"
            continue
        wrong += offenses(module, path.read_text(encoding="utf-8"))
    assert wrong == []


def test_every_room_has_modules():
    assert {room_of(module) for module in SOURCES} - {""} == set(RANKS)


def test_no_modules_import_each_other_in_a_circle():
    imports = {
        module: imported_by(path.read_text(encoding="utf-8"), SOURCES) - PACKAGES
        for module, path in SOURCES.items()
    }
    assert first_circle(imports) == []


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("featmatch.types", "import featmatch.images.mask", ["featmatch.images.mask"]),
        ("featmatch.features.orb", "from featmatch.matching import x", ["featmatch.matching"]),
        ("featmatch.geometry.search", "try:\n    import featmatch\nexcept E: pass", ["featmatch"]),
        ("featmatch.images.image", "def f():\n    from featmatch.api import x", ["featmatch.api"]),
        (
            "featmatch.images.image",
            "if TYPE_CHECKING:\n    import featmatch.api",
            ["featmatch.api"],
        ),
        ("featmatch.report.match.text", "import featmatch.result", ["featmatch.result"]),
        ("featmatch.result", "def f():\n    import featmatch.report.match.text", []),
        ("featmatch.features.orb", "from featmatch.features.sift import x\nimport os.path", []),
        ("featmatch.commands.match", "import featmatch.api as a, featmatch.report.match.save", []),
    ],
)
def test_offenses_are_seen(module, source, wrong):
    assert offenses(module, source) == [f"{module} imports {other}" for other in wrong]


def test_circles_are_seen():
    assert first_circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert set(first_circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}


LIGHT = {
    "import": "import featmatch",
    "registry": "import featmatch; featmatch.METHODS['cnn']",
    "orb": "import featmatch, numpy; a = numpy.eye(99); featmatch.match(a, a, method='orb')",
}
HEAVY = ("matplotlib", "PIL", "click", "scipy", "featmatch.nn.tensor", "featmatch.learned.network")


def loaded_by(program, modules):
    """Those of modules that a program loads."""
    run = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-c"),
            f"import sys; {program}; print(*[m for m in {modules} if m in sys.modules])",
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.split()


@pytest.mark.parametrize("program", LIGHT.values(), ids=LIGHT)
def test_import_stays_light(program):
    """Pillow, matplotlib, the command line and networks load when they are first used."""
    assert loaded_by(program, HEAVY) == []


def test_a_comparison_and_its_page_need_no_matplotlib():
    """Loading it takes longer than the page."""
    assert loaded_by("import featmatch.commands.compare_cnn", ("matplotlib",)) == []
