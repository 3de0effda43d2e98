"""Photographs to work on, and the table of all comparisons at the end of the run."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import pytest
from recorded import record

SAMPLES = Path(__file__).parents[2] / "samples"
PAIRS = ("poster", "gallery", "room")
PHOTO_SIZE = 1600, 1200
SLACK = float(os.environ.get("FEATMATCH_BENCHMARK_SLACK", "1"))
RECORD = os.environ.get("FEATMATCH_BENCHMARK_RECORD")

COMPARISONS = pytest.StashKey[list]()


def pytest_configure(config):
    config.stash[COMPARISONS] = []


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory):
    """Keep compiled modules, as installed packages do, also where Python was told not to."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        environment.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("compiled")))
        yield


@pytest.fixture
def hold(request):
    """Put a comparison into the table and judge it."""

    def check(comparison):
        request.config.stash[COMPARISONS].append(comparison)
        assert comparison.holds(SLACK), str(comparison)

    return check


@pytest.fixture(scope="session")
def samples():
    """Paths of the pairs of samples at their own size of 900 x 675."""
    return [(SAMPLES / f"{name}_0.jpg", SAMPLES / f"{name}_1.jpg") for name in PAIRS]


@pytest.fixture(scope="session")
def photographs(samples, tmp_path_factory):
    """Paths of the same pairs enlarged to the size that photographs are worked on at."""
    folder = tmp_path_factory.mktemp("photographs")

    def enlarge(path):
        image = cv2.imread(str(path))
        enlarged = cv2.resize(image, PHOTO_SIZE, interpolation=cv2.INTER_CUBIC)
        assert cv2.imwrite(str(folder / path.name), enlarged)
        return folder / path.name

    return [(enlarge(path0), enlarge(path1)) for path0, path1 in samples]


def pytest_terminal_summary(terminalreporter, config):
    comparisons = config.stash[COMPARISONS]
    if comparisons:
        terminalreporter.section(f"benchmarks; a time fails beyond {SLACK:g} x its bound")
        terminalreporter.line(f"{'':56} {'ours':>12} {'peer':>12} {'ratio':>7} {'bound':>7}")
    for comparison in comparisons:
        terminalreporter.line(f"{comparison} {comparison.judgment(SLACK)}".rstrip())
    if RECORD and comparisons:
        record(comparisons, Path(RECORD))
