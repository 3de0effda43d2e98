"""What is transparent, or masked in an array, is not looked at, and not seen at its outline."""

import cv2
import numpy as np
import PIL.Image
import pytest
from image_encoding import encoded, saved

import featmatch
from featmatch.images.image import read_image
from featmatch.images.view import View

HEIGHT, WIDTH = 360, 480


def photograph(seed):
    """Make spots of all sizes, which detectors find many of."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(
            rng.normal(0, 40, (HEIGHT // size, WIDTH // size, 3)).astype(np.float32),
            (WIDTH, HEIGHT),
            interpolation=cv2.INTER_CUBIC,
        )
        for size in (4, 8, 16, 40)
    ]
    return np.clip(128 + sum(layers), 0, 255).astype(np.uint8)


def outline():
    """Make an outline with corners, as a clipped map has."""
    corners = np.random.default_rng(9).uniform(0.55, 1.0, 40) * 0.48 * HEIGHT
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    points = np.stack([np.cos(angles), np.sin(angles)], 1) * corners[:, None]
    points += WIDTH / 2, HEIGHT / 2
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillPoly(alpha, [np.int32(points)], 255)
    return alpha


ALPHA = outline()
PHOTOGRAPH = photograph(0)
CUTOUT = np.dstack([PHOTOGRAPH, ALPHA])


def test_what_shows_stays_as_it_is_and_the_rest_continues_it():
    image = read_image(CUTOUT)
    np.testing.assert_array_equal(image.pixels[ALPHA > 0], PHOTOGRAPH[ALPHA > 0])
    shown = PHOTOGRAPH[ALPHA > 0].astype(float)
    hidden = image.pixels[ALPHA == 0]
    assert np.abs(hidden.mean(axis=0) - shown.mean(axis=0)).max() < 25
    step = cv2.dilate(ALPHA, np.ones((3, 3))) != cv2.erode(ALPHA, np.ones((3, 3)))
    edge = cv2.Laplacian(image.gray(), cv2.CV_32F)
    inside = cv2.erode(ALPHA, np.ones((9, 9))) > 0
    assert np.abs(edge[step]).mean() < 1.5 * np.abs(edge[inside]).mean()  # over white it is 18


def test_the_mask_keeps_a_margin_from_the_outline_and_none_from_the_border():
    distance = cv2.distanceTransform(ALPHA, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    usable = read_image(CUTOUT).usable
    near = distance <= 17  # 5 % of the shorter side is 18; corners of what is cut off are blunt
    assert np.count_nonzero(usable[near]) < 0.005 * np.count_nonzero(near)
    assert usable[distance > 20].all()
    half = CUTOUT.copy()
    half[..., 3] = 255
    half[:, :200, 3] = 0
    assert read_image(half).usable[:, 230:].all()


@pytest.mark.parametrize("method", ["orb", "sift"])
def test_keypoints_lie_where_something_shows(method):
    found = featmatch.detect(CUTOUT, method=method)
    x, y = np.rint(found.keypoints).astype(int).T
    assert len(found) > 100
    assert (ALPHA[y, x] > 0).all()


@pytest.mark.parametrize("seed", range(1, 4))
def test_one_outline_is_no_match(seed):
    other = np.dstack([photograph(seed), ALPHA])
    assert not featmatch.match(CUTOUT, other, method="orb").verdict.accepted


def test_one_place_in_one_outline_is_found_where_it_is():
    """The outline says that nothing moved, the picture that all moved by (9, 6)."""
    moved = np.dstack([np.roll(PHOTOGRAPH, (6, 9), (0, 1)), ALPHA])
    result = featmatch.match(CUTOUT, moved, method="orb")
    assert result.verdict.accepted
    center = result.geometry.matrix @ (WIDTH / 2, HEIGHT / 2, 1)
    np.testing.assert_allclose(center[:2] / center[2], (WIDTH / 2 + 9, HEIGHT / 2 + 6), atol=0.5)


@pytest.mark.parametrize("color", [0, 255])
def test_a_logo_of_one_color_is_its_outline(color):
    logo = np.full((HEIGHT, WIDTH, 4), color, np.uint8)
    logo[..., 3] = ALPHA
    image = read_image(logo)
    assert image.usable is None
    assert (image.pixels[ALPHA > 0] == color).all()
    assert (image.pixels[ALPHA == 0] == 255 - color).all()


def test_a_transparent_image_shows_nothing():
    clear = np.dstack([PHOTOGRAPH, np.zeros_like(ALPHA)])
    image = read_image(clear)
    assert np.ptp(image.pixels) == 0


def test_what_is_nearly_opaque_is_looked_at():
    thin = np.dstack([PHOTOGRAPH, np.where(ALPHA > 0, np.uint8(200), np.uint8(255))])
    assert read_image(thin).usable.all()


def test_a_users_mask_is_joined_with_what_shows():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[:, : WIDTH // 2] = True
    view = View.read(CUTOUT, mask=mask)
    np.testing.assert_array_equal(view.usable > 0, mask & (view.image.usable > 0))
    np.testing.assert_array_equal(view.mirrored().image.usable, view.image.usable[:, ::-1])


def test_masked_arrays():
    masked = np.ma.masked_array(PHOTOGRAPH, mask=np.zeros(PHOTOGRAPH.shape, bool))
    assert read_image(masked).usable is None
    masked[:, :200] = np.ma.masked
    image = read_image(masked)
    assert not image.usable[:, :200].any()
    found = featmatch.detect(masked, method="orb")
    assert len(found) > 100
    assert (found.keypoints[:, 0] > 199).all()
    use = np.ma.masked_array(np.ones((HEIGHT, WIDTH), np.uint8), mask=ALPHA == 0)
    view = View.read(PHOTOGRAPH, mask=use)
    np.testing.assert_array_equal(view.usable > 0, ALPHA > 0)


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_files_and_pillow_images(tmp_path, file_format):
    lossless = {"lossless": True} if file_format == "WEBP" else {}
    path = saved(tmp_path, encoded(CUTOUT, file_format, **lossless))
    for source in (path, PIL.Image.fromarray(CUTOUT)):
        image = read_image(source, max_size=200)
        np.testing.assert_array_equal(image.usable, read_image(CUTOUT, max_size=200).usable)


def test_opaque_pictures_stay_as_they_are():
    opaque = np.dstack([PHOTOGRAPH, np.full_like(ALPHA, 255)])
    image = read_image(opaque, max_size=200)
    assert image.usable is None
    np.testing.assert_array_equal(image.pixels, read_image(PHOTOGRAPH, max_size=200).pixels)
