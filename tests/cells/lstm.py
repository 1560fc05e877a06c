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

assert counts["tanh"][2] == 9, "the text says that the plain layer learned with nine seeds"

# after smaller-bias
assert min(with_3) > 0.9, "the text says that a bias of 3 was enough"

# after forgetting-table
for (name, rate), (low, high) in ratios.items():
    if by_rate[name, rate] is chosen[name]:
        level = low < 1 < high
        assert level if name == "GRU" else high < 1, f"level with or ahead of {name}: {low}, {high}"
medians = {name: median_of(of_model, "validation") for name, of_model in chosen.items()}
assert min(medians, key=medians.get) == "plain, ReLU", "the text says the best on validation"

# after fixed
saturated, with_cells, with_fixed = found[5]
assert saturated > 0.8 and abs(with_fixed / with_cells - 1) < 0.01, found
saturated, with_cells, with_fixed = found[0]
assert saturated < 0.5 and with_fixed > 1.3 * with_cells, found
# The model with fixed cells, here the last one, computes equation (6).
layer, H, index = model.rnn, np.zeros(29), text.test[0]
params = layer.l0_i2h_weight, layer.l0_h2h_weight, layer.l0_i2h_bias, layer.l0_h2h_bias
W_x, W_h, b_x, b_h = (np.split(param.data().asnumpy(), 4)[3].T for param in params)
for _ in range(3):
    H = shown.asnumpy()[0, 0] / (1 + np.exp(-(W_x[index] + H @ W_h + b_x + b_h)))
_, (in_gluon, _) = model(nd.array([[index] * 3], ctx=ctx), [nd.zeros_like(content), content])
assert np.allclose(in_gluon.asnumpy()[0, 0], H, atol=1e-5), "not equation (6)"

# after fixed-stored
changed = {
    name: np.exp([np.subtract(r["passages, cells fixed"], r["passages"]) for r in of_model])
    for name, of_model in chosen.items()
    if "LSTM" in name
}
assert abs(changed["LSTM, bias 5"] - 1).max() < 0.005, "the text says to within half a percent"
assert changed["LSTM, bias 0"].min() > 2, "the text says more than doubled"
in_pieces = [r["pieces, cells fixed"] - r["pieces"] for r in chosen["LSTM, bias 5"]]
assert sum(change < 0 for change in in_pieces) >= 3, "the text says better with most of the seeds"
