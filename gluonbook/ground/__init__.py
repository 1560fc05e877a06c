"""The foundations of the lesson: the import of MXNet, the novel, argument checks, and progress."""

import sys

# Before Python runs ``python -m gluonbook``, it imports the package, which takes seconds.
if sys.argv[:1] == ["-m"]:
    import gluonbook_cli

    gluonbook_cli.exit_on_ctrl_c()
