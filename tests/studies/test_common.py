"""studies/common.py: parts of a long text, and training."""

import random
from types import SimpleNamespace

import numpy as np
import pytest

from studies import common


def test_each_part_of_a_text_ends_with_the_same_held_out_blocks_for_every_training_length(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(tmp_path))
    text = "".join(random.Random(1).choices("abcdefgh\n", k=200_000))
    (tmp_path / "austen.txt").write_text(text)
    chars, whole, validation, test = common.blocks("austen")
    assert (validation.shape, test.shape) == ((20, 2_000), (20, 4_000))
    parts = np.array_split(whole, 20)
    joined = [np.concatenate(of_part) for of_part in zip(parts, validation, test, strict=True)]
    assert "".join(chars[i] for i in np.concatenate(joined)) == text.replace("\n", " ")
    # A shorter text is the beginning of each part.
    _, short, *held_out = common.blocks("austen", 40_000)
    assert len(short) == 40_000
    for beginning, part in zip(np.array_split(short, 20), parts, strict=True):
        np.testing.assert_array_equal(beginning, part[: len(beginning)])
    for same, blocks in zip(held_out, (validation, test), strict=True):
        np.testing.assert_array_equal(same, blocks)
    with pytest.raises(FileNotFoundError, match=r"kjv\.txt does not exist: data/README\.md"):
        common.blocks("bible")


def test_a_rate_at_which_training_diverged_is_not_chosen(monkeypatch):
    def trained(run, settings, seeds, name):
        """Let training diverge above 30."""
        for setting in settings:
            validation = None if setting["rate"] > 30 else 1 / setting["rate"]
            yield SimpleNamespace(setting=setting, result={"validation": validation})

    monkeypatch.setattr(common, "run_all", trained)
    assert common.choose_rate(None, {}, [10, 50, 100]) == {"rate": 10}
    with pytest.raises(FloatingPointError, match=r"diverged at each of the rates \[50, 100, 200\]"):
        common.choose_rate(None, {}, [50, 100, 200])
