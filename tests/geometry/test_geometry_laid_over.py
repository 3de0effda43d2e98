"""What stays at the same pixels of two images, by matches and by the images themselves."""

import numpy as np
import pytest
from shared_things import photograph, watermarked

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.laid_over import laid_over, staying_matches
from featmatch.images.view import View

SIZE = (800, 600)


def matched(num_staying, num_others=60, sizes=(SIZE, SIZE)):
    rng = np.random.default_rng(0)
    points0 = rng.uniform((0, 0), SIZE, (num_staying + num_others, 2))
    points1 = rng.permuted(points0, axis=0)
    points1[:num_staying] = points0[:num_staying] + rng.uniform(-0.5, 0.5, (num_staying, 2))
    return Correspondences(points0, points1, sizes=sizes)


def test_many_that_stay_are_no_chance():
    staying = staying_matches(matched(20))
    assert staying[:20].all()
    assert staying[20:].sum() <= 1


@pytest.mark.parametrize("num", [0, 1, 2])
def test_a_few_may_stay_by_chance(num):
    assert staying_matches(matched(num)) is None


def test_images_of_other_sizes_have_nothing_at_the_same_pixels():
    assert staying_matches(matched(20, sizes=(SIZE, (801, 600)))) is None
    assert staying_matches(matched(20, sizes=None)) is None
    assert staying_matches(matched(0, 0)) is None


def test_what_stays_with_the_whole_image_was_not_laid_over_it():
    places = [photograph("unrelated_0.jpg"), photograph("unrelated_1.jpg")]
    marked = tuple(View.read(watermarked(place)) for place in places)
    assert laid_over(matched(20), marked) is not None
    same = View.read(places[0]), View.read(places[0])
    assert laid_over(matched(20), same) is None
    assert laid_over(matched(0), marked) is None
    assert laid_over(matched(20), None) is None
