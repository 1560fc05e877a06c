# after fused-dropout
assert not differs(rnn.GRU(64, num_layers=2, dropout=0.5), train_mode=False), (
    "dropout should act in training only"
)
assert acts == (ctx != mx.cpu()), "the text says that the fused layer ignores it on a CPU"

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
assert whole < 2 and single > text.size, (
    "one character at a time, the bidirectional model should be worse than one that guesses"
)

# after bootstrap
for name in ("LSTM", "GRU, 2 layers", "plain, tanh", "window"):
    low, _ = gb.bootstrap_range(losses_of(name) - losses_of("GRU"))
    assert low > 0, f"{name} is not behind the GRU"
low, high = gb.bootstrap_range(losses_of("plain, ReLU") - losses_of("GRU"))
assert low < 0 < high, "the passage tells plain ReLU from the GRU"
