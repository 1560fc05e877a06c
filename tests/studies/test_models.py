"""Each model and each layer that a study trains can be called as the study calls it."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd

import gluonbook as gb
from studies import memory, models, pairs


@pytest.mark.parametrize("name", models.MODELS)
def test_a_model_reads_in_two_parts_what_it_reads_at_once(name):
    mx.random.seed(1)
    model = models.MODELS[name](7)
    model.initialize(mx.init.Normal(0.5), ctx=mx.cpu())
    model.hybridize()
    X = nd.array(np.random.default_rng(1).integers(7, size=(2, 35)))
    state, found = model.begin_state(batch_size=2, ctx=mx.cpu()), []
    whole, _ = model(X, state)
    for part in (X[:, :20], X[:, 20:]):
        logits, state = model(part, state)
        found.append(logits)
    np.testing.assert_allclose(
        nd.concat(*found, dim=0).asnumpy(), whole.asnumpy(), rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("layer", memory.LAYERS)
def test_a_layer_can_be_trained_to_recall(layer):
    accuracy = gb.train_recall(memory.LAYERS[layer](), 1, mx.cpu(), num_batches=1)
    assert 0 <= accuracy <= 1


@pytest.mark.parametrize("layer", pairs.LAYERS | pairs.SIZED)
def test_a_layer_can_be_trained_to_look_up(layer):
    accuracy = gb.train_pairs((pairs.LAYERS | pairs.SIZED)[layer](), 1, mx.cpu(), num_batches=1)
    assert 0 <= accuracy <= 1
