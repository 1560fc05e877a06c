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

after_2000 = {
    name: [accuracies(name, k, longer) for k in (20, 40)]
    for name in ("tanh", "LSTM, bias 0", "LSTM, bias 1")
}
assert all(len(found) == 3 for both in after_2000.values() for found in both), "three seeds"
assert min(after_2000["LSTM, bias 1"][0]) > 0.9, "learned across twenty fillers with all"
assert sum(a > 0.9 for a in after_2000["LSTM, bias 0"][0]) == 1, "with one of them"
assert all(max(both[1]) < 0.9 for both in after_2000.values()), "none across forty"

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


# after forgetting-table
def of_seeds(name, part):
    return [run.result[part] for run in gb.select_runs(stored, model=name)]


assert min(of_seeds("LSTM, bias 5", "saturated")) > 0.95, "nearly all cells are saturated"
assert max(of_seeds("LSTM", "saturated")) < 0.5, "the usual LSTM is not saturated"
medians = {
    name: np.median(of_seeds(name, "test"))
    for name in ("plain, ReLU", "GRU", "LSTM", "LSTM, bias 5")
}
assert abs(medians["LSTM, bias 5"] - medians["GRU"]) < 0.15, "the text says that they are level"
assert medians["LSTM, bias 5"] < medians["LSTM"] - 0.15, "the text says that it is ahead"

# after signs
# With a bias of 0, which comes last, the signs are no substitute; with 5, they were one.
assert with_signs > 1.3 * with_cell, (with_signs, with_cell)
layer = rnn.LSTM(29, i2h_bias_initializer=init.LSTMBias(5.0))
opened = gb.RNNModel(layer, text.size)
gb.train(opened, text, lr=50, num_epochs=10, seed=1)
_, (_, cell) = opened(
    nd.array([text.validation], ctx=ctx), opened.begin_state(batch_size=1, ctx=ctx)
)
both = (
    gb.evaluate_perplexity(opened, text.test),
    perplexity_with_signs(opened, np.sign(cell.asnumpy()[0, 0]), text.test),
)
assert abs(both[0] / both[1] - 1) < 0.01, both

# after signs-stored
signs_runs = gb.load_runs("measured/forgetting-signs.json")
for run in signs_runs:
    assert abs(run.result["test with signs"] / run.result["test"] - 1) < 0.002, run.result
    assert run.result["sign changes"] == 0, "the text says that no sign changes"
