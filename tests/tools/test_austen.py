"""tools/austen.py: R's vectors of strings are read as R wrote them."""

import struct
import zlib

from tools import austen


def stored(lines, latin_1=()):
    """Store a vector of strings as R does."""
    data = b"X\n" + struct.pack(">3I", 3, 0x040100, 0x030500) + struct.pack(">I", 5) + b"UTF-8"
    data += struct.pack(">II", 16, len(lines))
    for line in lines:
        encoded = line.encode("latin-1" if line in latin_1 else "utf-8")
        flags = 9 | (1 << 14 if line in latin_1 else 1 << 15)
        data += struct.pack(">Ii", flags, len(encoded)) + encoded
    return data


def test_strings_are_read_in_their_order_and_encoding():
    lines = ["EMMA", "", "By Jane Austen", "fifty £", "a fête"]
    assert austen.strings(stored(lines, latin_1=["a fête"])) == lines


def test_what_stands_one_behind_another_is_unpacked():
    objects = [stored(["EMMA"]), stored(["Persuasion", ""])]
    database = b"".join(struct.pack(">I", len(o)) + zlib.compress(o) for o in objects)
    assert [austen.strings(o) for o in austen.unpacked(database)] == [["EMMA"], ["Persuasion", ""]]
