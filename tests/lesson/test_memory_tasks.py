"""A row of associative recall has one digit for each letter."""

import mxnet as mx

import gluonbook as gb
from gluonbook.lesson import memory_tasks

CPU = mx.cpu()


def test_every_letter_of_a_row_has_one_digit_and_the_last_asks_for_one_of_them():
    mx.random.seed(1)
    X, answer = (array.asnumpy().astype(int) for array in gb.pairs_batch(300, 20, CPU))
    asked = []
    for row, wanted in zip(X, answer, strict=True):
        text = "".join(memory_tasks.PAIR_SYMBOLS[index] for index in row)
        letters, digits, last = text[:-1:2], text[1::2], text[-1]
        assert letters.isalpha() and digits.isdigit()
        assert len(set(letters)) == 20
        assert digits[letters.index(last)] == memory_tasks.PAIR_SYMBOLS[wanted]
        asked.append(letters.index(last))
    assert set(asked) == set(range(20)), "every pair is asked for"
    assert set(X[:, :-1:2].ravel()) == set(range(26)), "every letter comes"
    assert set(X[:, 1::2].ravel()) == set(range(26, 36)), "every digit comes"
