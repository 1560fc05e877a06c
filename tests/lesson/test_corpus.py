"""Random and adjacent sampling of mini-batches."""

import random

import numpy as np

import gluonbook as gb


def cases():
    """Yield random sizes, among them the shortest corpus that gives a mini-batch."""
    draw = random.Random(1)
    for _ in range(100):
        batch_size, num_steps = draw.randint(1, 5), draw.randint(1, 6)
        needed = batch_size * num_steps + 1
        yield draw.choice([needed, needed + draw.randint(0, 40)]), batch_size, num_steps


def test_random_sampling_agrees_with_its_definition():
    for length, batch_size, num_steps in cases():
        # An example's last character needs a successor.
        starts = [start for start in range(0, length, num_steps) if start + num_steps < length]
        batches = list(gb.data_iter_random(range(length), batch_size, num_steps))
        assert len(batches) == len(starts) // batch_size
        dealt = [int(row[0]) for X, _ in batches for row in X.asnumpy()]
        assert len(set(dealt)) == len(dealt)
        assert set(dealt) <= set(starts)
        for X, Y in batches:
            assert X.shape == Y.shape == (batch_size, num_steps)
            expected = X.asnumpy()[:, :1] + np.arange(num_steps)
            np.testing.assert_array_equal(X.asnumpy(), expected)
            np.testing.assert_array_equal(Y.asnumpy(), expected + 1)


def walk(corpus, batch_size, num_steps):
    """Yield adjacent mini-batches one character at a time, straight from the definition."""
    row_length = len(corpus) // batch_size
    for column in range(0, row_length - num_steps + 1, num_steps):
        starts = [row * row_length + column for row in range(batch_size)]
        if starts[-1] + num_steps < len(corpus):
            X = [[corpus[start + step] for step in range(num_steps)] for start in starts]
            Y = [[corpus[start + step + 1] for step in range(num_steps)] for start in starts]
            yield X, Y


def test_adjacent_sampling_agrees_with_its_definition():
    for length, batch_size, num_steps in cases():
        expected = list(walk(range(length), batch_size, num_steps))
        batches = list(gb.data_iter_consecutive(range(length), batch_size, num_steps))
        assert len(batches) == len(expected) >= 1
        for (X, Y), (expected_X, expected_Y) in zip(batches, expected, strict=True):
            np.testing.assert_array_equal(X.asnumpy(), expected_X)
            np.testing.assert_array_equal(Y.asnumpy(), expected_Y)
