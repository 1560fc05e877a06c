"""Train in several processes, on one machine or on many, with MXNet's parameter server.

There are three kinds of process. *Workers* train, each on its rows of every mini-batch.
*Servers* share the parameters among them: a server adds up what all workers send, and
sends each the sum. One *scheduler* makes them known to each other.

MXNet starts none of these processes, and if one of them goes away, the others wait for it
for ever. `launch` does the one and prevents the other.

MXNet's parameter server has no authentication and no encryption. Start it only in a network,
and on machines, where everybody is trusted: anybody who reaches a port of one of the
processes, other users of the same machine included, can read and change the parameters, or
end the training with a few random bytes.
"""

from gluonbook.cluster.launcher import ClusterError, launch
from gluonbook.cluster.member import join

__all__ = ["ClusterError", "join", "launch"]
