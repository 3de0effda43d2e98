"""The files that the commands of the pages name, made so that each command has something to do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
from document_pages import REPOSITORY
from drawn_map import aerial_and_map
from drawn_screens import ICON, screen
from laid_pairs import scanned_form, two_exposures, video_frames
from photograph_folders import write_views
from placed_objects import place_all
from placed_scenes import text_page
from tiny_suites import write_sequence

import featmatch

SAMPLES = REPOSITORY / "samples"
EXIF, FOCAL_LENGTH = 34665, 41989  # the tags of the directory, and of mm on 35 mm film
LABELS = ("Open", "Save", "Print", "Close", "Undo", "Redo", "Cut", "Paste")


def sample(name, scale=0.6):
    pixels = cv2.cvtColor(cv2.imread(str(SAMPLES / f"{name}.jpg")), cv2.COLOR_BGR2RGB)
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def save(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(np.ascontiguousarray(pixels)).save(path, **options)


def photographs_of_a_room(folder):
    """a and b, as files of each kind, by a camera that tells its focal length; a mask of a."""
    for name, number in (("a", 0), ("b", 1)):
        pixels, exif = sample(f"room_{number}"), PIL.Image.Exif()
        exif.get_ifd(EXIF)[FOCAL_LENGTH] = 28
        for ending in ("jpg", "png"):
            save(folder / f"{name}.{ending}", pixels, exif=exif)
    mask = np.zeros(pixels.shape[:2], np.uint8)
    mask[:, 100:] = 255
    save(folder / "facade.png", mask)
    save(folder / "photo.jpg", sample("gallery_0"))
    (folder / "in_a.csv").write_text("x0,y0\n100,80\n")


def tables_of_matches(folder):
    images = sample("room_0"), sample("room_1")
    result = featmatch.match(*images, method="orb")
    for name in ("m.csv", "lightglue.csv"):
        result.save(folder / name)


def pairs_to_align(folder):
    form, exposures, town = scanned_form(), two_exposures(), aerial_and_map()
    save(folder / "scan.png", form.moving)
    save(folder / "form.png", form.fixed)
    save(folder / "before.tif", exposures.moving)
    save(folder / "after.tif", exposures.fixed)
    save(folder / "map.png", town.fixed)
    save(folder / "aerial.tif", town.moving)
    (folder / "aerial.tfw").write_text("0.5\n0\n0\n-0.5\n4000\n9000\n")
    wide = sample("gallery_0", 1)
    save(folder / "left.png", wide[:, :600])
    save(folder / "right.png", wide[20:, 250:])
    for number, motion in enumerate(((0.8, -0.4), (1.5, 0.7))):
        frames = video_frames(motion)
        save(folder / f"frames/{number}.png", frames.moving)
    save(folder / "first.png", frames.fixed)


def things_and_scenes(folder):
    pixels, _, icons = screen(0, LABELS)
    x, y = icons[2]
    save(folder / "screen.png", pixels)
    save(folder / "icon.png", pixels[y : y + ICON, x : x + ICON])
    poster, wall = sample("poster_0", 0.4), sample("unrelated_0", 1)
    save(folder / "poster.jpg", poster)
    for name, sides, seed in (
        ("street/0", (160, 110), 0),
        ("street/1", (), 1),
        ("market", (140,), 2),
    ):
        save(folder / f"{name}.jpg", place_all(poster, wall, sides, seed)[0])
    save(folder / "scene.jpg", place_all(poster, wall, (170,), 3)[0])
    save(folder / "part.png", poster)
    mask = np.zeros(poster.shape[:2], np.uint8)
    mask[20:-20, 20:-20] = 255
    save(folder / "part_mask.png", mask)
    page = text_page(np.random.default_rng(0))
    save(folder / "page.png", page)
    save(folder / "desk.jpg", place_all(page, wall, (380,), 4, turn=0.2)[0])


def folders_of_photographs(folder):
    write_views(folder / "photographs", 0, 1, 2)
    for name in ("gallery_0", "poster_0", "room_0", "room_1", "unrelated_0"):
        save(folder / "my_photographs" / f"{name}.jpg", sample(name))


def suites(folder):
    write_sequence(folder / "hpatches/v_poster")
    write_sequence(folder / "oxford/poster", image="img{}.ppm", homography="H1to{}p")


def what_was_collected(folder):
    folders_of_photographs(folder)
    collection = featmatch.collect(folder / "photographs", folder / "matched", method="sift")
    collection.export_hloc(folder / "hloc_before")
    for name in ("features.h5", "matches.h5"):
        shutil.copy(folder / "hloc_before" / name, folder / name)
    (folder / "points").mkdir()
    for name in ("view_0.png", "view_1.png", "view_2.png"):
        features = featmatch.detect(folder / "photographs" / name, method="sift")
        np.savez(
            folder / "points" / f"{name}.npz",
            keypoints=features.keypoints,
            descriptors=features.descriptors,
        )


def samples(folder):
    shutil.copytree(SAMPLES, folder / "samples")


MAKERS: dict[str, Callable[[Path], None]] = {
    r"\b(a|b)\.(jpg|png)\b|\bphoto\.jpg\b": photographs_of_a_room,
    r"--matches \w+\.csv\b": tables_of_matches,
    r"\balign (scan|left|before|map)\b": pairs_to_align,
    r"\blocate (icon|poster|page|part)\b": things_and_scenes,
    r"\bcollect photographs\b|\bmy_photographs\b": folders_of_photographs,
    r"\bhpatches oxford\b": suites,
    r"\bsamples\b": samples,
}
"""What a page names -> what makes it."""


def write_named_files(folder, commands):
    """Write what commands name and do not make themselves."""
    text = "\n".join(commands)
    for named, write in MAKERS.items():
        if re.search(named, text):
            write(folder)
    if re.search(r"\b(export matched|import)\b", text):
        what_was_collected(folder)
        if "collect photographs" in text:
            shutil.rmtree(folder / "matched")
