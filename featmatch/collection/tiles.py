"""Pairs of images in blocks that need few images each, and shares of all pairs for each machine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from featmatch.checks import check_type
from featmatch.collection.records import Pair
from featmatch.errors import ArgumentError

ROWS, COLUMNS = 4, 8
"""Images 0 and images 1 of a block: its 32 pairs need 12 of them."""

_BLOCKS_A_PROCESS = 4  # at least: the last block of one ends not long after that of another


def tiles(
    pairs: Iterable[Pair], names: Sequence[str], num_processes: int = 1
) -> tuple[tuple[Pair, ...], ...]:
    """Put pairs that share images together.

    Parameters
    ----------
    pairs : iterable of (str, str)
    names : sequence of str
        Of all images.
    num_processes : int
        That the blocks are for: of few pairs, blocks are smaller.

    Returns
    -------
    tuple of tuple of (str, str)
        At most `ROWS` times `COLUMNS` pairs in each; the same for the same pairs in any order.
    """
    places = {name: place for place, name in enumerate(names)}

    def tile(pair: Pair) -> tuple[int, int, int, int]:
        row, column = places[pair[0]], places[pair[1]]
        return row // ROWS, column // COLUMNS, row, column

    ordered = sorted(pairs, key=tile)
    share = math.ceil(len(ordered) / (_BLOCKS_A_PROCESS * num_processes))
    size = max(1, min(ROWS * COLUMNS, share))
    return tuple(tuple(ordered[start : start + size]) for start in range(0, len(ordered), size))


def shard(keys: Mapping[Pair, str], number: int, num_shards: int) -> tuple[Pair, ...]:
    """Return a machine's share of the pairs: the same whatever has been done already.

    Parameters
    ----------
    keys : mapping of (str, str) to str
        The key of each pair, in hexadecimal digits.
    number, num_shards : int
        Which of how many shares, from 1.
    """
    return tuple(pair for pair, key in keys.items() if int(key, 16) % num_shards == number - 1)


def read_shard(text: str) -> tuple[int, int]:
    """Read ``I/N``, the share I, from 1, of N; ArgumentError if it is none."""
    number, _, num_shards = check_type("shard", text, str, "I/N").partition("/")
    if number.isdecimal() and num_shards.isdecimal() and 1 <= int(number) <= int(num_shards):
        return int(number), int(num_shards)
    raise ArgumentError(f"shard: expected I/N with I from 1 to N, such as 1/4, got {text!r}")
