"""Plain data as JSON: pictures as data URIs that hold them, numbers as numbers, text as it is."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from dataclasses import dataclass
from math import inf, nan

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.images.image import Image
from featmatch.report.page.encode import MAX_LOSSLESS, encode, script_json


@dataclass(frozen=True)
class Inner:
    values: np.ndarray
    word: str | None


def decode(picture):
    """The samples of an encoded picture, gray or RGB, and the kind of file that it is."""
    kind, data = re.fullmatch(r"data:image/(png|jpeg);base64,(.*)", picture["src"]).groups()
    samples = cv2.imdecode(np.frombuffer(b64decode(data), np.uint8), cv2.IMREAD_UNCHANGED)
    assert samples.shape[:2] == (picture["height"], picture["width"])
    return kind, samples if samples.ndim == 2 else cv2.cvtColor(samples, cv2.COLOR_BGR2RGB)


def test_dataclasses_mappings_and_sequences_keep_their_order_and_names():
    value = {"b": Inner(np.array([[1, 2], [3, 4]]), None), "a": (1, "x", True, [0.5])}
    encoded = encode(value)
    assert encoded == {"b": {"values": [[1, 2], [3, 4]], "word": None}, "a": [1, "x", True, [0.5]]}
    assert list(encoded) == ["b", "a"]


def test_numbers_have_six_digits_and_python_types():
    numbers = (1 / 3, np.float32(1 / 3), 1e-9, 123456.7, np.int64(2**40), np.bool_(True))
    assert encode(numbers) == [0.333333, 0.333333, 1e-9, 123457.0, 2**40, True]
    assert [type(number) for number in encode(numbers)] == [float] * 4 + [int, bool]


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (1, 1)])
def test_small_pictures_are_exact(shape):
    samples = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    kind, decoded = decode(encode(samples))
    assert kind == "png"
    np.testing.assert_array_equal(decoded, samples)


def test_photographs_become_small_and_stay_alike():
    y, x = np.mgrid[:400, :600]
    noise = np.random.default_rng(0).normal(0, 4, (400, 600))
    samples = np.clip(127 + 80 * np.sin(x / 40) * np.cos(y / 30) + noise, 0, 255).astype(np.uint8)
    encoded = encode(np.stack([samples, 255 - samples, samples // 2], axis=2))
    kind, decoded = decode(encoded)
    assert kind == "jpeg"
    assert len(encoded["src"]) < 3 * MAX_LOSSLESS
    assert np.abs(decoded[..., 0].astype(int) - samples).mean() < 5
    assert np.abs(decoded[..., 1].astype(int) - (255 - samples)).mean() < 5


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (2, 3, 3, 3)])
def test_other_arrays_of_bytes_are_numbers(shape):
    samples = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    assert encode(samples) == samples.tolist()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_an_image_is_a_picture_with_size_and_name(dtype):
    levels = np.array([[0, 51], [102, 255]])
    pixels = levels.astype(np.uint8) if dtype == np.uint8 else (levels / 255).astype(np.float32)
    encoded = encode(Image(pixels, (20, 20), "a.png"))
    np.testing.assert_array_equal(decode(encoded["pixels"])[1], levels)
    assert (encoded["size"], encoded["name"]) == ([20, 20], "a.png")


@pytest.mark.parametrize("value", [nan, inf, np.array([1.0, nan])])
def test_numbers_that_are_not_finite_are_refused(value):
    with pytest.raises(ValueError, match=r"^value: expected a finite number, got "):
        encode({"key": value})


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes"])
def test_what_is_not_plain_is_refused(value):
    with pytest.raises(TypeError, match=r"^value: expected numbers, strings and their like, got "):
        encode({"key": value})


@settings(max_examples=30)
@given(st.text())
def test_any_text_survives_and_cannot_end_the_script(text):
    written = script_json({"name": text})
    assert json.loads(written) == {"name": text}
    assert written.isascii()
    assert not set("<>&") & set(written)


@pytest.mark.parametrize(
    "text",
    ["</script><script>alert(1)</script>", "<!--", "]]>", "\u2028\u2029", "&lt;", '"\\'],
)
def test_dangerous_text_survives_and_is_harmless(text):
    written = script_json([text])
    assert json.loads(written) == [text]
    assert written.isascii()
    assert not set("<>&") & set(written)


def test_bytes_of_a_name_that_are_no_text_become_a_question_mark():
    assert encode("a\udcff.png") == "a?.png"
