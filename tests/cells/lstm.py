"""What is asserted of the cells of lstm.ipynb: see checks/assertions.py."""

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
counts = {name: [sum(a > 0.9 for a in accuracies(name, k)) for k in distances] for name in names}
assert counts["LSTM, bias 0"][2] == counts["LSTM, bias 1"][2] == 0, counts
for name in ("LSTM, bias 5", "LSTM, coupled", "GRU, bias 0"):
    assert counts[name] == [10] * 5, f"the text says that every seed of {name} crosses eighty"
assert counts["ReLU, identity"] == [10, 10, 10, 10, 9], "the text says nearly as well"

after_2000 = {
    name: [accuracies(name, k, longer) for k in (20, 40)]
    for name in ("tanh", "LSTM, bias 0", "LSTM, bias 1")
}
assert all(len(found) == 3 for both in after_2000.values() for found in both), "three seeds"
assert min(after_2000["LSTM, bias 1"][0]) > 0.9, "learned across twenty fillers with all"
assert sum(a > 0.9 for a in after_2000["LSTM, bias 0"][0]) == 1, "with one of them"
assert all(max(both[1]) < 0.9 for both in after_2000.values()), "none across forty"

# after forgetting-table
medians = {
    name: np.median([run.result["test"] for run in gb.select_runs(stored, model=name)])
    for name in ("GRU", "LSTM", "LSTM, bias 5")
}
assert abs(medians["LSTM, bias 5"] - medians["GRU"]) < 0.15, "the text says that they are level"
assert medians["LSTM, bias 5"] < medians["LSTM"] - 0.15, "the text says that it is ahead"

# after signs
saturated, with_cell, with_signs = found[5.0]
assert saturated > 0.8 and abs(with_signs / with_cell - 1) < 0.01, found
saturated, with_cell, with_signs = found[0.0]
assert saturated < 0.5 and with_signs > 1.3 * with_cell, found

# after signs-stored
for run in gb.load_runs("measured/forgetting-signs.json"):
    assert abs(run.result["test with signs"] / run.result["test"] - 1) < 0.002, run.result
