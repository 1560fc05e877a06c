"""``python -m gluonbook`` is the command ``gluonbook``: see `gluonbook.tool.commands`."""

import sys

from gluonbook_cli import main

sys.exit(main())
