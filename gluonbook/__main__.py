"""``python -m gluonbook`` trains on a text of your own; `gluonbook.owntext.cli` has the commands."""

import sys

from gluonbook.owntext.cli import main

sys.exit(main())
