"""Each model that a study trains reads in parts as it reads at once."""

import mxnet as mx
import numpy as np
import pytest
from mxnet import nd

from studies import models


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
