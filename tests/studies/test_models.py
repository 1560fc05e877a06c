"""studies/models.py: what a model with a window sees, and how many parameters the models have."""

import pytest
from mxnet import init, nd

import gluonbook as gb
from studies import models, windows

VOCAB_SIZE = 43


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_prediction_depends_only_on_the_characters_in_the_window(activation):
    model = models.WindowModel(8, VOCAB_SIZE, 4, window=2, activation=activation)
    model.initialize(init.Normal(1))
    before, after = (
        model(nd.array([[first, 2, 3, 4]]), model.begin_state(batch_size=1))[0] for first in (1, 5)
    )
    changed = (before - after).abs().max(axis=1).asnumpy() > 0
    assert changed.tolist() == [True, True, False, False]


def test_the_state_carries_the_window_over_to_the_next_mini_batch():
    model = models.WindowModel(8, VOCAB_SIZE, 4, window=3)
    model.initialize(init.Normal(1))
    X = nd.array([[1, 2, 3, 4, 5]])
    whole, _ = model(X, model.begin_state(batch_size=1))
    _, state = model(X[:, :3], model.begin_state(batch_size=1))
    rest, _ = model(X[:, 3:], state)
    assert (whole[3:] - rest).abs().max() < 1e-6


def test_the_models_of_each_study_have_about_the_same_number_of_parameters():
    of_the_table = [make(VOCAB_SIZE) for make in models.MODELS.values()]
    of_windows = [
        models.WindowModel(num_hiddens, VOCAB_SIZE, 8, window)
        for window, num_hiddens in windows.NUM_HIDDENS.items()
    ]
    for expected, compared in ((9_771, of_the_table), (3_883, of_windows)):
        for model in compared:
            model.initialize()
            model(nd.zeros((1, 1)), model.begin_state(batch_size=1))
            assert abs(gb.num_params(model) / expected - 1) < 0.02
