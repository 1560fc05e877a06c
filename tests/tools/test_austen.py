"""tools/austen.py: R's vectors of strings are read as R wrote them."""

import struct

from tools import austen


def test_strings_are_read_in_their_order_and_encoding():
    lines = ["EMMA", "", "By Jane Austen", "fifty £", "a fête"]
    stored = b"X\n" + struct.pack(">4I", 3, 0x040100, 0x030500, 5) + b"UTF-8"
    stored += struct.pack(">II", 16, len(lines))
    for line in lines:
        latin_1 = line == "a fête"
        encoded = line.encode("latin-1" if latin_1 else "utf-8")
        stored += struct.pack(">Ii", 9 | 1 << (14 if latin_1 else 15), len(encoded)) + encoded
    assert austen.strings(stored) == lines
