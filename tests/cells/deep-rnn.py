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

# after choices
by_choice = {
    name: min(run.result["validation"] or np.inf for run in gb.select_runs(trials, model=name))
    for name in {run.setting["model"] for run in trials}
}
windows = {name: value for name, value in by_choice.items() if name.startswith("window")}
assert min(windows, key=windows.get) == "window of 3", windows
assert windows["window of 10"] > 1.1 * windows["window of 3"], windows
dropouts = {name: value for name, value in by_choice.items() if "dropout" in name}
assert min(dropouts, key=dropouts.get) == "GRU, 2 layers, dropout 0.3", dropouts

# after bootstrap
assert first == "window of 3", "the text says that a window of 3 is best on the test text"
for name in others:
    low, high = gb.bootstrap_range(losses_of(name) - losses_of(first))
    if name in ("GRU", "plain, ReLU"):
        assert low < 0 < high, f"the passage separates {name} from the window"
    elif "dropout" in name:
        assert abs(low) < 0.005, "the range of dropout does not end near zero"
    else:
        assert low > 0, f"{name} is not behind the window"
with_dropout, without = tests["GRU, 2 layers, dropout 0.3"], tests["GRU, 2 layers"]
assert max(with_dropout) < min(without), "dropout does not help in every run"
distances = [np.median(found) - np.median(tests["GRU"]) for found in (with_dropout, without)]
assert 0.3 < distances[0] / distances[1] < 0.6, distances
