"""Run the command ``gluonbook`` as ``python -m gluonbook``; see `gluonbook.tool.cli`."""

import sys

from gluonbook.tool.cli import main

sys.exit(main())
