"""What the workers of a cluster do together besides training: start, and add up a number."""

from collections.abc import Sequence

import mxnet as mx
from mxnet import Context, gluon, nd
from mxnet.ndarray import NDArray


def start_together(
    model: gluon.Block,
    trainer: gluon.Trainer,
    kvstore: mx.kv.KVStore,
    ctxs: Sequence[Context],
    num_epochs_before: int,
) -> None:
    """Give every device of every worker the parameters of worker 0, and wait for all of them.

    Left to itself, the trainer would do this in the middle of the first step, when gradients
    have already been computed from other parameters and some may have been sent.

    Parameters
    ----------
    model, trainer, kvstore, ctxs
        As in `train_data_parallel`.
    num_epochs_before : int
        Epochs that the model was trained for before.

    Raises
    ------
    ValueError
        If worker 0 was given another number.
    """
    # The shapes of the parameters become known when the model reads its first character.
    for ctx in ctxs:
        model(nd.zeros((1, 1), ctx=ctx), model.begin_state(batch_size=1, ctx=ctx))
    trainer._init_kvstore()
    trainer._init_params()
    first_worker = nd.array([num_epochs_before])
    kvstore.broadcast(free_key(model), first_worker, first_worker)
    nd.waitall()
    kvstore._barrier()
    if first_worker.asscalar() != num_epochs_before:
        raise ValueError(
            f"worker {kvstore.rank} is to continue after epoch {num_epochs_before}, but worker 0 after "
            f"epoch {first_worker.asscalar():g}: give all of them the same history"
        )


def add_up(shares: Sequence[NDArray], model: gluon.Block, kvstore: mx.kv.KVStore) -> list[NDArray]:
    """Add up the losses of an epoch over all workers.

    Parameters
    ----------
    shares : sequence of mxnet.ndarray.NDArray
        This worker's share of the loss of each mini-batch, of shape ``(1,)``.
    model, kvstore
        As in `train_data_parallel`.

    Returns
    -------
    list of mxnet.ndarray.NDArray
        The mean over all mini-batches and workers, of shape ``(1,)``.
    """
    total = nd.concat(*shares, dim=0).mean()
    kvstore.pushpull(free_key(model), total)
    return [total]


def free_key(model: gluon.Block) -> int:
    """Return a key of the store that no parameter has: the trainer counts them from 0."""
    return len(model.collect_params().keys())
