"""studies/common.py: what is held out of a long text stays, whatever is trained on."""

import random

import numpy as np
import pytest

from studies import common


@pytest.fixture
def text(tmp_path, monkeypatch):
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(tmp_path))
    text = "".join(random.Random(1).choices("abcdefgh \n", k=200_000))
    (tmp_path / "austen.txt").write_text(text)
    return text.replace("\n", " ")


def test_the_blocks_do_not_move_with_the_length(text):
    _, short, *held_out = common.blocks("austen", 40_000)
    _, whole, *held_out_of_all = common.blocks("austen")
    for few, all_of_it in zip(held_out, held_out_of_all, strict=True):
        np.testing.assert_array_equal(few, all_of_it)
    assert len(short) == 40_000
    assert [blocks.shape for blocks in held_out] == [(20, 2_000), (20, 4_000)]
    assert len(whole) + sum(blocks.size for blocks in held_out) == len(text)


def test_each_part_is_training_text_and_then_both_blocks(text):
    chars, training, validation, test = common.blocks("austen")
    parts = np.array_split(training, 20)
    again = np.concatenate(
        [np.concatenate(of_part) for of_part in zip(parts, validation, test, strict=True)]
    )
    assert "".join(chars[i] for i in again) == text


def test_a_shorter_text_is_the_beginning_of_each_part(text):
    _, short, *_ = common.blocks("austen", 40_000)
    _, whole, *_ = common.blocks("austen")
    for few, all_of_it in zip(np.array_split(short, 20), np.array_split(whole, 20), strict=True):
        np.testing.assert_array_equal(few, all_of_it[: len(few)])


def test_a_text_that_is_not_here_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GLUONBOOK_DATA_DIR", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"kjv\.txt does not exist: data/README\.md"):
        common.blocks("bible")
