"""Determine which text the notebooks read: ``python -m tools.text_stamp STAMP``.

The file STAMP holds the hash of the text. It is written only if the hash has changed, so that `make`
executes the notebooks again if, and only if, they would read another text.
"""

import hashlib
import sys
import warnings
from pathlib import Path

from gluonbook.ground.novel import novel_or_stand_in


def main() -> None:
    """Write the stamp named on the command line, or exit with an error message of one line."""
    stamp = Path(sys.argv[1])
    warnings.showwarning = lambda message, *_: print(message, file=sys.stderr)
    try:
        digest = hashlib.sha256(novel_or_stand_in().read_bytes()).hexdigest()
    except OSError as error:
        sys.exit(str(error))
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(digest)


if __name__ == "__main__":
    main()
