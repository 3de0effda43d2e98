"""Archives that would take much more memory than files of their kind need are refused first."""

import io
import json
import os
import zipfile

import numpy as np
import pytest

from featmatch.archives import HEADER, read_archive
from featmatch.errors import FeaturesReadError, WeightsError
from featmatch.learned.network.weights import load_network
from featmatch.matching.tables import read_matches
from featmatch.npy import read_npz


def packed(**arrays):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            archive.writestr(f"{name}.npy", member.getvalue())
    return file.getvalue()


NOISE = np.frombuffer(np.random.default_rng(0).bytes(400_000), np.uint8)


def test_small_numbers_count_as_what_they_become(tmp_path):
    """Matches are worked with as float64: a byte of the file would become 500."""
    points = np.zeros((6_000_000, 2), np.uint8)
    path = tmp_path / "matches.npz"
    path.write_bytes(packed(points0=points, points1=points, noise=NOISE))
    with pytest.raises(FeaturesReadError, match="would become 24,400,000 numbers: too many"):
        read_matches(path)
    assert len(read_npz(packed(points0=points[:1_000_000], noise=NOISE))) == 2


def test_the_text_of_an_archive_is_bounded(tmp_path):
    document = {"featmatch": "weights", "version": 1, "document": [[]] * 2_900_000}
    path = tmp_path / "weights.npz"
    noise = np.tile(NOISE, 2)
    path.write_bytes(packed(**{HEADER: np.array(json.dumps(document)), "noise": noise}))
    with pytest.raises(WeightsError, match="bytes of text, where 33,554,432 are enough"):
        read_archive(path, "weights", WeightsError)


def test_devices_and_pipes_are_no_weights(tmp_path):
    pipe = tmp_path / "pipe.npz"
    os.mkfifo(pipe)
    for path in (pipe, "/dev/zero"):
        with pytest.raises(WeightsError, match="is a device or a pipe; give the name of a file"):
            load_network(path)
