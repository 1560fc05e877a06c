"""``python -m gluonbook.cluster`` is the command `cluster` of ``python -m gluonbook``."""

import sys

from gluonbook.tool.cli import main

if __name__ == "__main__":
    sys.exit(main(["cluster", *sys.argv[1:]]))
