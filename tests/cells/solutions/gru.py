# after ex3-run
pairs = zip(curves["from scratch"], curves["Gluon"], strict=True)
assert all(abs(ours.perplexity / gluon.perplexity - 1) < 0.1 for ours, gluon in pairs), (
    "the text says that the two learn at the same pace"
)

# after ex5-run
assert max(map(max, found.values())) < 1.3, "the text says that both layers count"
assert np.median(found["without"]) < np.median(found["with"]), (
    "the text says that the median without the gate is slightly lower"
)

# after ex6
assert factors["spaces"].min() > 1.7, "the text says that more of the spread is left"
assert abs(factors["the first b"] - 1).max() < 0.3, "the text says almost nothing"
model = trained["with"][0]
layer, H = model.rnn, np.zeros(12)
params = layer.l0_i2h_weight, layer.l0_h2h_weight, layer.l0_i2h_bias, layer.l0_h2h_bias
for idx in fresh[:50]:
    H, _ = step(idx, H, [param.data().asnumpy() for param in params])
X = nd.one_hot(nd.array(fresh[:50], ctx=gb.try_gpu()), words.size).expand_dims(1)
_, (in_gluon,) = layer(X, model.begin_state(batch_size=1, ctx=X.context))
assert np.allclose(in_gluon[0, 0].asnumpy(), H, atol=1e-4), "the step is not Gluon's"
