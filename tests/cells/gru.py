# after train-recall
ours, of_package = (
    train_recall(rnn.RNN(8), 3, 0.01, 20),
    gb.train_recall(rnn.RNN(8), 3, ctx, 0.01, 20),
)
assert abs(ours - of_package) < 0.01, "the function is not that of the package"

# after recall-plain
assert accuracy[5] > 0.9 and accuracy[40] < 0.6, (
    "the text says that five fillers are learned and forty are not"
)

# after reach
train_recall(layer, 40, rate, num_batches=0)
assert reach(layer) < 1e-7, "the text says less than a ten-millionth"
layer = rnn.RNN(64, activation="tanh")
train_recall(layer, 40, 0.0003, num_batches=0)
assert reach(layer) > 0.01, "the text says more than a hundredth"

# after recall-gru
assert count_learned("GRU, bias 0", 40) == "10 of 10 seeds", "the text says that every run did"
assert count_learned("tanh", 40) == "2 of 10 seeds", "the text says two of ten"

# after reach-training
assert reach(layer) > 0.01 and accuracy_then > 0.9, "the text says that the GRU opens its path"

# after random-answers
opened, closed = paths["GRU", 200], paths["plain", 200]
assert max(paths["GRU", 0]) < 1e-6 and min(opened) > 0.1, "the text says that every GRU opens it"
for before, after in zip(paths["plain", 0], closed, strict=True):
    assert after < 0.1 * before, "the text says that every plain layer narrows it"

# after words-run
for model in counters:
    assert 1.23 < gb.evaluate_perplexity(model, words.encode(new_words)) < 1.28, (
        "the text says close"
    )

# after held-out-words
for (_, length), probabilities in to_space.items():
    assert probabilities.argmax() == length - 1, "the text says after exactly the right letter"
    assert probabilities[length - 1] > 0.5 > probabilities[: length - 1].max(), "and not before"

# after counter
assert abs(fit) > 0.8, "the text says that the unit follows the letters to come"
assert values[:8].argmax() == 4 and values[9:13].argmax() == 2, "highest at the first b"
assert bars[[7, 12]].min() > 0.5 > bars[[6, 11]].max(), (
    "the text says that a space is expected after four and two letters b"
)
assert bars[26:36].max() > 0.5, "the text says that the space is expected too early"
