"""Fax (ITU-T T.4 and T.6), the compression of black and white: how many rows are whole.

libtiff leaves white what it finds no codes for, and says so on stderr alone. So the codes are read
here once more: those of a row must make its width exactly, and there must be as many rows as the
file tells of.
"""

from __future__ import annotations

BY_ROWS, GROUP_3, GROUP_4 = 2, 3, 4
"""The compressions: rows one by one; the same with marks between them; rows by those above."""

_BY_ROWS_ABOVE = 1  # the bit of group 3's options by which rows may be told by those above
_MOST = 13  # bits of a code
_MARK = 11  # zeros, or more, and a one: the end of a row
_RUNS = (  # white, black: 0 to 63 pixels, then 64, 128, ... 1728
    """00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100
    110101 101010 101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011
    0100100 0011000 00000010 00000011 00011010 00011011 00010010 00010011 00010100 00010101
    00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101
    00001010 00001011 01010010 01010011 01010100 01010101 00100100 00100101 01011000 01011001
    01011010 01011011 01001010 01001011 00110010 00110011 00110100
    11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100
    011001101 011010010 011010011 011010100 011010101 011010110 011010111 011011000 011011001
    011011010 011011011 010011000 010011001 010011010 011000 010011011""",
    """0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100
    00000111 000011000 0000010111 0000011000 0000001000 00001100111 00001101000 00001101100
    00000110111 00000101000 00000010111 00000011000 000011001010 000011001011 000011001100
    000011001101 000001101000 000001101001 000001101010 000001101011 000011010010 000011010011
    000011010100 000011010101 000011010110 000011010111 000001101100 000001101101 000011011010
    000011011011 000001010100 000001010101 000001010110 000001010111 000001100100 000001100101
    000001010010 000001010011 000000100100 000000110111 000000111000 000000100111 000000101000
    000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111
    0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101
    0000001101100 0000001101101 0000001001010 0000001001011 0000001001100 0000001001101
    0000001110010 0000001110011 0000001110100 0000001110101 0000001110110 0000001110111
    0000001010010 0000001010011 0000001010100 0000001010101 0000001011010 0000001011011
    0000001100100 0000001100101""",
)
_LONG_RUNS = """00000001000 00000001100 00000001101 000000010010 000000010011 000000010100
    000000010101 000000010110 000000010111 000000011100 000000011101 000000011110 000000011111"""
"""Of both colors: 1792, 1856, ... 2560 pixels."""

_PASS, _RUNS_OF_BOTH, _UNCOMPRESSED = 4, 5, 6
_MODES = {"1": 0, "011": 1, "000011": 2, "0000011": 3, "010": -1, "000010": -2, "0000010": -3}
"""How far to the right of a change of color in the row above the next change lies; and others."""
_MODES |= {"0001": _PASS, "001": _RUNS_OF_BOTH, "0000001": _UNCOMPRESSED}

_Table = list[tuple[int, int]]
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class _NoCodeError(Exception):
    """Where a code should be, there is none."""


class _UnreadError(Exception):
    """What follows is told in a way that is not read here."""


def num_whole_rows(
    piece: bytes, width: int, num_rows: int, compression: int, options: int, fill_order: int
) -> int:
    """Count the rows of a strip or a tile that are whole.

    Parameters
    ----------
    piece : bytes
    width, num_rows : int
        Pixels of a row, and rows that there should be.
    compression : {2, 3, 4}
    options : int
        Those of group 3, as the tag 292 tells them.
    fill_order : {1, 2}
        Whether the first bit of a byte is its highest or its lowest.

    Returns
    -------
    int
        The rows above the first that is damaged.
    """
    bits = _Bits(piece.translate(_REVERSED) if fill_order == 2 else piece)
    above = [width]
    for row in range(num_rows):
        try:
            by_above = compression == GROUP_4
            if compression == GROUP_3:
                marked = bits.skip_mark()
                by_above = bool(options & _BY_ROWS_ABOVE and marked and not bits.take(1))
            above = _row_by_above(bits, width, above) if by_above else _row(bits, width)
            if compression == BY_ROWS:
                bits.skip_to_byte()
        except _NoCodeError:
            return row
        except _UnreadError:
            break
    return num_rows


class _Bits:
    """A piece of a file, bit by bit."""

    def __init__(self, content: bytes) -> None:
        self._content = content + bytes(4)  # so that there is something to look at beyond
        self._length = 8 * len(content)
        self._place = 0

    def peek(self, num: int) -> int:
        """Return the next `num` bits, at most 24, as a number."""
        start, shift = divmod(self._place, 8)
        window = int.from_bytes(self._content[start : start + 4], "big")
        return window >> (32 - num - shift) & ((1 << num) - 1)

    def take(self, num: int) -> int:
        """Return the next `num` bits, and go on."""
        value = self.peek(num)
        self._place += num
        if self._place > self._length:
            raise _NoCodeError
        return value

    def code(self, table: _Table) -> int:
        """Return what the next code means, and go on."""
        meaning, length = table[self.peek(_MOST)]
        if not length:
            raise _NoCodeError
        self.take(length)
        return meaning

    def skip_mark(self) -> bool:
        """Go on behind a mark of the end of a row, if there is one; two are the end of all."""
        if self.peek(_MARK):
            return False
        while not self.take(1):
            pass
        return True

    def skip_to_byte(self) -> None:
        """Go on at the next whole byte."""
        self._place += -self._place % 8


def _row(bits: _Bits, width: int) -> list[int]:
    """Read a row told by itself: where its colors change, white to black first, and `width`."""
    changes, place, black = [], 0, False
    while place < width:
        place += _run(bits, black)
        changes.append(place)
        black = not black
    if place > width:
        raise _NoCodeError
    return changes


def _row_by_above(bits: _Bits, width: int, above: list[int]) -> list[int]:
    """Read a row told by the one above it, as `_row` does."""
    above = [*above, width, width, width]
    changes: list[int] = []
    place, black, index = -1, False, 0  # of the change above: to the right, of the same kind
    while place < width:
        while above[index] <= place and above[index] < width:
            index += 2
        mode = bits.code(_MODE_TABLE)
        if mode == _PASS:
            place = above[index + 1]
            continue
        if mode == _UNCOMPRESSED:
            raise _UnreadError
        if mode == _RUNS_OF_BOTH:
            start = max(place, 0)
            middle = start + _run(bits, black)
            place = middle + _run(bits, not black)
            changes += [middle, place]
        else:
            start, place = max(place, 0), above[index] + mode
            changes.append(place)
            black = not black
            index += -1 if index else 1
        if not start <= place <= width:
            raise _NoCodeError
    return changes


def _run(bits: _Bits, black: bool) -> int:
    """Read how many pixels of a color follow."""
    total, part = 0, _SHORTEST_LONG
    while part >= _SHORTEST_LONG:
        part = bits.code(_RUN_TABLES[black])
        total += part
    return total


def _table(codes: dict[str, int]) -> _Table:
    """Return for each number of `_MOST` bits what the code it begins with means, and its length."""
    table = [(0, 0)] * (1 << _MOST)
    for code, meaning in codes.items():
        beyond = _MOST - len(code)
        start = int(code, 2) << beyond
        table[start : start + (1 << beyond)] = [(meaning, len(code))] * (1 << beyond)
    return table


def _run_table(codes: str) -> _Table:
    short_and_long = [*range(_SHORTEST_LONG), *range(_SHORTEST_LONG, _LONGEST + 1, _SHORTEST_LONG)]
    return _table(dict(zip(f"{codes} {_LONG_RUNS}".split(), short_and_long, strict=True)))


_SHORTEST_LONG, _LONGEST = 64, 2560  # pixels: runs of which a shorter one follows
_RUN_TABLES = tuple(_run_table(codes) for codes in _RUNS)
_MODE_TABLE = _table(_MODES)
