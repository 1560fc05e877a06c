"""studies/size.py: which networks and tables are compared, and how."""

from types import SimpleNamespace

import numpy as np
import pytest

from studies import common, size


def table(num_params, validation):
    return {"num_params": num_params, "validation": validation}


@pytest.mark.parametrize(
    ("num_params", "expected"),
    [
        (1_010, 1_030),  # 990 are enough within two percent, but 1,030 predict better
        (1_040, 1_030),
        (1_055, 2_050),  # 1,030 are too few now
        (2_050, 2_050),
        (3_000, None),
    ],
)
def test_a_network_is_compared_with_the_smallest_table_that_is_not_smaller(num_params, expected):
    tables = [(2_050, 4.7), (990, 5.0), (1_000, 5.1), (1_030, 4.9), (2_000, 4.8), (2_200, 4.75)]
    best = size.best_tables([table(*each) for each in tables])
    assert [found["num_params"] for found in best] == [990, 1_030, 2_000, 2_050]
    found = size.table_as_large({"num_params": num_params}, best)
    assert (found and found["num_params"]) == expected


@pytest.mark.parametrize(
    ("length", "losses", "chosen", "tried"),
    [
        (160_000, {0: 4.0, 0.3: 3.9, 0.5: 3.95, 0.7: 3.8}, 0.3, [0, 0.3, 0.5]),
        (160_000, {0: 4.0, 0.3: 4.3}, 0, [0, 0.3]),
        (None, {0: 4.0}, 0, [0]),
    ],
)
def test_higher_dropout_rates_are_tried_until_the_result_is_worse(
    monkeypatch, length, losses, chosen, tried
):
    seen = []

    def run_all(run, settings, seeds, *texts):
        (setting,) = settings
        seen.append(setting["dropout"])
        result = {"validation": losses[setting["dropout"]]}
        return [SimpleNamespace(setting=setting, result=result)]

    monkeypatch.setattr(common, "run_all", run_all)
    monkeypatch.setattr(common, "path", lambda text: text)
    monkeypatch.setattr(size, "rate_for", lambda *network: {("LSTM", 66): 0.01}[network])
    assert size.best_dropout("austen", length, "LSTM", 66).setting["dropout"] == chosen
    assert seen == tried


def test_losses_are_summed_by_how_often_both_contexts_occurred():
    training = np.array([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 0])
    block = np.array([1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 0, 5])
    # The context of the 0 is 0 1 2 3 4, which occurred three times in the training text, and once as
    # the end of 1 2 3 4 5 0 1 2 3 4. The context of the 5 is 1 2 3 4 0, which occurred once there
    # before the last character, though never as the end of the same ten characters.
    occurred = size.occurrences(training, block)
    assert [counts.tolist() for counts in occurred] == [[3, 1], [1, 0]]
    expected = np.zeros((len(size.AT_LEAST), len(size.LONG_AT_LEAST)))
    expected[size.AT_LEAST.index(2), size.LONG_AT_LEAST.index(1)] = 9
    expected[size.AT_LEAST.index(1), size.LONG_AT_LEAST.index(0)] = 10
    np.testing.assert_array_equal(size.in_bins(occurred, np.arange(11.0)), expected)


def test_a_network_is_mixed_with_a_table_and_compared_with_it(monkeypatch, tmp_path):
    chars = " abcdefghijklmnopqrstuvwxyz"
    training = np.random.default_rng(1).integers(27, size=2_400)
    # The table has counted the held-out text, and the network has hardly learned anything.
    held_out = training[:400].reshape((2, 200))
    monkeypatch.setattr(
        common, "blocks", lambda name, length: (chars, training, held_out, held_out[::-1])
    )
    monkeypatch.setattr(common, "ROOT", tmp_path)
    monkeypatch.setitem(size.LONGEST, "austen", 4)
    here = {"text": "austen", "length": None}
    best = size.best_tables(size.count(here, 0)["Kneser-Ney"])[-1]
    setting = size.setting_of("austen", None, "LSTM", 8, 0.01) | {"updates": 2}
    found = size.run(setting, seed=1)
    assert best["validation"] < found["mixed"]["validation"] * 1.001 < found["validation"] < 30
    assert found["mixed"]["test"] == pytest.approx(found["mixed"]["validation"], rel=1e-4)
    losses = size.by_context(setting | {"tables": {"table": best}}, 1)["own"]
    network, table, number = (np.sum(losses[of]) for of in ("network", "table", "characters"))
    assert number == 2 * (200 - size.LONG_CONTEXT) and table < network
