# after smaller-bias
assert min(with_3) > 0.9, "the text says that a bias of 3 was enough"

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
in_pieces = [r["pieces, cells fixed"] - r["pieces"] for r in chosen["LSTM, bias 5"]]
assert sum(change < 0 for change in in_pieces) >= 3, "the text says better with most of the seeds"
