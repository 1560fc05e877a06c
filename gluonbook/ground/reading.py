"""Read a text file."""

from io import BytesIO, TextIOWrapper
from pathlib import Path


def read_text(path):
    """Read a UTF-8 file, convert it to lower case, and replace line breaks with spaces."""
    return decode_text(Path(path).read_bytes(), path)


def decode_text(data, path):
    """Decode and convert the content of a file, as `read_text` does."""
    try:
        string = TextIOWrapper(BytesIO(data), encoding="utf-8-sig").read()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text: byte {error.object[error.start]:#04x} at position "
            f"{error.start} cannot be decoded. Convert it to UTF-8, in an editor or with iconv"
        ) from error
    if not string.strip():
        raise ValueError(f"{path} is empty or holds only white space: a text needs characters")
    return string.replace("\n", " ").lower()
