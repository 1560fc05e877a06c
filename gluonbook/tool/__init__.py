"""The tool: train on a text of your own, in the shell or in a program, and save the trained model.

The tool may use anything in the lesson; the lesson uses nothing from the tool.
"""

from gluonbook.tool.cluster import join_cluster
from gluonbook.tool.run_file import Checkpoint, load_checkpoint
