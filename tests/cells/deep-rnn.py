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
assert whole["bidirectional"] < 2 and single["bidirectional"] > 3 * text.size, (
    "one character at a time, the bidirectional model should be worse than one that guesses"
)
assert abs(whole["forward"] / single["forward"] - 1) < 0.01, "the forward model needs no pieces"
if reads_text:
    assert 0.8 < without / baseline["validation"]["unigram"] < 1.25, "about a unigram model"

# after table
by_choice = {
    name: min(run.result["validation"] or np.inf for run in gb.select_runs(trials, model=name))
    for name in {run.setting["model"] for run in trials}
}
windows = {name: value for name, value in by_choice.items() if name.startswith("window")}
assert min(windows, key=windows.get) == "window of 3", windows
assert windows["window of 10"] > 1.1 * windows["window of 3"], windows
dropouts = {name: value for name, value in by_choice.items() if "dropout" in name}
assert min(dropouts, key=dropouts.get) == "GRU, 2 layers, dropout 0.3", dropouts
assert all(len(of_it) == 5 for of_it in found.values()), "five runs of each network"

# after plot
medians = [np.median(values) for values in tests.values()]
assert medians == sorted(medians), "the lowest median comes first"

# after bootstrap
assert first == "window of 3", "the text says that a window of 3 is best on the test text"
assert set(list(tests)[1:4]) == {"GRU", "plain, ReLU", "GRU, 2 layers, dropout 0.3"}
for name in others:
    low, high = gb.bootstrap_range(losses_of(name) - losses_of(first))
    if name in list(tests)[1:4]:
        assert low < 0 < high, f"the passage separates {name} from the window"
    else:
        assert low > 0, f"{name} is not behind the window"
with_dropout, without_dropout = tests["GRU, 2 layers, dropout 0.3"], tests["GRU, 2 layers"]
assert max(with_dropout) < min(without_dropout), "dropout does not help in every run"
assert abs(np.median(with_dropout) / np.median(tests["GRU"]) - 1) < 0.03, "it caught up"
