"""Intrinsics: what a user may give, and what a photograph's EXIF says, on files made by Pillow."""

import json
import math

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_encoding import broken_exifs

from featmatch.errors import ArgumentError, ArgumentTypeError, FeatmatchError, ImageReadError
from featmatch.images.camera import camera_matrix, intrinsics_from_exif, read_intrinsics
from featmatch.images.image import read_image

MATRIX = np.array([(800.0, 0.5, 319.5), (0.0, 810.0, 239.5), (0.0, 0.0, 1.0)])
FOCAL_LENGTH, IN_35MM, X_RESOLUTION, UNIT = 0x920A, 0xA405, 0xA20E, 0xA210
PIXEL_WIDTH, PIXEL_HEIGHT = 0xA002, 0xA003
SIZE = 60, 40
POSITIVE = st.floats(1e-3, 1e5)


def camera_of(fx, fy, cx, cy):
    return np.array([(fx, 0, cx), (0, fy, cy), (0, 0, 1)])


def photograph(folder, tags, *, name="photo.jpg", size=SIZE, orientation=None):
    """A file as a camera writes it."""
    exif = PIL.Image.Exif()
    exif[0x010F] = "Maker"
    if orientation is not None:
        exif[0x0112] = orientation
    exif[0x8769] = tags
    PIL.Image.new("RGB", size).save(folder / name, exif=exif.tobytes())
    return folder / name


# --- what a user gives ---


@settings(max_examples=30)
@given(POSITIVE, POSITIVE, st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_four_numbers_are_focal_lengths_and_principal_point(fx, fy, cx, cy):
    expected = camera_of(fx, fy, cx, cy)
    for given_as in ((fx, fy, cx, cy), [fx, fy, cx, cy], f"{fx!r},{fy!r}, {cx!r},{cy!r}"):
        np.testing.assert_array_equal(read_intrinsics(given_as), expected)


@pytest.mark.parametrize("given_as", [(800, 320, 240), "800,320,240", np.float32([800, 320, 240])])
def test_of_three_numbers_the_focal_length_is_for_both_axes(given_as):
    found = read_intrinsics(given_as)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, camera_of(800, 800, 320, 240))


def test_a_matrix_stays_as_it_is():
    np.testing.assert_array_equal(read_intrinsics(MATRIX), MATRIX)
    np.testing.assert_array_equal(read_intrinsics(MATRIX.tolist()), MATRIX)


def test_a_matrix_is_read_from_files(tmp_path):
    np.savetxt(tmp_path / "camera.txt", MATRIX)
    np.savetxt(tmp_path / "camera", MATRIX)
    np.save(tmp_path / "camera.npy", MATRIX)
    (tmp_path / "camera.json").write_text(json.dumps(MATRIX.tolist()))
    for name in ("camera.txt", "camera", "camera.npy", "camera.json"):
        np.testing.assert_array_equal(read_intrinsics(tmp_path / name), MATRIX)
        np.testing.assert_array_equal(read_intrinsics(str(tmp_path / name)), MATRIX)


@pytest.mark.parametrize(
    "given_as", ["800,400", "800", "", "800;320;240", "f,cx,cy", "800,320,240,1,2", "exif"]
)
def test_a_text_that_is_no_camera_is_told(given_as):
    with pytest.raises(
        ArgumentError, match=r"^camera0: expected .*f.* in pixels.*, got '?"
    ) as told:
        read_intrinsics(given_as, "camera0")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("given_as", "problem"),
    [
        ([[1, 2], [3]], r"expected \(3, 3\) numbers, .*got \[\[1, 2\], \[3\]\]"),
        (np.eye(2), r"expected \(3, 3\) numbers, "),
        (5.0, r"expected \(3, 3\) numbers, .*got 5.0"),
        (None, r"expected \(3, 3\) numbers, .*got None"),
        ((-800, 320, 240), "expected positive focal lengths"),
        ((math.nan, 320, 240), "expected positive focal lengths"),
        ("0,320,240", "expected positive focal lengths"),
        (MATRIX.T, r"expected rows \(fx, s, cx\)"),
    ],
)
def test_numbers_that_are_no_camera_are_told(given_as, problem):
    with pytest.raises(ArgumentError, match=f"^intrinsics: {problem}"):
        read_intrinsics(given_as)


def test_a_file_that_holds_no_camera_is_told(tmp_path):
    path = tmp_path / "camera.txt"
    with pytest.raises(FeatmatchError, match="cannot be read"):
        read_intrinsics(path)
    path.write_text("1 0 0\n0 1 0\n")
    with pytest.raises(FeatmatchError, match=r"got shape \(2, 3\); write the camera's matrix"):
        read_intrinsics(path)
    path.write_text("1 0 0\n1 1 0\n0 0 1\n")
    with pytest.raises(ArgumentError, match=r"camera.txt: expected rows \(fx, s, cx\)"):
        read_intrinsics(str(path))


def test_a_camera_matrix_of_words_is_told():
    with pytest.raises(ArgumentError, match=r"^K: expected a \(3, 3\) camera matrix, got 'wide'"):
        camera_matrix("K", "wide")


# --- what the EXIF says ---


def test_focal_length_for_35_mm_keeps_the_angle_across_the_diagonal(tmp_path):
    found = intrinsics_from_exif(photograph(tmp_path, {IN_35MM: 50}))
    angle = 2 * math.atan(math.hypot(*SIZE) / 2 / found[0, 0])
    assert math.degrees(angle) == pytest.approx(46.79, abs=0.005)  # as lens catalogs say of 50 mm
    np.testing.assert_array_equal(found, camera_of(found[0, 0], found[0, 0], 29.5, 19.5))


def test_a_frame_of_3_to_2_is_36_mm_wide(tmp_path):
    found = intrinsics_from_exif(photograph(tmp_path, {IN_35MM: 36}))
    assert found[0, 0] == pytest.approx(SIZE[0])


@pytest.mark.parametrize(
    ("unit", "resolution"), [(2, 2540.0), (None, 2540.0), (3, 1000.0), (4, 100.0), (5, 0.1)]
)
def test_focal_length_and_resolution_of_the_sensor(unit, resolution, tmp_path):
    tags = {FOCAL_LENGTH: 4.5, X_RESOLUTION: resolution}  # 100 pixels a millimeter
    path = photograph(tmp_path, tags if unit is None else tags | {UNIT: unit})
    assert intrinsics_from_exif(path)[0, 0] == pytest.approx(450)


@pytest.mark.parametrize("taken", [(600, 400), (400, 600)])
def test_a_smaller_copy_has_a_shorter_focal_length(taken, tmp_path):
    tags = {FOCAL_LENGTH: 4.5, X_RESOLUTION: 100.0, UNIT: 4}
    tags |= {PIXEL_WIDTH: taken[0], PIXEL_HEIGHT: taken[1]}
    assert intrinsics_from_exif(photograph(tmp_path, tags))[0, 0] == pytest.approx(45)


def test_35_mm_unknown_is_0(tmp_path):
    tags = {IN_35MM: 0, FOCAL_LENGTH: 4.5, X_RESOLUTION: 100.0, UNIT: 4}
    assert intrinsics_from_exif(photograph(tmp_path, tags))[0, 0] == pytest.approx(450)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif", "a.webp"])
@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
@pytest.mark.parametrize("exif", ["apply", "ignore"])
def test_the_principal_point_is_the_middle_of_what_is_read(name, orientation, exif, tmp_path):
    path = photograph(tmp_path, {IN_35MM: 36}, name=name, orientation=orientation)
    width, height = read_image(path, exif=exif).size
    found = intrinsics_from_exif(path, exif=exif)
    np.testing.assert_allclose(found, camera_of(60, 60, (width - 1) / 2, (height - 1) / 2))


def test_a_pillow_image_tells_as_much_as_its_file(tmp_path):
    path = photograph(tmp_path, {IN_35MM: 36}, orientation=6)
    with PIL.Image.open(path) as picture:
        np.testing.assert_array_equal(intrinsics_from_exif(picture), intrinsics_from_exif(path))


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {IN_35MM: 0},
        {FOCAL_LENGTH: 4.5},
        {FOCAL_LENGTH: 4.5, X_RESOLUTION: 0.0},
        {X_RESOLUTION: 100.0},
        {FOCAL_LENGTH: 4.5, X_RESOLUTION: 100.0, UNIT: 1},
    ],
)
def test_what_is_missing_is_told(tags, tmp_path):
    path = photograph(tmp_path, tags)
    with pytest.raises(ImageReadError, match="neither FocalLengthIn35mmFilm nor") as told:
        intrinsics_from_exif(path)
    assert str(told.value).startswith(f"{path}: ")
    assert str(told.value).endswith("give the camera's matrix instead")


def test_garbage_in_place_of_exif_is_told(tmp_path):
    for number, exif in enumerate(broken_exifs()):
        path = tmp_path / f"{number}.jpg"
        PIL.Image.new("RGB", SIZE).save(path, exif=exif)
        with pytest.raises(ImageReadError, match="give the camera's matrix instead"):
            intrinsics_from_exif(path)


def test_files_that_are_no_photographs_are_told(tmp_path):
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(ImageReadError, match=r"text.jpg: not a photograph with EXIF"):
        intrinsics_from_exif(tmp_path / "text.jpg")
    with pytest.raises(ImageReadError, match="there is no such file"):
        intrinsics_from_exif(tmp_path / "missing.jpg")


def test_an_array_has_no_exif():
    with pytest.raises(ArgumentTypeError, match=r"^image1: expected a file or a PIL image"):
        intrinsics_from_exif(np.zeros((4, 4), np.uint8), argument="image1")


def test_choices_are_checked(tmp_path):
    with pytest.raises(ArgumentError, match=r"^exif: expected one of"):
        intrinsics_from_exif(photograph(tmp_path, {}), exif="no")
