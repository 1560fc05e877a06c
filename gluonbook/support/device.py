"""Which device to compute on."""

import mxnet as mx
from mxnet import nd


def try_gpu() -> mx.Context:
    """Find the device to compute on: the first GPU if it works, else the CPU.

    A GPU that is newer than MXNet accepts arrays and fails at the first
    computation. So it is tried on one, and the result waited for.

    Returns
    -------
    mxnet.context.Context
        ``mx.gpu(0)`` or ``mx.cpu()``.
    """
    try:
        # Without this question MXNet's CPU build writes a complaint to stderr.
        if mx.context.num_gpus() == 0:
            return mx.cpu()
        (nd.ones((1,), ctx=mx.gpu(0)) + 1).wait_to_read()
    except mx.MXNetError:
        return mx.cpu()
    return mx.gpu(0)
