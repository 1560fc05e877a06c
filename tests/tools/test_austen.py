"""tools/austen.py: R's vectors of strings are read as R wrote them."""

import struct
import zlib
from pathlib import Path

from tools import austen


def stored(lines, latin_1=()):
    """Store a vector of strings as R does."""
    data = b"X\n" + struct.pack(">4I", 3, 0x040100, 0x030500, 5) + b"UTF-8"
    data += struct.pack(">II", 16, len(lines))
    for line in lines:
        encoded = line.encode("latin-1" if line in latin_1 else "utf-8")
        data += struct.pack(">Ii", 9 | 1 << (14 if line in latin_1 else 15), len(encoded)) + encoded
    return data


def test_strings_are_read_in_their_order_and_encoding():
    lines = ["EMMA", "", "By Jane Austen", "fifty £", "a fête"]
    assert austen.strings(stored(lines, latin_1=["a fête"])) == lines


def test_the_novels_of_a_package_are_in_their_order(monkeypatch):
    def extract(command, check):
        objects = [stored([title, "", "The end."]) for title in sorted(austen.NOVELS)]
        path = Path(command[3]) / "data" / "Rdata.rdb"
        path.parent.mkdir()
        path.write_bytes(b"".join(struct.pack(">I", len(o)) + zlib.compress(o) for o in objects))

    monkeypatch.setattr(austen.subprocess, "run", extract)
    assert austen.novels("a.deb") == "".join(f"{t}\n\nThe end.\n\n" for t in austen.NOVELS)
