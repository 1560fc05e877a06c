"""The foundations of the lesson: the import of MXNet, the novel, argument checks, and progress."""

import sys

# ``python -m gluonbook`` first imports the whole package, which takes seconds. Let Ctrl-C end it quietly.
if sys.argv[:1] == ["-m"]:
    import gluonbook_cli

    gluonbook_cli.exit_on_ctrl_c()
