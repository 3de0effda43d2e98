"""What matches alone prove of depth."""

from dataclasses import replace

import numpy as np
from two_view_scenes import SIZE, make_scene

from featmatch.geometry import two_views
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.depth import proves_depth, shows_depth
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import weigh
from featmatch.geometry.two_views import TwoViews


def weighed(scene):
    """The plane and the lines of a scene, and its matches."""
    ratios = np.full(len(scene.points0), 0.7)
    matched = Correspondences(scene.points0, scene.points1, ratios, (SIZE, SIZE))
    plane, lines = (
        weigh(Estimator().estimate(kind, matched), matched)
        for kind in ("homography", "fundamental")
    )
    return plane, lines, matched


def test_a_scene_with_depth_proves_it():
    plane, lines, matched = weighed(make_scene("fundamental", 0, num=300, wrong=0.2))
    plane = replace(plane, log10_false_alarms=-10.0, flaw=None)
    assert shows_depth(plane, lines, matched)
    assert proves_depth(plane, lines, matched)


def test_a_plane_proves_no_depth():
    plane, lines, matched = weighed(make_scene("homography", 0, num=300, wrong=0.2))
    assert not proves_depth(plane, lines, matched)


def test_little_evidence_proves_nothing():
    plane, lines, matched = weighed(make_scene("fundamental", 0, num=300, wrong=0.2))
    plane = replace(plane, log10_false_alarms=-10.0, flaw=None)
    assert not proves_depth(plane, replace(lines, log10_false_alarms=-29.0), matched)
    assert not proves_depth(plane, replace(lines, neighbor_consistency=0.9), matched)
    assert not proves_depth(replace(plane, log10_false_alarms=0.0), lines, matched)


def test_what_was_laid_over_both_images_leaves_it_open():
    scene = make_scene("fundamental", 0, num=300, wrong=0.2)
    plane, lines, matched = weighed(scene)
    plane = replace(plane, log10_false_alarms=-10.0, flaw=None)
    staying = np.random.default_rng(0).uniform(0, min(SIZE), (40, 2))
    both = Correspondences(
        np.vstack([scene.points0, staying]),
        np.vstack([scene.points1, staying]),
        np.full(len(scene.points0) + 40, 0.7),
        (SIZE, SIZE),
    )
    assert proves_depth(plane, lines, matched)
    assert not proves_depth(plane, lines, both)


def test_images_are_not_looked_at_where_lines_suffice(monkeypatch):
    scene = make_scene("fundamental", 0, num=300, wrong=0.2)
    _, _, matched = weighed(scene)
    looked = []
    monkeypatch.setattr(two_views, "see_plane", lambda plane, *_: looked.append(plane) or plane)
    for suffices, proven, num in ((True, True, 0), (True, False, 1), (False, True, 1)):
        looked.clear()
        monkeypatch.setattr(two_views, "proves_depth", lambda *_, proven=proven: proven)
        TwoViews(matched).weigh_models(
            Estimator(), ("homography", "fundamental"), lines_suffice=suffices
        )
        assert len(looked) == num
