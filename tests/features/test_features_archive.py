"""Features in a file: what comes back, bit for bit, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from featmatch import METHODS, Features, FeaturesReadError, OutputError, detect, read_image
from featmatch.archives import HEADER, MATCH_RESULT, archive_bytes, read_archive, write_archive
from featmatch.features.archive import (
    load_all_features,
    load_features,
    pack_features,
    save_features,
)

SAMPLES = Path(__file__).parents[2] / "samples"
AVAILABLE = [name for name, pipeline in METHODS.items() if not pipeline.extractor.unavailable]
ARRAYS = ("keypoints", "descriptors", "scores", "scales", "angles")


def make(num=5, norm="l2", seed=0, width=8):
    rng = np.random.default_rng(seed)
    descriptors = rng.normal(size=(num, width)).astype(np.float32)
    if norm != "l2":
        descriptors = rng.integers(0, 256, (num, width)).astype(np.uint8)
    return Features(
        keypoints=rng.uniform(0, 99, (num, 2)).astype(np.float32),
        descriptors=descriptors,
        scores=rng.random(num).astype(np.float32),
        scales=rng.uniform(1, 9, num).astype(np.float32),
        angles=rng.uniform(-3, 3, num).astype(np.float32),
        image_size=(np.int64(100), 120),
        method="made",
        norm=norm,
        pixel_size=np.float64(1) / 3,
    )


def assert_same(features, other):
    for name in ARRAYS:
        array, expected = getattr(features, name), getattr(other, name)
        assert (array.dtype, array.shape) == (expected.dtype, expected.shape)
        assert array.tobytes() == expected.tobytes()
    for name in ("image_size", "method", "norm", "pixel_size"):
        assert getattr(features, name) == getattr(other, name)
    assert (features.frames is None) == (other.frames is None)
    if features.frames is not None:
        assert features.frames.tobytes() == other.frames.tobytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "features.npz"


@pytest.mark.parametrize("method", AVAILABLE)
def test_what_every_method_finds_comes_back(path, method):
    found = detect(read_image(SAMPLES / "poster_0.jpg", max_size=200), method=method)
    assert len(found) > 20
    save_features(found, path)
    assert_same(load_features(path), found)


@pytest.mark.parametrize("num", [0, 1, 40])
@pytest.mark.parametrize("norm", ["l2", "hamming", "hamming2"])
@pytest.mark.parametrize("width", [0, 8])
def test_few_keypoints_and_all_norms_come_back(path, num, norm, width):
    found = make(num, norm, width=width)
    save_features(found, path)
    assert_same(load_features(path), found)


def test_frames_come_back_and_need_not_be_there(path):
    frames = np.random.default_rng(0).normal(size=(5, 2, 2)).astype(np.float32)
    framed = replace(make(), frames=frames)
    save_features([("with", framed), ("without", make(seed=1))], path)
    (_, first), (_, second) = load_all_features(path)
    assert_same(first, framed)
    assert_same(second, make(seed=1))
    with np.load(path) as arrays:
        assert "frames0" in arrays
        assert "frames1" not in arrays


floats = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def features_of_any_kind(draw):
    num, norm = draw(st.integers(0, 4)), draw(st.sampled_from(["l2", "hamming", "hamming2"]))

    def column(*shape):
        return draw(npst.arrays(np.float32, (num, *shape), elements=floats))

    bits = draw(npst.arrays(np.uint8, (num, draw(st.integers(0, 3)))))
    return Features(
        column(2),
        column(2) if norm == "l2" else bits,
        *(column() for _ in range(3)),
        image_size=draw(st.tuples(st.integers(1, 2**40), st.integers(1, 9))),
        method=draw(st.text()),
        norm=norm,
        pixel_size=draw(st.floats(1e-300, 1e300)),
    )


@settings(max_examples=60)
@given(found=st.lists(st.tuples(st.text(st.characters()), features_of_any_kind()), max_size=3))
def test_whatever_features_can_be_comes_back(tmp_path_factory, found):
    path = tmp_path_factory.mktemp("any") / "features.npz"
    save_features(found, path)
    loaded = load_all_features(path)
    assert [name for name, _ in loaded] == [name for name, _ in found]
    for (_, features), (_, expected) in zip(loaded, found, strict=True):
        assert_same(features, expected)


def test_several_images_are_told_apart(path):
    found = [("a.jpg", make(3)), ("ü/b.jpg", make(2, "hamming", 1)), ("a.jpg", make(0))]
    save_features(found, path)
    for number, (_, features) in enumerate(found):
        assert_same(load_features(path, number), features)
    with pytest.raises(ValueError, match=r"^image: expected a number from 0, as .* holds 3 images"):
        load_features(path)
    with pytest.raises(ValueError, match=r"^image: expected an integer from 0 to 2, got 3"):
        load_features(path, 3)
    save_features([], path)
    with pytest.raises(ValueError, match=r"holds 0 images"):
        load_features(path)
    with pytest.raises(ValueError, match=r"which holds none"):
        load_features(path, 0)


def test_the_same_features_give_the_same_bytes(path):
    save_features(make(300), path)
    first = path.read_bytes()
    save_features(make(300), path)
    assert path.read_bytes() == first


def test_numpy_alone_reads_the_file(path):
    save_features([("a.jpg", make(3)), ("b.jpg", make(2))], path)
    with np.load(path, allow_pickle=False) as file:
        np.testing.assert_array_equal(file["keypoints1"], make(2).keypoints)
        header = json.loads(str(file[HEADER]))
    assert (header["featmatch"], header["version"]) == ("features", 1)
    assert [image["name"] for image in header["document"]["images"]] == ["a.jpg", "b.jpg"]


def test_the_features_in_a_match_result_are_read(path):
    arrays, document = pack_features([("a", make(3)), ("b", make(2, seed=1))])
    more = {"points0": np.zeros((0, 2))}
    write_archive(path, MATCH_RESULT, arrays | more, document | {"seed": 0})
    assert_same(load_features(path, 1), make(2, seed=1))


def test_equal_numbers_are_few_bytes_and_come_back(path):
    """What compresses better than a reader believes is not compressed."""
    num = 5_000_000
    zeros = np.zeros(num, np.float32)
    found = Features(np.zeros((num, 2)), zeros.reshape(-1, 1), zeros, zeros, zeros, (9, 9), "made")
    save_features(found, path)
    assert len(load_features(path)) == num


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def stated_size(content, size):
    """A zip archive of one file that states another size before compression, everywhere."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (member,) = archive.infolist()
    true, false = (number.to_bytes(4, "little") for number in (member.file_size, size))
    return content.replace(true, false)


def bomb(size=1 << 30):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(16):
            archive.writestr(f"{number}.npy", bytes(size // 16))
    return file.getvalue()


def array_that_states(shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64)
        archive.writestr("keypoints0.npy", content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is damaged, or does not hold features"),
        (b"features", r"is damaged, or does not hold features \(file is not a zip file\)"),
        (npz(a=np.zeros(3)), "expected features or a match result saved by featmatch, got someth"),
        (npz(a=np.array([{}], object)), "an .npy array of Python objects, which are not read"),
        (npz(a=np.zeros(3, "M8[s]")), r"an \.npy array of another form than plain numbers"),
        (npz(a=np.zeros(3, "i4,i4")), r"an \.npy array of another form than plain numbers"),
        (array_that_states("(1000000000000,)"), "states 8,000,000,000,000 bytes and has 64"),
        (array_that_states("(7,)"), "states 56 bytes and has 64"),
        (array_that_states("(0, 100000000000000000)"), "states 0 bytes and has 64"),
        (array_that_states("(__import__('os').getpid(),)"), "another form than plain numbers"),
        (bomb, "would become 1,073,741,824: too many to be believed"),
        (archive_bytes("weights", {}, {}), "expected features or a match result .*, got weights"),
    ],
)
def test_foreign_files_are_refused(path, content, message):
    path.write_bytes(content() if callable(content) else content)
    with pytest.raises(FeaturesReadError, match=rf"features\.npz: .*{message}") as caught:
        load_features(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("size", "message"), [(60, "is damaged"), (1 << 31, "2,147,483,648: too many to be believed")]
)
def test_a_size_that_is_stated_wrong_is_refused(path, size, message):
    content = archive_bytes("features", {}, {"images": []}, compress=True)
    path.write_bytes(stated_size(content, size))
    with pytest.raises(FeaturesReadError, match=message):
        load_features(path)


def with_header(path, **changes):
    """Change a file's header as another version of featmatch could have written it."""
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(str(arrays[HEADER])) | changes
    path.write_bytes(npz(**arrays | {HEADER: np.array(json.dumps(header))}))


@pytest.mark.parametrize("version", [2, "1b", None])
def test_a_newer_file_is_told(path, version):
    save_features(make(), path)
    with_header(path, version=version, written_by="9.1")
    expected = rf"features\.npz: was written by featmatch 9\.1 in form {version}, .* update featma"
    with pytest.raises(FeaturesReadError, match=expected):
        load_features(path)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("scores0", None, r"scores0: expected an array, got none"),
        ("scores0", np.zeros(5), r"scores0: expected float32, got float64"),
        ("descriptors0", np.zeros((5, 8), np.uint8), r"descriptors0: expected float32, got uint8"),
        ("keypoints0", np.zeros((5, 3), np.float32), r"keypoints: expected shape \(N, 2\), got"),
        ("angles0", np.zeros(4, np.float32), r"angles: expected shape \(5\), got \(4,\)"),
        ("angles0", np.full(5, np.nan, np.float32), r"angles: expected finite values, got NaN"),
    ],
)
def test_an_array_that_differs_is_named(path, name, array, message):
    save_features(make(), path)
    arrays, document = read_archive(path, "features", FeaturesReadError)
    arrays |= {name: array}
    write_archive(path, "features", {k: v for k, v in arrays.items() if v is not None}, document)
    with pytest.raises(FeaturesReadError, match=rf"\.npz: holds no features .*\({message}.*; save"):
        load_features(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"norm": "l3"}, "norm: expected one of l2, hamming, hamming2, got 'l3'"),
        ({"norm": []}, r"norm: expected one of l2, hamming, hamming2, got \[\]"),
        ({"image_size": [5]}, r"image_size: expected \(width, height\), got \[5\]"),
        ({"image_size": ["5", 5]}, "width: expected an integer of at least 1, got '5'"),
        ({"image_size": [5, 0]}, "height: expected an integer of at least 1, got 0"),
        ({"pixel_size": 0}, "pixel_size: expected a finite number above 0, got 0"),
        ({"pixel_size": None}, "pixel_size: expected a finite number above 0, got None"),
        ({"method": 3}, "method: expected text, got 3"),
        ({"name": None}, "name: expected text, got None"),
    ],
)
def test_a_field_that_differs_is_named(path, changes, message):
    arrays, document = pack_features([("", make())])
    document["images"][0] |= changes
    write_archive(path, "features", arrays, document)
    with pytest.raises(FeaturesReadError, match=message):
        load_features(path)


@pytest.mark.parametrize("document", [None, [], {}, {"images": 3}, {"images": [7]}])
def test_a_document_of_another_form_is_refused(path, document):
    write_archive(path, "features", pack_features([("", make())])[0], document)
    with pytest.raises(FeaturesReadError, match="holds no features that can be used"):
        load_features(path)


def test_a_truncated_file_is_refused(path):
    save_features(make(), path)
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(FeaturesReadError, match=r"features\.npz: is damaged"):
            load_features(path)


def test_flipped_bytes_are_refused_or_harmless(path):
    found, rng = make(), np.random.default_rng(0)
    save_features(found, path)
    content, refused = path.read_bytes(), 0
    for _ in range(600):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            assert_same(load_features(path), found)
        except FeaturesReadError:
            refused += 1
    assert refused > 300


def test_places_that_do_not_do_are_told(tmp_path):
    with pytest.raises(FeaturesReadError, match=r"none\.npz: cannot be read \(no such file"):
        load_features(tmp_path / "none.npz")
    with pytest.raises(OutputError, match="there is no folder"):
        save_features(make(), tmp_path / "none" / "f.npz")
