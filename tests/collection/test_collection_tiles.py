"""Blocks of pairs, and shares of them for several machines."""

from __future__ import annotations

from itertools import combinations

import pytest

from featmatch.collection.keys import digest, pair_key
from featmatch.collection.tiles import read_shard, shard, tiles
from featmatch.errors import ArgumentError

NAMES = [f"{number}.jpg" for number in range(40)]
PAIRS = list(combinations(NAMES, 2))


@pytest.mark.parametrize("pairs", [PAIRS, PAIRS[::7], PAIRS[:1], []])
def test_every_pair_is_in_one_block(pairs):
    blocks = tiles(pairs, NAMES)
    assert sorted(pair for block in blocks for pair in block) == sorted(pairs)
    assert all(1 <= len(block) <= 32 for block in blocks)
    assert tiles(reversed(pairs), NAMES) == blocks


def test_blocks_need_few_images():
    blocks = tiles(PAIRS, NAMES)
    needed = [len({name for pair in block for name in pair}) for block in blocks]
    assert sum(needed) / len(blocks) < 18  # of 40, were there no order in them
    assert max(needed) <= 24


def test_few_pairs_are_shared_among_the_processes():
    assert len(tiles(PAIRS[:45], NAMES, num_processes=2)) == 8
    assert max(map(len, tiles(PAIRS[:45], NAMES, num_processes=2))) == 6


@pytest.mark.parametrize("num_shards", [1, 2, 7])
def test_shards_are_about_alike_and_leave_nothing_out(num_shards):
    keys = {pair: pair_key(*pair, "matching") for pair in PAIRS}
    shares = [shard(keys, number, num_shards) for number in range(1, num_shards + 1)]
    assert sorted(pair for share in shares for pair in share) == sorted(PAIRS)
    assert max(map(len, shares)) < 1.4 * len(PAIRS) / num_shards
    some = dict(list(keys.items())[::2])
    assert set(shard(some, 1, num_shards)) <= set(shares[0])


def test_shares_are_read():
    assert read_shard("2/4") == (2, 4)


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "a/b", "1/2/3", "-1/2", "1.0/2"])
def test_what_is_no_share(text):
    with pytest.raises(ArgumentError, match="expected I/N"):
        read_shard(text)


def test_keys_differ_in_every_part():
    keys = [
        pair_key("a", "b", "c"),
        pair_key("b", "a", "c"),
        pair_key("a", "b", "d"),
        pair_key("ab", "", "c"),
        digest("a", "b"),
        digest("a", None, "b"),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 32 and int(key, 16) >= 0 for key in keys)
