"""Train in several processes, on one machine or on many, with MXNet's parameter server.

There are three kinds of process. *Workers* train, each on its rows of every mini-batch.
*Servers* divide the parameters among themselves: each adds up what the workers send, and
returns the sum to every worker. One *scheduler* tells the processes about each other.

MXNet does not start these processes, and if one of them disappears, the others wait for it
for ever. `launch` starts them and makes sure that all of them end.

MXNet's parameter server has no authentication and no encryption. Use it only on networks and
machines where everyone is trusted: anyone who can reach a port of one of the processes,
including other users of the same machine, can read and change the parameters, or stop the
training with a few random bytes.
"""

from gluonbook.cluster.launcher import ClusterError, launch
from gluonbook.cluster.member import join

__all__ = ["ClusterError", "join", "launch"]
