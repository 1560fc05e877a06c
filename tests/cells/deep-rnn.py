# after fused-dropout
assert not differs(rnn.GRU(64, num_layers=2, dropout=0.5), train_mode=False), (
    "dropout should act in training only"
)
assert acts == (ctx.device_type == "gpu"), "the text says that the fused layer ignores it on a CPU"

# after deep-class-acts
assert differs(stack, train_mode=True) and not differs(stack, train_mode=False), (
    "our dropout should act in training only"
)

# after fit-both
last = {name: curve[-1].perplexity for name, curve in curves.items()}
assert last["bidirectional, validation text"] < 2 < last["forward, validation text"], (
    "only the bidirectional model should be too good to be true"
)

# after leak
changes = {
    name: (logits_of(model, sentence) - logits_of(model, changed)).abs().max(axis=1).asnumpy()
    > 1e-4
    for name, model in models.items()
}
assert not changes["forward"][:-1].any(), "the forward model has seen a later character"
assert changes["bidirectional"][-2], "the bidirectional model has not seen a later character"

# after one-at-a-time
assert whole["bidirectional"] < 2 and single["bidirectional"] > 3 * text.size, (
    "one character at a time, the bidirectional model should be worse than one that guesses"
)
assert abs(whole["forward"] / single["forward"] - 1) < 0.01, "the forward model needs no pieces"
if reads_text:
    assert 0.8 < without / baseline["validation"]["unigram"] < 1.25, "about a unigram model"

# after plot
assert all(of_it.shape == (5, 20) for of_it in losses.values()), "five seeds, twenty passages"
level = ("GRU", "LSTM", "plain, ReLU", "GRU, dropout 0.3")
assert all(ratios[model][1] < 1 < ratios[model][2] for model in level), "the range includes 1"
for model in ("plain, tanh", "GRU, 2 layers"):
    assert ratios[model][1] > 1, "worse than the range allows for"
best_model, *others = losses
assert best_model == "window of 3, dropout 0.3", "the network with a window and dropout comes first"
for model in others:
    assert gb.bootstrap_interval(losses[model], losses[best_model])[0] > 0, "ahead of every other"

# after one-seed
of_seeds = [gb.bootstrap_interval(gru[seed], window[seed]) for seed in range(5)]
assert of_seeds[0][1] < 0 < of_seeds[2][0], "with seed 1 the GRU is ahead, with seed 3 the window"
assert low < 0 < high, "over seeds and passages, the range includes zero"

# after counting
assert gb.bootstrap_interval(losses["GRU, 2 layers"], losses["GRU"])[0] > 0, (
    "the second layer is worse"
)
assert low < 1 < high, "with dropout, the two are level"
if reads_text:
    found_worst = max(np.exp(of_it[:, 0]).max() for of_it in losses.values())
    found_best = min(np.exp(of_it[:, 0]).min() for of_it in losses.values())
    assert baseline["test"]["interpolated"] < 0.95 * found_best, "none came near"
    assert found_worst < baseline["test"]["bigram"], "all better than the bigram model"
