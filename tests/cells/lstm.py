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
crossed = {
    name: max([0, *(k for k in distances if seeds_that_learned(name, k) == 10)]) for name in names
}
assert crossed["LSTM, bias 0"] <= 10 and crossed["LSTM, bias 1"] == 10, crossed
for name in ("LSTM, bias 5", "LSTM, coupled", "GRU, bias 0", "GRU, bias 3"):
    assert crossed[name] == 80, f"the text says that every seed of {name} crosses eighty"
assert seeds_that_learned("ReLU, identity", 80) == 9, "the text says nine of ten"
assert seeds_that_learned("tanh", 20) > seeds_that_learned("LSTM, bias 1", 20), "the text says so"

# after memory-live
assert accuracy["LSTM, bias 0"] < 0.6 < 0.9 < accuracy["LSTM, bias 5"], (
    "these runs are unlike the stored ones"
)

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

# after distance-figure
assert all(values[10] < 0.2 and values[20] < 0.05 for values in left.values()), (
    "the text says that hardly anything is left after twenty characters"
)
