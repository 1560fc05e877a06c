"""The tool: train on a text of your own, in the shell or in a program, and keep what was trained.

The command ``gluonbook`` is in `commands`. The tool may use all of the lesson; the lesson uses nothing of it.
"""

from gluonbook.tool.cluster import ClusterError, join_cluster, launch_cluster
from gluonbook.tool.many import RunsFailedError, train_many
from gluonbook.tool.onnx import export_onnx
from gluonbook.tool.run_file import Checkpoint, load_checkpoint
