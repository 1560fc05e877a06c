"""Extract Jane Austen's six novels from a Debian package and write them as one text.

    apt-get download r-cran-janeaustenr
    python3 tools/austen.py r-cran-janeaustenr_*.deb > data/austen.txt

This needs Debian's `dpkg-deb`, but not R. The package stores each novel as a vector of strings of R,
one string per line of the book, in compressed XDR format, version 3. The vectors follow one another,
each preceded by its length in four bytes.
"""

import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

# The first lines of the novels, in order of publication.
NOVELS = (
    "SENSE AND SENSIBILITY",
    "PRIDE AND PREJUDICE",
    "MANSFIELD PARK",
    "EMMA",
    "NORTHANGER ABBEY",
    "Persuasion",
)
LATIN_1 = 1 << 14  # the flag of a string that is encoded in Latin-1


def unpacked(database: bytes) -> Iterator[bytes]:
    """Decompress the objects in the file, one after another."""
    while database:
        stream = zlib.decompressobj()
        yield stream.decompress(database[4:])
        database = stream.unused_data


def strings(stored: bytes) -> list[str]:
    """Read a vector of strings."""
    # "X\n", three version numbers of four bytes each, and the name of an encoding, preceded by its length.
    place = 18 + int.from_bytes(stored[14:18], "big")
    _, number = struct.unpack_from(">II", stored, place)  # the kind of vector, and its length
    place, found = place + 8, []
    for _ in range(number):
        flags, length = struct.unpack_from(">Ii", stored, place)
        string = stored[place + 8 : place + 8 + length]
        found.append(string.decode("latin-1" if flags & LATIN_1 else "utf-8"))
        place += 8 + length
    return found


def novels(package: str) -> str:
    """Return the novels in a Debian package, with two line breaks after each novel."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
        (database,) = Path(folder).rglob("data/Rdata.rdb")
        lines = {found[0]: found for found in map(strings, unpacked(database.read_bytes()))}
    return "".join("\n".join(lines[title]) + "\n\n" for title in NOVELS)


if __name__ == "__main__":
    (_, debian_package) = sys.argv
    sys.stdout.write(novels(debian_package))
