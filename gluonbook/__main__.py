"""Run the command ``gluonbook`` as ``python -m gluonbook``; see `gluonbook.tool.commands`."""

import sys

from gluonbook_cli import main

sys.exit(main())
