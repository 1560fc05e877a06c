"""``python -m gluonbook`` trains on a text of your own; `gluonbook.tool.cli` has the commands."""

import sys

from gluonbook.tool.cli import main

sys.exit(main())
