"""``python -m gluonbook`` trains on a text of your own; `gluonbook.cli` has the commands."""

import sys

from gluonbook.cli import main

sys.exit(main())
