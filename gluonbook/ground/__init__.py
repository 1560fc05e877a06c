"""What the lesson stands on: MXNet on today's Pythons, the novel, argument checks, and progress."""

import sys

# Before it runs ``python -m gluonbook``, Python imports the package, which takes seconds.
if sys.argv[:1] == ["-m"]:
    import gluonbook_cli

    gluonbook_cli.exit_on_ctrl_c()
