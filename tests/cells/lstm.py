"""What is asserted of the cells of lstm.ipynb: see tools/cell_checks.py."""

# after fresh
layer = rnn.LSTM(3, i2h_bias_initializer=init.Normal(1), h2h_bias_initializer=init.Normal(1))
layer.initialize(init.Normal(1), ctx=ctx)
X, H, C = (nd.random.normal(shape=(1, 2, size), ctx=ctx) for size in (4, 3, 3))
_, (H_new, C_new) = layer(X, [H, C])
W_x = nd.split(layer.l0_i2h_weight.data().T, 4, axis=1)
W_h = nd.split(layer.l0_h2h_weight.data().T, 4, axis=1)
b = nd.split(layer.l0_i2h_bias.data() + layer.l0_h2h_bias.data(), 4, axis=0)
stacked = list(zip(W_x, W_h, b, strict=True))  # input, forget, candidate, output
ours = lstm_step(X[0], H[0], C[0], [*stacked[0], *stacked[1], *stacked[3], *stacked[2]])
assert np.allclose(ours[0].asnumpy(), H_new[0].asnumpy(), atol=1e-5), "not as in Gluon"
assert np.allclose(ours[1].asnumpy(), C_new[0].asnumpy(), atol=1e-5), "not as in Gluon"

# after memory
counts = {
    name: [sum(a > 0.9 for a in accuracies(name, k)) for k in [*distances, 400]] for name in names
}
assert counts["LSTM, bias 0"][1:3] == [4, 0] and counts["LSTM, bias 1"][1:3] == [10, 0], counts
for name in ("LSTM, bias 5", "LSTM, coupled", "GRU, bias 0", "GRU, bias 3"):
    assert counts[name][:5] == [10] * 5, f"the text says that every seed of {name} crosses eighty"
assert counts["ReLU, identity"] == [10, 10, 10, 10, 9, 0], (
    "the text says nearly as well up to eighty"
)
assert counts["tanh, identity"][3] == 0, "the text says that tanh from the identity does not"
assert counts["tanh"][2] == 9, "the text says that tanh learns twenty fillers with nine seeds"
assert [counts[name][5] for name in names[-6:]] == [10, 10, 0, 0, 1, 5], counts

# after reach
middle = {
    name: np.median(
        [
            run.result["reach before"][-1]
            for run in gb.select_runs(memory, layer=name, distances=distances)
        ]
    )
    for name in names
}
assert middle["LSTM, bias 0"] < middle["LSTM, bias 1"] < middle["LSTM, bias 5"], middle
assert max(middle[name] for name in ("GRU, bias 0", "LSTM, coupled", "LSTM, bias 0")) < 1e-6, middle
assert middle["tanh"] > 1e5 * max(middle["GRU, bias 0"], middle["LSTM, coupled"]), middle
for name in ("GRU, bias 3", "LSTM, bias 5"):
    assert 1 <= middle[name] / theory[name] < 15, "the text says: at most about ten times"
for name in ("GRU, bias 0", "LSTM, bias 0", "LSTM, coupled"):
    assert middle[name] > 9e3 * theory[name], "the text says about ten thousand times or more"

# after novel-train
if reads_text:
    for name, model in models.items():
        found = [run.result["test"] for run in gb.select_runs(stored, model=name)]
        here = gb.evaluate_perplexity(model, text.test)
        assert 0.95 * min(found) < here < 1.05 * max(found), f"{name} is unlike the stored runs"


# after forgetting-table
def all_seeds(name, part, k):
    return [run.result[part][k] for run in gb.select_runs(stored, model=name)]


usual = ("plain, ReLU", "GRU", "LSTM")
assert all(max(all_seeds(name, "hidden", 20)) < 0.025 for name in usual), "about two hundredths"
assert max(all_seeds("LSTM", "cell", 20)) < 0.025, "the text says that the cell forgets as fast"
assert min(all_seeds("LSTM, bias 5", "cell", 40)) > 0.7, "the text says that most is still held"
assert max(all_seeds("LSTM, bias 5", "hidden", 20)) < min(
    min(all_seeds(name, "hidden", 20)) for name in usual
), "the text says that its hidden state has lost it faster than the others"
for run in gb.select_runs(stored, model="LSTM, bias 5"):
    assert run.result["saturated"] > 0.95, "the text says that nearly all cells are saturated"
    for k in (20, 40):
        share = run.result["cell"][k] / (1 / (1 + np.exp(-5))) ** k
        assert 0.99 < share < 1.1, (
            "the text says that the cell loses as much as its first bias says"
        )
for run in gb.select_runs(stored, model="LSTM"):
    assert run.result["saturated"] < 0.5, "the LSTM that starts as usual is not saturated"
for name in (*usual, "LSTM, bias 5"):
    assert max(np.abs(all_seeds(name, "extra loss", 10))) < 0.02, "next to nothing after ten"
medians = {
    name: np.median([run.result["test"] for run in gb.select_runs(stored, model=name)])
    for name in (*usual, "LSTM, bias 5")
}
assert abs(medians["LSTM, bias 5"] - medians["GRU"]) < 0.15, "the text says that they are level"
assert medians["LSTM, bias 5"] < medians["LSTM"] - 0.15, "the text says that it is ahead"
