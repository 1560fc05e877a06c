"""Stored runs are selected by their settings."""

import pytest

import gluonbook as gb
from gluonbook.runs import Run

RUN = Run({"name": "a"}, 1, [2.5], 0.5, {}, "2026-11-26", "a machine", {"python": "3.14"}, "a.run")


def test_runs_are_selected_by_what_their_settings_say():
    mine = [RUN._replace(setting={"model": "GRU", "rate": 1}, seed=seed) for seed in (1, 2)]
    others = [
        RUN._replace(setting=s) for s in ({"model": "LSTM", "rate": 1}, {"model": "GRU", "rate": 2})
    ]
    assert gb.select_runs(mine + others, model="GRU", rate=1) == mine
    with pytest.raises(ValueError, match=r"no run has \{'model': 'RNN'\}"):
        gb.select_runs(mine, model="RNN")
