"""Where things are looked for: many scenes, folders, odd images; and what is refused."""

from __future__ import annotations

import copy
import pickle

import cv2
import numpy as np
import PIL.Image
import pytest
from known_warps import picture
from placed_objects import place_all

import featmatch
from featmatch.errors import ArgumentError, ImageReadError
from featmatch.features.sift import SIFT

THING = picture("gallery_0", 240)
WALL = picture("unrelated_0", 480)
SCENE, (PLACED,) = place_all(THING, WALL, [110], 1)
BLANK = np.full((90, 120, 3), 128, np.uint8)


def is_there(found):
    (one,) = found
    assert np.abs(one.outline - PLACED.outline(THING.shape[1::-1])).max() < 1
    return True


@pytest.fixture
def extracted(monkeypatch):
    """Sizes of the images whose keypoints were found."""
    sizes, extract = [], SIFT.extract

    def counted(self, image, usable=None):
        sizes.append(image.size)
        return extract(self, image, usable)

    monkeypatch.setattr(SIFT, "extract", counted)
    return sizes


def test_the_thing_is_extracted_once_for_fifty_scenes(extracted):
    small = [np.roll(WALL[:100, :140], 7 * number, axis=1) for number in range(49)]
    told = []
    found = featmatch.locate(THING, [*small, SCENE], progress=lambda *both: told.append(both))
    assert extracted.count((240, 180)) == 1
    assert told == [(number + 1, 50) for number in range(50)]
    assert len(found.scenes) == 50
    assert is_there(found.in_scene(49))
    assert found.in_scene(0) == ()


def test_a_folder_stands_for_its_images_in_the_order_of_their_names(tmp_path):
    for name, pixels in (("c.png", SCENE), ("a.png", BLANK), ("b/d.jpg", BLANK)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        PIL.Image.fromarray(pixels).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no image")
    found = featmatch.locate(THING, tmp_path)
    names = [str(tmp_path / name) for name in ("a.png", "b/d.jpg", "c.png")]
    assert [scene.name for scene in found.scenes] == names
    assert is_there(found.in_scene(2))


def test_a_scene_is_named_and_sized_as_its_original_though_pictures_of_it_are_small(tmp_path):
    PIL.Image.fromarray(cv2.resize(SCENE, None, fx=4, fy=4)).save(tmp_path / "large.png")
    found = featmatch.locate(THING, tmp_path / "large.png", max_size=480)
    (one,) = found
    assert one.scene is found.scenes[0]
    assert one.scene.size == (1920, 1440)
    assert max(one.scene.pixels.shape) <= 1600
    expected = 4 * (PLACED.outline(THING.shape[1::-1]) + 0.5) - 0.5
    assert np.abs(one.outline - expected).max() < 4


@pytest.mark.parametrize(
    ("thing", "scene"),
    [
        (cv2.cvtColor(THING, cv2.COLOR_RGB2GRAY), SCENE),
        (THING, cv2.cvtColor(SCENE, cv2.COLOR_RGB2GRAY)),
        (THING, SCENE.astype(np.uint16) * 257),
        (THING.astype(np.float32) / 255, SCENE),
        (PIL.Image.fromarray(THING), featmatch.read_image(SCENE, max_size=0)),
    ],
    ids=["gray thing", "gray scene", "16 bits", "floats", "values"],
)
def test_colors_and_depths_may_differ(thing, scene):
    assert is_there(featmatch.locate(thing, scene))


def test_a_thing_larger_than_the_scene_is_found_where_it_is_shown_smaller():
    small = cv2.resize(THING, (120, 90), interpolation=cv2.INTER_AREA)
    (one,) = featmatch.locate(THING, small)
    assert one.scale == pytest.approx(0.5, abs=0.01)
    assert not featmatch.locate(picture("room_0", 900), WALL[:80, :100])


@pytest.mark.parametrize(
    ("thing", "scene"),
    [
        (BLANK, SCENE),
        (THING, BLANK),
        (BLANK, BLANK),
        (THING, THING[:3, :3]),
        (THING[:1, :1], SCENE),
    ],
    ids=["blank thing", "blank scene", "both", "tiny scene", "tiny thing"],
)
def test_what_shows_nothing_is_found_nowhere(thing, scene):
    found = featmatch.locate(thing, scene)
    assert (len(found), bool(found), len(found.scenes)) == (0, False, 1)


def test_what_is_no_scene_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="scenes: expected one image at least, got none"):
        featmatch.locate(THING, [])
    with pytest.raises(ImageReadError, match="no images there"):
        featmatch.locate(THING, tmp_path)
    with pytest.raises(ImageReadError, match=r"missing\.png"):
        featmatch.locate(THING, tmp_path / "missing.png")
    with pytest.raises(ArgumentError, match="max_size"):
        featmatch.locate(THING, SCENE, max_size=-1)
    with pytest.raises(ArgumentError, match="of the object"):
        featmatch.locate(np.zeros((0, 0)), SCENE)


def test_placements_are_copied_and_pickled_whole():
    found = featmatch.locate(THING, [BLANK, SCENE])
    for again in (copy.copy(found), pickle.loads(pickle.dumps(found))):
        assert again.to_dict() == found.to_dict()
        assert is_there(again.in_scene(1))
