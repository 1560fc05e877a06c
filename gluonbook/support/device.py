"""Find the device to compute on, and describe the processors of this machine."""

import os
import platform
from pathlib import Path

import mxnet as mx
from mxnet import nd


def try_gpu() -> mx.Context:
    """Find the device to compute on: the first GPU if it works, else the CPU.

    A GPU that is newer than MXNet accepts arrays and fails at the first
    computation, so one is tried and waited for.

    Returns
    -------
    mxnet.context.Context
        ``mx.gpu(0)`` or ``mx.cpu()``.
    """
    try:
        # Without this check, MXNet's CPU build writes an error message to stderr.
        if mx.context.num_gpus() == 0:
            return mx.cpu()
        (nd.ones((1,), ctx=mx.gpu(0)) + 1).wait_to_read()
    except mx.MXNetError:
        return mx.cpu()
    return mx.gpu(0)


def num_processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Return the name of the processor, as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
