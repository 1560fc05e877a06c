# after fused-dropout
assert not differs(rnn.GRU(64, num_layers=2, dropout=0.5), train_mode=False), (
    "dropout should act in training only"
)
assert acts == (ctx.device_type == "gpu"), "the text says that the fused layer ignores it on a CPU"

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

# after time-scales
if reads_text:
    assert np.allclose(
        found["orthogonal, two of 32, untrained"][:, 1, shown].mean(axis=0), predicted, rtol=0.2
    ), "equation (2)"
    for when in ("untrained", "trained"):
        lower, upper = found[f"GRU, two of 24, {when}"][:, :, 8].T
        assert (upper > 2 * lower).all(), (
            f"{when}: {upper} in the upper layer, {lower} in the lower"
        )
    rival = found["GRU, one of 35, trained"][:, 0, 8]
    assert np.median(rival) > np.median(upper), "the wider layer keeps a longer trace"
