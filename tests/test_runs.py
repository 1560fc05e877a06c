"""Stored runs are read as they were stored, or refused by name."""

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


@pytest.mark.parametrize("content", [b"\xff", b"[1]", b'[{"more": 1}]'])
def test_a_file_of_something_else_is_refused_by_name(content, tmp_path):
    path = tmp_path / "runs.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"runs\.json does not hold runs .* left as it is"):
        gb.load_runs(path)
    assert path.read_bytes() == content
