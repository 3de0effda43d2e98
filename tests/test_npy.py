"""NumPy's own files: what NumPy writes is read, and nothing else."""

from __future__ import annotations

import io
import math
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from featmatch.archives import archive_bytes
from featmatch.errors import ArgumentError
from featmatch.npy import read_npy, read_npz

TYPES = st.one_of(
    npst.boolean_dtypes(),
    npst.integer_dtypes(),
    npst.floating_dtypes(),
    npst.complex_number_dtypes(),
    npst.unicode_string_dtypes(max_len=5),
)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@settings(max_examples=300)
@given(
    array=npst.arrays(TYPES, npst.array_shapes(min_dims=0, min_side=0)), by_columns=st.booleans()
)
def test_what_numpy_writes_is_read(array, by_columns):
    array = np.asarray(array, order="F" if by_columns else "C")
    read = read_npy(npy(array))
    assert (read.dtype, read.shape) == (array.dtype, array.shape)
    assert read.tobytes() == array.tobytes()
    assert read.flags.writeable


@pytest.mark.parametrize("compress", [False, True])
def test_what_is_written_is_read_by_numpy_and_here(compress):
    arrays = {"a/b": np.arange(6.0).reshape(2, 3).T, "c": np.array(True)}
    content = archive_bytes("any", arrays, None, compress=compress)
    with np.load(io.BytesIO(content)) as file:
        assert list(file) == list(read_npz(content)) == ["__header__", "a/b", "c"]
        for name, array in arrays.items():
            np.testing.assert_array_equal(file[name], array)
            np.testing.assert_array_equal(read_npz(content)[name], array)


@settings(max_examples=300)
@given(data=st.data())
def test_damaged_arrays_are_refused_or_arrays(data):
    """Whatever the bytes, the memory that is taken is not more than they are."""
    content = bytearray(npy(np.arange(6, dtype=np.float32).reshape(2, 3)))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        array = read_npy(content)
    except ValueError:
        return
    assert array.nbytes <= len(content)


def stating(dtype, shape, data=b""):
    """An array of any form, as no NumPy would write it."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


@pytest.mark.parametrize("shape", [(0, 10**17, 10**17), (1,) * 70])
def test_shapes_that_numpy_cannot_hold_are_refused(shape):
    content = stating("<f4", shape, bytes(4 * math.prod(shape)))
    with pytest.raises(ArgumentError, match=r"^an \.npy array of a shape that NumPy cannot hold$"):
        read_npy(content)


@pytest.mark.parametrize(("dtype", "data"), [("<U1", b"\0\0\x11\0"), (">U2", b"\0\0\0a\x7f\0\0\0")])
def test_text_of_no_characters_is_refused(dtype, data):
    with pytest.raises(ArgumentError, match=r"^an \.npy array of text that is none$"):
        read_npy(stating(dtype, (), data))


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(compression):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("a.npy", npy(np.zeros(3)))
    with pytest.raises(ValueError, match="compressed in a way"):
        read_npz(file.getvalue())


def test_an_encrypted_file_is_refused():
    content = bytearray(archive_bytes("any", {}, None))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        content[content.index(mark) + (6 if mark == b"PK\x03\x04" else 8)] |= 1
    with pytest.raises(ValueError, match="encrypted"):
        read_npz(bytes(content))
