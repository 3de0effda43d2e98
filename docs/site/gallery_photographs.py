"""The photographs of the gallery: public pictures and drawn ones, seen by computed cameras."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import skimage.data

REPOSITORY = Path(__file__).parents[2]
sys.path[:0] = [str(REPOSITORY / "tests/alignment"), str(REPOSITORY / "tests")]

from laid_pairs import microscope_tiles, scanned_form  # noqa: E402
from placed_objects import place_all  # noqa: E402

Pixels = np.ndarray
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92]


def write_photographs(folder: Path) -> None:
    """Write all that the commands of docs/gallery.md read."""
    coffee, cat, rocket = map(picture, ("coffee", "chelsea", "rocket"))
    save(folder / "postcard_0.jpg", coffee[20:380, 30:560])
    save(folder / "postcard_1.jpg", postcard(coffee[40:400, 60:590]))
    save(folder / "cup.jpg", coffee)
    room = cv2.imread(str(REPOSITORY / "samples/gallery_0.jpg"))
    for name, degrees in (("left", -8), ("right", 8)):
        save(folder / f"{name}.jpg", turned_camera(room, degrees))
    street = cv2.imread(str(REPOSITORY / "samples/unrelated_0.jpg"))
    small_cat = cv2.resize(cat, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    save(folder / "poster.jpg", small_cat)
    save(folder / "street.jpg", place_all(small_cat, street, (190, 130, 90), seed=3, turn=0.4)[0])
    form, tiles = scanned_form(), microscope_tiles()
    for name, pixels in (("scan", form.moving), ("form", form.fixed)):
        save(folder / f"{name}.png", pixels)
    for name, pixels in (("tile_1", tiles.moving), ("tile_0", tiles.fixed)):
        save(folder / f"{name}.png", pixels)
    fields = drawn_fields()
    for number in range(6):
        save(folder / f"strip/{number}.jpg", fields[40:640, 190 * number : 190 * number + 800])
    for name, pixels, count in (("coffee", coffee, 3), ("cat", cat, 3), ("rocket", rocket, 2)):
        for number in range(count):
            save(folder / f"mixed/{name}_{number}.jpg", view(pixels, number))


def picture(name: str) -> Pixels:
    """Return a picture of scikit-image as OpenCV has it."""
    pixels: Pixels = np.ascontiguousarray(getattr(skimage.data, name)()[..., ::-1])
    return pixels


def save(path: Path, pixels: Pixels) -> None:
    """Write a photograph, and its folder."""
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), pixels, JPEG if path.suffix == ".jpg" else [])


def postcard(pixels: Pixels) -> Pixels:
    """Fade, turn and frame a picture."""
    height, width = pixels.shape[:2]
    faded = 60 + 0.7 * pixels.mean(axis=2, keepdims=True) * np.array([0.8, 0.95, 1.05])
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 7, 0.85)
    return cv2.warpAffine(
        np.clip(faded, 0, 255).astype(np.uint8), turn, (width, height), borderValue=(235, 240, 245)
    )


def turned_camera(pixels: Pixels, degrees: float) -> Pixels:
    """Return what a camera in the place of another sees that has turned to the right."""
    height, width = pixels.shape[:2]
    camera = np.array([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1.0]])
    rotation, _ = cv2.Rodrigues(np.array([0, np.radians(degrees), 0]))
    narrow = np.array([[1.5 * width, 0, width / 3], [0, 1.5 * width, height / 2.4], [0, 0, 1.0]])
    to_seen = narrow @ rotation.T @ np.linalg.inv(camera)
    return cv2.warpPerspective(pixels, to_seen, (width * 2 // 3, height * 5 // 6))


def view(pixels: Pixels, number: int) -> Pixels:
    """Return a picture from one of several sides."""
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moves = np.random.default_rng(number).uniform(0, 0.13, (4, 2)) * (width, height)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    moved = (corners + 0.6 * number * inward * moves).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    return cv2.warpPerspective(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def drawn_fields(seed: int = 5) -> Pixels:
    """Draw fields, hedges and roofs from above, textured by grass and gravel."""
    rng = np.random.default_rng(seed)
    height, width = 700, 1900
    grass, gravel = (
        np.tile(texture(), (2, 4))[:height, :width, None] / 128
        for texture in (skimage.data.grass, skimage.data.gravel)
    )
    ground = np.full((height, width, 3), (70, 140, 120), np.float32)
    for _ in range(160):
        corner, size = rng.uniform((0, 0), (width, height)), rng.uniform(60, 260, 2)
        box = cv2.boxPoints((tuple(corner), tuple(size), rng.uniform(-25, 25)))
        color = np.array((60, 140, 110)) + rng.uniform(-45, 60, 3)
        cv2.fillPoly(ground, [box.astype(np.int32)], color.tolist(), cv2.LINE_AA)
    ground *= grass
    for _ in range(90):
        corner, size = rng.uniform((0, 0), (width, height)), rng.uniform(10, 34, 2)
        box = cv2.boxPoints((tuple(corner), tuple(size), rng.uniform(0, 90)))
        cv2.fillPoly(
            ground, [box.astype(np.int32)], (rng.uniform(70, 190, 3)).tolist(), cv2.LINE_AA
        )
    ground[330:345] = 150 * gravel[330:345]
    return np.clip(ground, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    write_photographs(Path(sys.argv[1]))
