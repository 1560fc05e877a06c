"""studies/context.py: what a model sees, and which characters repeat an earlier string."""

from functools import partial

import numpy as np
import pytest
from mxnet import nd

from studies import common, context, counting


def test_attention_is_causal_and_reaches_as_far_back_as_its_windows():
    mixer = partial(context.WholeContext, num_heads=4, window=4)
    model = common.new_model(9, 32, mixer)
    X = np.random.default_rng(1).integers(9, size=(1, 40))
    changed = X.copy()
    changed[0, 10] = (X[0, 10] + 1) % 9
    before, after = (
        model(nd.array(part), model.begin_state(1))[0].asnumpy() for part in (X, changed)
    )
    positions = np.flatnonzero(np.abs(before - after).max(axis=1) > 1e-6)
    assert positions.min() == 10
    assert positions.max() <= 10 + 4 * (4 - 1)  # in four blocks
    np.testing.assert_allclose(
        model(nd.array(X[:, :20]), [[]] * 4)[0].asnumpy(), before[:20], atol=1e-5
    )


def test_losses_are_those_of_the_next_character_after_the_whole_context():
    model = common.new_model(9, *context.MODELS["LSTM"])
    rows = np.random.default_rng(1).integers(9, size=(40, context.LENGTH + 1))
    losses = context.losses_of(model, rows)
    logits, _ = model(nd.array(rows[:, :-1]), model.begin_state(batch_size=40))
    expected = -nd.log_softmax(logits).asnumpy().reshape((context.LENGTH, 40, 9))
    for row, position in ((0, 0), (39, context.LENGTH - 1)):
        target = rows[row, position + 1]
        assert losses[row, position] == pytest.approx(expected[position, row, target], rel=1e-4)


def test_a_repeated_string_is_marked_at_its_last_character_unless_it_is_frequent():
    fresh = (np.arange(context.LENGTH + 1 - 107) ** 2 + 13) % 97
    row = np.concatenate([np.arange(97), np.arange(50, 60), fresh])
    marks = context.repeats(row[None], frequent=np.array([], "int64"))[0]
    # The characters 50 to 59 occur again from position 97, so the first repeated string ends at 103.
    assert marks[102:106].all() and not marks[:102].any()
    frequent = counting.codes(np.arange(50, 58), context.REPEATED, context.BASE)
    marks = context.repeats(row[None], frequent)[0]
    assert not marks[102] and not marks[103] and marks[104]


def test_in_a_periodic_text_all_characters_from_position_64_count_as_repeated(monkeypatch):
    training = np.random.default_rng(1).integers(54, size=21_000)
    held_out = np.tile(np.arange(54), (2, 34))
    monkeypatch.setattr(
        common, "blocks", lambda name: (range(54), training, held_out, held_out[:, :400])
    )
    found = context.run({"model": "LSTM", "rate": 0.01, "updates": 10}, seed=1)
    numbers, totals = zip(*found["repeated"], strict=True)
    num_contexts = 2 * 4  # two blocks with four contexts each
    assert sum(numbers) == num_contexts * (256 - 64)
    assert sum(totals) == pytest.approx(num_contexts * sum(found["by position"][64:]), rel=1e-3)
