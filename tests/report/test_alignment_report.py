"""Alignments in words, as JSON, and in files of each form."""

from __future__ import annotations

import io
import json

import cv2
import numpy as np
import PIL.Image
import pytest
from known_warps import picture, turn, warped
from touched_pairs import data_of

import featmatch
from featmatch.errors import ArgumentError, OutputError
from featmatch.images.original import Original
from featmatch.report import ALIGNMENT_JSON_KEYS
from featmatch.report.alignment.encode import encode_picture
from featmatch.report.alignment.save import ENDINGS
from featmatch.report.alignment.text import alignment_line, alignment_summary

PHOTOGRAPH = picture("poster_0", 400)
MOVING = warped(PHOTOGRAPH, turn(0.1, PHOTOGRAPH.shape[1::-1]))


@pytest.fixture(scope="module")
def laid():
    return featmatch.align(MOVING, PHOTOGRAPH, method="orb")


@pytest.fixture(scope="module")
def refused():
    return featmatch.align(np.zeros((90, 120), np.uint8), PHOTOGRAPH, method="orb")


@pytest.fixture(scope="module")
def bent():
    x, y = np.meshgrid(np.arange(400.0), np.arange(300.0))
    maps = (x + 6 * np.sin(y / 60)).astype(np.float32), (y + 6 * np.cos(x / 80)).astype(np.float32)
    moved = cv2.remap(PHOTOGRAPH, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return featmatch.align(moved, PHOTOGRAPH)


def saved(result, folder, name, **options):
    result.save(folder / name, **options)
    return folder / name


def keys_of(document, before=""):
    for key, value in document.items():
        if isinstance(value, dict) and f"{before}{key}" not in ALIGNMENT_JSON_KEYS:
            yield from keys_of(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def test_words_tell_what_was_found(laid, refused):
    assert alignment_line(laid).startswith(f"aligned by a {laid.kind}: ")
    summary = alignment_summary(laid)
    assert "turned by -5.7" in summary
    assert "of the fixed image is covered" in summary
    assert "px for 95 % of" in summary
    assert repr(laid) == f"<Alignment: {alignment_line(laid)}>"
    assert alignment_line(refused).startswith("not aligned: the images do not match: ")
    assert "error" not in alignment_summary(refused)


def test_every_key_of_the_document_is_explained(laid, refused, bent):
    keys = {key for one in (laid, refused, bent) for key in keys_of(one.to_dict())}
    assert keys - {"field"} == set(ALIGNMENT_JSON_KEYS)
    assert json.loads(json.dumps(laid.to_dict(), allow_nan=False)) == laid.to_dict()


def test_the_field_can_be_built_again_from_the_document(bent):
    document = bent.to_dict()
    assert document["kind"] == bent.kind == "field"
    controls = np.array(document["field"]["controls"])
    again = featmatch.alignment.field.Field(tuple(document["field"]["size"]), controls)
    points = np.array([[20.0, 30.0], [300.0, 200.0]])
    flat = np.linalg.inv(document["matrix"]) @ np.vstack([(points + again.moves(points)).T, [1, 1]])
    assert np.allclose((flat[:2] / flat[2]).T, bent.to_moving(points))


@pytest.mark.parametrize("ending", [".png", ".tif", ".tiff", ".webp"])
def test_pictures_keep_their_pixels_and_alpha(laid, tmp_path, ending):
    written = cv2.imread(str(saved(laid, tmp_path, f"a{ending}")), cv2.IMREAD_UNCHANGED)
    aligned = laid.aligned()
    assert np.array_equal(written[..., 3], aligned.opacity)
    seen = aligned.opacity > 0
    assert np.array_equal(written[..., 2::-1][seen], aligned.colors[seen])


def test_jpeg_has_black_where_nothing_is(laid, tmp_path):
    written = cv2.imread(str(saved(laid, tmp_path, "a.jpg")))
    assert written.shape == PHOTOGRAPH.shape
    assert written[0, 0].max() < 20


@pytest.mark.parametrize("view", ["difference", "side-by-side", "checkerboard"])
def test_both_images_are_compared(laid, tmp_path, view):
    written = cv2.imread(str(saved(laid, tmp_path, f"a.{view}.png")))[..., ::-1]
    height, width = PHOTOGRAPH.shape[:2]
    middle = (slice(60, -60), slice(60, -60))
    if view == "side-by-side":
        assert written.shape == (height, 2 * width + 8, 3)
        assert np.array_equal(written[:, width + 8 :], PHOTOGRAPH)
    elif view == "difference":
        assert written[0, 0].tolist() == [0, 0, 0]
        assert np.mean(written[middle]) < 8 < np.mean(cv2.absdiff(MOVING, PHOTOGRAPH)[middle])
    else:
        same = (written == PHOTOGRAPH).all(axis=2)
        assert 0.45 < same.mean() < 0.75
        assert same[laid.aligned().opacity == 0].all()  # where the moving one shows nothing


def test_an_animation_shows_both_in_turn(laid, tmp_path):
    with PIL.Image.open(saved(laid, tmp_path, "a.gif")) as animation:
        assert (animation.n_frames, animation.size) == (2, PHOTOGRAPH.shape[1::-1])
        assert animation.info["loop"] == 0


@pytest.mark.parametrize("options", [{"canvas": "union"}, {"crop": True}])
def test_canvases(laid, tmp_path, options):
    written = cv2.imread(str(saved(laid, tmp_path, "a.png", **options)), cv2.IMREAD_UNCHANGED)
    height, width = PHOTOGRAPH.shape[:2]
    if "crop" in options:
        assert written.shape[0] < height
        assert written.shape[2] == 3  # nothing is transparent
    else:
        assert written.shape[0] > height + 20
        assert written.shape[1] > width + 20


def test_matrices(laid, tmp_path):
    rows = np.loadtxt(saved(laid, tmp_path, "a.csv"), delimiter=",")
    assert np.array_equal(rows, laid.matrix)
    a, d, b, e, c, f = np.loadtxt(saved(laid, tmp_path, "a.tfw"))
    assert np.allclose([(a, b, c), (d, e, f)], laid.matrix[:2])


@pytest.mark.parametrize(("name", "better"), [("a.csv", ".json"), ("a.wld", "--model affine")])
def test_a_field_has_no_matrix(bent, tmp_path, name, better):
    with pytest.raises(ArgumentError, match=better):
        bent.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("a.bmp", ArgumentError, "expected a name ending in"),
        ("a", ArgumentError, "expected a name ending in"),
        ("missing/a.png", OutputError, "there is no folder"),
    ],
)
def test_what_cannot_be_written_is_refused(laid, tmp_path, name, error, words):
    with pytest.raises(error, match=words):
        laid.save(tmp_path / "first.json", tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_aligned_has_no_picture_but_numbers(refused, tmp_path):
    with pytest.raises(featmatch.FeatmatchError, match="not aligned"):
        refused.save(tmp_path / "a.png")
    document = json.loads(saved(refused, tmp_path, "a.json").read_text())
    assert (document["accepted"], document["matrix"]) == (False, None)
    assert document["error"]["num_held_out"] == 0


@pytest.mark.parametrize(
    ("dtype", "ending", "better"),
    [
        ("uint16", ".jpg", ".png or .tif"),
        ("uint16", ".webp", ".png or .tif"),
        ("f4", ".png", ".tif"),
    ],
)
def test_depths_that_a_form_does_not_hold(dtype, ending, better):
    with pytest.raises(ArgumentError, match=better):
        encode_picture(Original(np.zeros((4, 5), dtype)), ending)


def test_floats_are_written_with_nan_where_nothing_is():
    opacity = np.full((6, 7), 255, np.uint8)
    opacity[2, 3] = 0
    content = encode_picture(Original(np.full((6, 7), 2.5, np.float32), opacity), ".tif")
    written = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.isnan(written[2, 3])
    assert (written[opacity > 0] == 2.5).all()


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_tiff_calls_its_fourth_sample_opacity(depth):
    colors = np.random.default_rng(0).integers(0, np.iinfo(depth).max, (11, 7, 3)).astype(depth)
    opacity = np.full((11, 7), 255, np.uint8)
    opacity[:4] = 0
    content = encode_picture(Original(colors, opacity), ".tif")
    with PIL.Image.open(io.BytesIO(content)) as image:
        assert image.tag_v2[338] == (2,)  # ExtraSamples: unassociated alpha
    written = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    seen = opacity > 0
    assert np.array_equal(written[..., 2::-1][seen], colors[seen])
    assert np.array_equal(written[..., 3] > 0, seen)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_gray_becomes_colors_only_for_its_alpha(depth):
    gray = (np.arange(42).reshape(6, 7) * 6).astype(depth)
    opacity = np.full((6, 7), 255, np.uint8)
    whole = encode_picture(Original(gray, opacity), ".png")
    assert PIL.Image.open(io.BytesIO(whole)).mode in ("L", "I;16")
    opacity[0, 0] = 0
    written = cv2.imdecode(
        np.frombuffer(encode_picture(Original(gray, opacity), ".png"), np.uint8), -1
    )
    assert written.dtype == depth
    assert written.shape == (6, 7, 4)
    assert (written[0, 0, 3], written[1, 1, 3]) == (0, np.iinfo(depth).max)


def test_a_page_lays_one_image_over_the_other(laid, tmp_path):
    data = data_of(saved(laid, tmp_path, "a.html").read_bytes())
    (only,) = data["pairs"][0]["relations"]
    assert data["title"] == f"Aligned by a {laid.kind}"
    assert data["laidFirst"] is True
    assert [one["size"] for one in data["pictures"]] == [[400, 300]] * 2
    assert np.allclose(only["homography"], laid.matrix)
    (name, residuals), _ = only["measures"]
    assert name == "residual (px)"
    there = laid.to_fixed(only["points0"]) - only["points1"]
    assert np.allclose(residuals, np.linalg.norm(there, axis=1), atol=0.03)
    assert np.array_equal(np.array(residuals) <= 3, np.array(only["inliers"]) == 1)
    facts = dict(data["facts"])
    assert facts["error"] in alignment_summary(laid)


def test_a_page_follows_a_field_both_ways_and_outlines_it(bent, tmp_path):
    (only,) = data_of(saved(bent, tmp_path, "a.html").read_bytes())["pairs"][0]["relations"]
    assert only["homography"] is None
    for way, to_other in (("forward", bent.to_fixed), ("backward", bent.to_moving)):
        nodes = np.array(only["lattice"][way])
        middle, corner = [[199.5, 149.5]], [[-0.5, -0.5]]
        assert np.allclose(nodes[16, 16], to_other(middle)[0], atol=0.01)
        assert np.allclose(nodes[0, 0], to_other(corner)[0], atol=0.01)
    outline = np.array(only["outline1"])
    assert np.allclose(outline[0], bent.to_fixed(corner)[0], atol=0.01)
    assert len(outline) > 50


def test_a_page_without_an_alignment_tells_why(refused, tmp_path):
    data = data_of(saved(refused, tmp_path, "a.html").read_bytes())
    assert data["title"] == "Not aligned"
    assert data["lead"].startswith("The images do not match: ")
    (only,) = data["pairs"][0]["relations"]
    assert (only["homography"], only["lattice"], only["outline1"]) == (None, None, None)


def test_all_endings_are_told():
    assert len(set(ENDINGS)) == len(ENDINGS) == 14


def test_notebooks_show_both_images(laid, refused):
    html = laid._repr_html_()
    assert html.count("<img") == 1
    assert "data:image/jpeg;base64," in html
    assert "✓" in html
    assert "<img" not in refused._repr_html_()
    assert "✗" in refused._repr_html_()
