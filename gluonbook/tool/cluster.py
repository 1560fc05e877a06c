"""Train one model in several processes, on one machine or many, with MXNet's parameter server.

An MPI launcher, such as ``mpirun`` or ``srun``, starts all processes and gives each a number, its
*rank*. Rank 0 becomes the *scheduler*, which tells the processes about each other. Rank 1 becomes
the *server*, which adds up the gradients. All other ranks are *workers*: each trains on its own rows
of every mini-batch. Everyone who can reach a port of these machines is trusted.
"""

import os
import socket
import sys

import mxnet as mx
from mxnet.kvstore import kvstore_server


def join_cluster():
    """Take part in the training that an MPI launcher has started; return only in a worker.

    The scheduler and the server serve the workers, and end when the workers do. An error in this
    function ends all processes, as does any later error that nothing catches. The store that is returned
    is that with which `train_data_parallel` adds up gradients; it has a ``rank`` and ``num_workers``.
    """
    from mpi4py import MPI  # imported here because it is optional, and starts MPI

    comm = MPI.COMM_WORLD
    if comm.size < 3:
        raise ValueError(
            f"a cluster needs a scheduler, a server and a worker, but the number of processes is {comm.size}: "
            "start four or more, for example with mpirun -n 4"
        )

    def end_all(*error):
        # At once: a normal exit, as that of python -m mpi4py, would wait for the other processes.
        sys.__excepthook__(*error)
        comm.Abort(1)

    sys.excepthook = end_all
    try:
        os.environ |= dmlc_variables(comm, MPI.Get_processor_name())
        kvstore_server._init_kvstore_server_module()  # ends the process, except in a worker
        return mx.kv.create("dist_sync")
    except Exception:  # which the caller may catch, while the other processes wait
        end_all(*sys.exc_info())


def dmlc_variables(comm, machine):
    """Agree with all processes on the variables from which MXNet learns its role and the addresses."""
    address = address_of(machine, comm.allgather(machine))
    with socket.socket() as free:
        free.bind((address, 0))
        port = free.getsockname()[1]
    scheduler, port = comm.bcast((address, port))
    return {
        "DMLC_ROLE": ("scheduler", "server", "worker")[min(comm.rank, 2)],
        "DMLC_PS_ROOT_URI": scheduler,
        "DMLC_PS_ROOT_PORT": str(port),
        "DMLC_NODE_HOST": address,
        "DMLC_NUM_SERVER": "1",
        "DMLC_NUM_WORKER": str(comm.size - 2),
    }


def address_of(machine, machines):
    """Return the address at which the other machines reach this one."""
    other = next((name for name in machines if name != machine), "localhost")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        route.connect((other, 9))  # sends nothing, but chooses the network
        return route.getsockname()[0]
