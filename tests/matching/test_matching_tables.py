"""Matches of other tools: every form they come in, and what is refused."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import featmatch
from featmatch import ArgumentError, FeaturesReadError
from featmatch.matching.tables import MAX_BYTES, parse_table, read_matches

TABLE = np.array([[10.5, 20.25, 30, 40], [1, 2, 3.125, 4], [1, 2, 3.125, 4], [7, 6, 5, 4e2]])
ROWS = "10.5,20.25,30,40\n1,2,3.125,4\n1,2,3.125,4\n7,6,5,4e2\n"
FRACTIONS = np.array([0.25, 0.5, 0.75, 1])
SAMPLES = Path(__file__).parents[2] / "samples"


def assert_table(found, table=TABLE):
    assert found.points0.dtype == found.points1.dtype == np.float64
    np.testing.assert_array_equal(np.hstack([found.points0, found.points1]), table)


@pytest.mark.parametrize("delimiter", [",", ", ", ";", " ; ", "\t", " ", "   "])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n"])
@pytest.mark.parametrize("names", ["", "x0,y0,x1,y1\n", '"X0","Y0","X1","Y1"\n', "# x0,y0,x1,y1\n"])
def test_delimiters_and_ends_of_lines(delimiter, end, names):
    text = (names + ROWS).replace(",", delimiter).replace("\n", end)
    assert_table(parse_table(text))
    assert_table(parse_table(text.removesuffix(end)))


def test_names_give_the_order_of_the_columns():
    rows = [f"a,{y1},{x0},0.5,{x1},{y0},7\n" for x0, y0, x1, y1 in TABLE]
    found = parse_table("".join(["name,y1,x0,ratio,x1,y0,distance\n", *rows]))
    assert_table(found)
    np.testing.assert_array_equal(found.ratios, [0.5] * 4)
    np.testing.assert_array_equal(found.distances, [7] * 4)
    assert found.confidences is None


@pytest.mark.parametrize("name", ["confidence", "Score", "scores", "mconf", "certainty"])
def test_confidences_have_many_names(name):
    found = parse_table(f"x0,y0,x1,y1,{name}\n1,2,3,4,0.25\n1,2,3,4,1.0000001\n")
    np.testing.assert_array_equal(found.confidences, [0.25, 1])


def test_columns_after_the_fourth_are_left_out_without_names():
    assert_table(parse_table(ROWS.replace("\n", ",9,nine\n")))


def test_a_comment_that_names_columns_counts_as_numpy_writes_it(tmp_path):
    path = tmp_path / "matches.txt"
    np.savetxt(path, TABLE[:, [2, 3, 0, 1]], header="x1 y1 x0 y0")
    assert_table(read_matches(path))


def test_comments_and_empty_lines_are_left_out():
    assert_table(parse_table("# made by x0 and others\n\n" + ROWS.replace("\n", "\n#1,2\n \n")))
    assert_table(parse_table("# y1 x1 y0 x0\nx0,y0,x1,y1\n" + ROWS))


@pytest.mark.parametrize("text", ["", "\n \n", "# nothing\n", "x0,y0,x1,y1\n", "# x0 y0 x1 y1"])
def test_no_matches_are_ordinary(tmp_path, text):
    path = tmp_path / "matches.csv"
    path.write_text(text)
    assert len(read_matches(path)) == 0


def test_our_own_table_is_read(tmp_path):
    path = tmp_path / "matches.csv"
    result = featmatch.match(SAMPLES / "poster_0.jpg", SAMPLES / "poster_1.jpg", method="orb")
    result.save(path)
    found = read_matches(path)
    np.testing.assert_allclose(found.points0, result.points0, rtol=1e-5)
    np.testing.assert_allclose(found.points1, result.points1, rtol=1e-5)
    np.testing.assert_allclose(found.ratios, result.matches.ratios, atol=1e-6)
    np.testing.assert_allclose(found.distances, result.matches.distances, rtol=1e-5)


@settings(max_examples=100)
@given(
    table=npst.arrays(
        np.float64,
        st.tuples(st.integers(0, 5), st.just(4)),
        elements=st.floats(-1e30, 1e30),
    ),
    delimiter=st.sampled_from([",", ";", "\t", " "]),
)
def test_whatever_is_written_is_read(table, delimiter):
    lines = [delimiter.join(map(repr, row)) for row in table.tolist()]
    assert_table(parse_table("\n".join(lines)), table)
    assert_table(parse_table("\n".join([delimiter.join(["x0", "y0", "x1", "y1"]), *lines])), table)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3,4\n1,2,nan,4", "line 2: expected a finite number for x1, got 'nan'"),
        ("#\n\n1,2,3,inf", "line 3: expected a finite number for y1, got 'inf'"),
        ("x0,y0,x1,y1\n1,2,3,", "line 2: expected a finite number for y1, got ''"),
        ("1,2,3,4\n1,2,three,4", "line 2: expected a finite number for x1, got 'three'"),
        ("1,5;2,5;3,5;4,5", "line 1: expected columns x0, y0, x1, y1, each once, got 1,5"),
        ("1,2,3,4\n1,2,3", "line 2: expected 4 cells, got 3"),
        ("1,2,3,4\n1;2;3;4", "line 2: expected 4 cells, got 1"),
        ("1,2,3", "line 1: expected x0, y0, x1, y1 in the first four columns, got 3 cells"),
        ("x1,y1,x2,y2\n1,2,3,4", "line 1: expected columns x0, y0, x1, y1, each once, got x1, y1"),
        ("x0,y0,x1,y1,x0\n", "line 1: expected columns x0, y0, x1, y1, each once"),
        ("x0,y0,x1,y1,score\n1,2,3,4,37", "line 2: expected a number from 0 to 1 for confidences"),
        (
            "x0,y0,x1,y1,ratio\n1,2,3,4,-1",
            "line 2: expected a number from 0 to 1 for ratios, got -",
        ),
        ("1,2,3,4\n1,2,3,1e300", "points1: expected finite numbers, got 1e.300 in row 1"),
    ],
)
def test_a_line_that_does_not_do_is_named(tmp_path, text, message):
    path = tmp_path / "matches.csv"
    path.write_text(text)
    with pytest.raises(
        FeaturesReadError, match=rf"matches\.csv: .*\({message}.*\); mend"
    ) as caught:
        read_matches(path)
    assert "\n" not in str(caught.value)


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def read_bytes(tmp_path, content):
    path = tmp_path / "matches.any"
    path.write_bytes(content)
    return read_matches(path)


LEFT, RIGHT = TABLE[:, :2], TABLE[:, 2:]
ARRAYS = {
    "columns": dict(zip(("x0", "y0", "x1", "y1"), TABLE.T, strict=True)),
    "points": {"points0": LEFT, "points1": RIGHT, "other": np.zeros((3, 3))},
    "loftr": {"mkpts0": LEFT, "mkpts1": RIGHT},
    "table": {"anything": TABLE, "other": np.zeros(7)},
    "pairs": {
        "keypoints0": LEFT[::-1],
        "keypoints1": RIGHT,
        "matches": np.stack([[3, 2, 1, 0], np.arange(4)], axis=1),
    },
}


@pytest.mark.parametrize("arrays", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.parametrize("name", [None, "ratios", "confidence", "scores", "distance"])
def test_arrays_under_names(tmp_path, arrays, name):
    more = {name: FRACTIONS} if name else {}
    found = read_bytes(tmp_path, npz(**arrays, **more))
    assert_table(found)
    if name and "anything" not in arrays:
        known = found.ratios, found.confidences, found.distances
        (values,) = [values for values in known if values is not None]
        np.testing.assert_array_equal(values, FRACTIONS)


@pytest.mark.parametrize("name", ["matches", "matches0"])
@pytest.mark.parametrize("dtype", [np.int16, np.int64])
def test_a_match_for_each_keypoint_as_hloc_and_superglue_write_it(tmp_path, name, dtype):
    keypoints0 = np.float32([[9, 9], [1, 2], [8, 8], [3, 4]])
    keypoints1 = np.float32([[5, 6], [7, 8], [0, 0]])
    arrays = {
        "keypoints0": keypoints0,
        "keypoints1": keypoints1,
        name: dtype([-1, 1, -1, 0]),
        "matching_scores0": np.float16([0, 0.5, 0, 0.25]),
    }
    found = read_bytes(tmp_path, npz(**arrays))
    assert_table(found, [[1, 2, 7, 8], [3, 4, 5, 6]])
    np.testing.assert_array_equal(found.confidences, [0.5, 0.25])


def test_all_that_lightglue_returns(tmp_path):
    """Its pairs of numbers come first, and their scores, not those of all keypoints."""
    arrays = ARRAYS["pairs"] | {
        "matches0": np.array([3, 2, 1, 0, -1]),
        "matching_scores0": np.full(5, 0.125),
        "scores": FRACTIONS,
    }
    found = read_bytes(tmp_path, npz(**arrays))
    assert_table(found)
    np.testing.assert_array_equal(found.confidences, FRACTIONS)


@pytest.mark.parametrize(
    "arrays",
    [
        dict.fromkeys(("x0", "y0", "x1", "y1"), np.zeros(0)),
        {"points0": np.zeros((0, 2)), "points1": np.zeros(0)},
        {"keypoints0": np.zeros((3, 2)), "keypoints1": np.zeros((0, 2)), "matches": np.full(3, -1)},
        {"table": np.zeros((0, 4))},
    ],
)
def test_no_matches_in_arrays_are_ordinary(tmp_path, arrays):
    assert len(read_bytes(tmp_path, npz(**arrays))) == 0


POINTS = {"points0": LEFT, "points1": RIGHT}
KEYPOINTS = {"keypoints0": LEFT, "keypoints1": RIGHT}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "expected x0, y0, x1, y1; points0 and points1; .*, got no arrays"),
        (KEYPOINTS, "got keypoints0, keypoints1"),
        ({"a": TABLE, "b": TABLE}, "or one array (M, 4), got a, b"),
        (POINTS | {"points1": RIGHT[:3]}, "points1: expected shape (4, 2), got (3, 2)"),
        (POINTS | {"points0": TABLE}, "points0: expected shape (M, 2), got (4, 4)"),
        (POINTS | {"points0": LEFT * 1j}, "points0: expected real numbers, got an array of compl"),
        (POINTS | {"points0": LEFT * np.nan}, "points0: expected finite numbers, got nan in row 0"),
        (POINTS | {"score": np.zeros(3)}, "expected confidences of shape (4,), got score of shape"),
        (
            POINTS | {"score": np.full(4, 2.0)},
            "confidences: expected numbers in [0, 1], got 2 in r",
        ),
        (ARRAYS["columns"] | {"x1": np.zeros(3)}, "x0, y0, x1, y1: expected shape (M,), got"),
        (dict.fromkeys(("x0", "y0", "x1", "y1"), np.array(1.0)), "expected shape (M,), got {()}"),
        (
            KEYPOINTS | {"matches": np.zeros(3, int)},
            "matches: expected shape (M, 2), or (4,) as th",
        ),
        (KEYPOINTS | {"matches": np.zeros(4)}, "matches: expected numbers of keypoints, got float"),
        (
            KEYPOINTS | {"matches": np.array([0, 1, 4, 0])},
            "below 4, the number of keypoints1, got 4",
        ),
        (KEYPOINTS | {"matches": np.array([0, 1, -2, 0])}, "from 0 and below 4, .*, got -2"),
        (KEYPOINTS | {"matches": np.full((1, 2), 2**64 - 1)}, "from 0 and below 4, .*, got -1"),
    ],
)
def test_arrays_that_do_not_do_are_named(tmp_path, arrays, message):
    expected = re.escape(message).replace(r"\.\*", ".*")
    with pytest.raises(FeaturesReadError, match=rf"matches\.any: holds no matches .*{expected}"):
        read_bytes(tmp_path, npz(**arrays))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.dtype(">f8"), np.int64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_one_array_alone(tmp_path, dtype, order):
    table = np.array(TABLE.round(), dtype, order=order)
    assert_table(read_bytes(tmp_path, npy(table)), TABLE.round())
    assert_table(read_matches(table), TABLE.round())
    assert_table(read_matches((table[:, :2], table[:, 2:])), TABLE.round())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy(TABLE[:, :3]), r"array: expected shape \(M, 4\), got \(4, 3\)"),
        (npy(np.array([{}], object)), "of Python objects, which are not read"),
        (npy(TABLE)[:-1], "states 128 bytes and has 127"),
        (npy(TABLE).replace(b"(4, 4)", b"(9, 4)"), "states 288 bytes and has 128"),
        (b"\x89HDF\r\n", "expected a table in UTF-8, .npz or .npy, got something else"),
        ("x0,y0,x1,y1".encode("utf-16"), "expected a table in UTF-8"),
        (b"\xff\xd8\xff\xe0", "expected a table in UTF-8"),
        (b'{"matches": []}', "line 1: expected columns x0, y0, x1, y1"),
        (b"PK", "file is not a zip file"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    with pytest.raises(FeaturesReadError, match=message):
        read_bytes(tmp_path, content)


def test_files_that_cannot_be_read_are_told(tmp_path):
    with pytest.raises(FeaturesReadError, match=r"none\.csv: cannot be read \(no such file"):
        read_matches(tmp_path / "none.csv")
    with pytest.raises(FeaturesReadError, match="cannot be read"):
        read_matches(str(tmp_path))


def test_a_file_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / "matches.csv"
    path.touch()
    os.truncate(path, MAX_BYTES + 1)  # a file of holes
    with pytest.raises(FeaturesReadError, match="has more than 536,870,912 bytes"):
        read_matches(path)


FORMS = {
    "csv": ("x0,y0,x1,y1,ratio\n" + ROWS.replace("\n", ",0.5\n")).encode(),
    "npy": npy(TABLE),
    "npz": npz(**ARRAYS["pairs"]),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
def test_flipped_bytes_are_refused_or_numbers(tmp_path, content):
    """A table without a checksum may become other numbers; never another error."""
    rng, refused = np.random.default_rng(0), 0
    for _ in range(500):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= int(rng.integers(1, 256))
        try:
            found = read_bytes(tmp_path, damaged)
        except FeaturesReadError:
            refused += 1
        else:
            assert np.isfinite(found.points0).all()
    assert refused > 100


@settings(max_examples=300)
@given(text=st.text("x01y,;\t #\n\r.e-naif\"'\x00é", max_size=40))
def test_whatever_a_text_is_it_is_read_or_refused(text):
    try:
        found = parse_table(text)
    except ArgumentError:
        return
    assert found.points0.shape == found.points1.shape == (len(found), 2)


@pytest.mark.parametrize("empty", [[], np.zeros((0, 4)), ((), ()), (np.zeros((0, 2)),) * 2])
def test_no_matches_in_memory_are_ordinary(empty):
    assert len(read_matches(empty)) == 0


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "matches: expected real numbers, got an array of object"),
        (3.0, r"matches: expected shape \(M, 4\), got \(\)"),
        ([[1, 2, 3]], r"matches: expected shape \(M, 4\), got \(1, 3\)"),
        ([[1, 2, 3, np.nan]], r"matches: expected finite numbers, got nan in row 0"),
        ((LEFT, RIGHT[:1]), r"points1: expected shape \(4, 2\), got \(1, 2\)"),
        ((LEFT, TABLE), r"points1: expected shape \(4, 2\), got \(4, 4\)"),
        ((LEFT, RIGHT, FRACTIONS), "matches: expected an array of numbers, got none"),
        ([LEFT, None], "matches: expected real numbers, got an array of object"),
        (([[1, 2], [3]], [[1, 2]]), "matches: expected an array of numbers, got none"),
    ],
)
def test_arrays_that_do_not_do_are_told(source, message):
    with pytest.raises(ArgumentError, match=f"^{message}"):
        read_matches(source)
