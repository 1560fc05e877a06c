"""Write Jane Austen's six novels as one text, from Debian's package of them.

    apt-get download r-cran-janeaustenr
    python3 tools/austen.py r-cran-janeaustenr_*.deb > data/austen.txt

It needs Debian's `dpkg-deb`, and no R. The package holds each novel as R stores a vector of
strings, one a line of the book: format XDR, version 3, compressed. One stands behind another, each
after four bytes that tell its length.
"""

import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

# Their first lines, in the order in which they were published.
NOVELS = (
    "SENSE AND SENSIBILITY",
    "PRIDE AND PREJUDICE",
    "MANSFIELD PARK",
    "EMMA",
    "NORTHANGER ABBEY",
    "Persuasion",
)
LATIN_1 = 1 << 14  # this flag of a string says how it is encoded


def unpacked(database: bytes) -> Iterator[bytes]:
    """Decompress what stands in the file, one object after another."""
    while database:
        stream = zlib.decompressobj()
        yield stream.decompress(database[4:])
        database = stream.unused_data


def strings(stored: bytes) -> list[str]:
    """Read a vector of strings."""
    # "X\n", three versions of four bytes, and the name of an encoding after its length.
    place = 18 + int.from_bytes(stored[14:18], "big")
    _, number = struct.unpack_from(">II", stored, place)  # what kind of vector, and how long
    place, found = place + 8, []
    for _ in range(number):
        flags, length = struct.unpack_from(">Ii", stored, place)
        string = stored[place + 8 : place + 8 + length]
        found.append(string.decode("latin-1" if flags & LATIN_1 else "utf-8"))
        place += 8 + length
    return found


def novels(package: str) -> str:
    """Return the novels that are in a Debian package, with two line breaks after each."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
        (database,) = Path(folder).rglob("data/Rdata.rdb")
        lines = {found[0]: found for found in map(strings, unpacked(database.read_bytes()))}
    return "".join("\n".join(lines[title]) + "\n\n" for title in NOVELS)


if __name__ == "__main__":
    (_, debian_package) = sys.argv
    sys.stdout.write(novels(debian_package))
