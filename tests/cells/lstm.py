# after memory
counts = {
    layer: [count_learned(layer, k) for k in distances]
    for layer in ("LSTM, bias 0", "LSTM, bias 1", "LSTM, bias 5", "LSTM, coupled")
}
assert counts["LSTM, bias 0"][2:] == counts["LSTM, bias 1"][2:] == [0, 0, 0], counts
assert counts["LSTM, bias 5"] == counts["LSTM, coupled"] == [10] * 5, counts

# after fixed
letters = np.bincount(text.train, minlength=text.size) + 1
of_letters = np.exp(-np.log(letters / letters.sum())[text.test].mean())
for (bias, seed), (own, frozen) in perplexity.items():
    if bias == 1:
        assert frozen > max(2 * own, of_letters), (seed, own, frozen, of_letters)
    else:
        assert abs(frozen / own - 1) < 0.005, (seed, own, frozen)
# The model with frozen cells, here the last one, computes equation (7).
layer, H, index = model.rnn, np.zeros(29), text.test[0]
params = layer.l0_i2h_weight, layer.l0_h2h_weight, layer.l0_i2h_bias, layer.l0_h2h_bias
W_x, W_h, b_x, b_h = (np.split(param.data().asnumpy(), 4)[3].T for param in params)
for _ in range(3):
    H = np.tanh(begin[1].asnumpy()[0, 0]) / (1 + np.exp(-(W_x[index] + H @ W_h + b_x + b_h)))
_, (in_gluon, _) = model(nd.array([[index] * 3], ctx=ctx), begin)
assert np.allclose(in_gluon.asnumpy()[0, 0], H, atol=1e-5), "not equation (7)"

# after cells
full = {
    bias: np.mean([np.abs(np.tanh(cells[bias, seed][300:])) > 0.99 for seed in (1, 2, 3)])
    for bias in (1, 5)
}
assert full[1] < 0.3 and full[5] > 0.8, full
at_300 = np.abs(cells[5, 1][299])
assert np.median(at_300) > 20, at_300  # stored: more than 40
lengths = [0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 64, 128]
for kind in ("LSTM, 29 units", "GRU, 35 units"):
    for run in gb.select_runs(gb.load_runs("measured/curve.json"), text="novel", kind=kind):
        losses = np.array(run.result["losses"], dtype=float)
        assert gb.bend(lengths, losses) <= 6, (
            "the text says next to nothing beyond the sixth letter"
        )
