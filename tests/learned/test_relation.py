"""What takes points of one image of a pair to the other."""

from __future__ import annotations

import numpy as np

from featmatch.learned.training.relation import NOWHERE, ManyPlanes, OnePlane

SHIFT = np.array([(1.0, 0, 2), (0, 1, 0), (0, 0, 1)])
POINTS = np.array([(1.0, 1.0), (1.4, 5.0), (6.0, 1.0)])


def two_surfaces():
    """Surface 0 on the left stays, surface 1 on the right moves by 2 pixels and hides nothing."""
    surfaces0 = np.zeros((8, 8), int)
    surfaces0[:, 4:] = 1
    surfaces1 = np.zeros((8, 8), int)
    surfaces1[:, 6:] = 1
    return ManyPlanes(np.stack([np.eye(3), SHIFT]), surfaces0, surfaces1)


def test_one_plane_goes_there_and_back():
    relation = OnePlane(SHIFT)
    np.testing.assert_allclose(relation.there(POINTS), POINTS + np.array((2, 0)))
    np.testing.assert_allclose(relation.back(relation.there(POINTS)), POINTS)


def test_each_surface_has_its_own_map():
    relation = two_surfaces()
    np.testing.assert_allclose(relation.there(POINTS[:2]), POINTS[:2])
    np.testing.assert_allclose(relation.there(np.array([(5.0, 3.0)])), [(7, 3)])
    np.testing.assert_allclose(relation.back(np.array([(7.0, 3.0)])), [(5, 3)])


def test_what_leaves_the_image_is_nowhere():
    assert np.isnan(two_surfaces().there(np.array([(6.0, 1.0)]))).all()


def test_what_another_surface_hides_is_nowhere():
    relation = two_surfaces()
    relation.surfaces1[:4] = 1  # surface 1 comes before the upper left
    mapped = relation.there(POINTS[:2])
    assert np.isnan(mapped[0]).all()
    np.testing.assert_allclose(mapped[1], POINTS[1])


def test_a_pixel_of_no_surface_is_nowhere():
    relation = two_surfaces()
    relation.surfaces0[1, 1] = NOWHERE
    assert np.isnan(relation.there(POINTS[:1])).all()


def test_what_is_nowhere_stays_so():
    assert np.isnan(two_surfaces().there(np.array([(np.nan, 1.0), (-5, 3), (3, 80)]))).all()


def test_no_points_are_no_points():
    assert two_surfaces().there(np.empty((0, 2))).shape == (0, 2)
