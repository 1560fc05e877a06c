"""What has to be known about the parameters of a model from outside: drawn or not, where, how many."""

import ast

from mxnet import gluon, init, nd

from gluonbook.lesson.models import trained_params


def is_initialized(model):
    """Return whether a model has parameters, or will draw them when it is called for the first time."""
    if not isinstance(model, gluon.Block):
        return hasattr(model, "params")
    try:
        for param in model.collect_params().values():
            param.list_ctx()
    except RuntimeError:
        return False
    return True


def device_of(model):
    """Return a device that has the parameters of a model, or None if they have not been drawn yet."""
    try:
        if isinstance(model, gluon.Block):
            arrays = [param.list_data()[0] for param in model.collect_params().values()]
        else:
            arrays = model.params
        return arrays[0].context
    # There are none, or their shapes are unknown.
    except (AttributeError, IndexError, RuntimeError):
        return None


def vocab_size_of(model, ctx):
    """Call a model on a few characters, and return the number of logits for each of them.

    The call also lets Gluon infer the shapes of all parameters.
    """
    logits, _ = model(nd.zeros((2, 3), ctx=ctx), model.begin_state(batch_size=2, ctx=ctx))
    return logits.shape[1]


def initialize(model, ctx):
    """Draw the initial parameters of a model, on a device or a list of devices."""
    if isinstance(model, gluon.Block):
        forget_inferred_shapes(model)
        model.initialize(init.Normal(0.01), ctx=ctx, force_reinit=True)
    else:
        model.initialize(ctx)


def forget_inferred_shapes(model):
    """Let the next call of a Gluon model infer shapes, as the first call of a new model does.

    MXNet draws a parameter when its shape becomes known. Only in this way do the parameters of a model
    that has already been called depend on the seed as those of a new model do.
    """
    for param in model.collect_params().values():
        # A parameter that has been used in a graph has a symbol, which keeps the shape from before.
        if param._var is not None:
            param._shape = ast.literal_eval(param._var.attr("__shape__"))
    model.apply(discard_graph)


def discard_graph(block):
    """Let the next call of a block compile its graph again, because a compiled graph infers no shapes."""
    if isinstance(block, gluon.HybridBlock):
        block._clear_cached_op()


def set_params(model, values):
    """Set the trainable parameters, in the order of `params_of`, on all of the model's devices."""
    if isinstance(model, gluon.Block):
        for param, value in zip(trained_params(model), values, strict=True):
            param.set_data(value)
    else:
        for param, value in zip(model.params, values, strict=True):
            param[:] = value
