"""studies/size.py: which networks and tables are compared, and how."""

import numpy as np
import pytest

from studies import common, size


def test_a_network_is_compared_with_a_table(monkeypatch):
    chars = " abcdefghijklmnopqrstuvwxyz"
    training = np.random.default_rng(1).integers(3, size=2_400)
    # The table has counted the held-out text, and the network has hardly learned anything.
    held_out = training[:400].reshape((2, 200))
    monkeypatch.setattr(
        common, "blocks", lambda name, length: (chars, training, held_out, held_out[::-1])
    )
    monkeypatch.setitem(size.LONGEST, "austen", 4)
    here = {"text": "austen", "length": None}
    tables = size.count(here, 0)["Kneser-Ney"]
    best = min(tables, key=lambda table: table["validation"])
    setting = size.setting_of("austen", None, 8, 0.01) | {"updates": 2}
    found = size.run(setting, seed=1)
    assert best["validation"] < found["validation"] < 30
    assert found["test"] == pytest.approx(found["validation"], rel=1e-4)
    losses = size.by_context(setting | {"table": best}, seed=1)
    network, table, number = (np.sum(losses[of]) for of in ("network", "table", "characters"))
    assert number == 2 * (200 - size.LEFT_OUT)
    # With three letters, most contexts of five occurred about ten times.
    assert size.AT_LEAST[np.sum(losses["characters"], axis=0).argmax()] == 5
    assert table < network
    # The characters that are left out hardly change the mean.
    assert np.exp(network / number) == pytest.approx(found["test"], rel=0.03)
