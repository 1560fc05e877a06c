# after check-numeric
assert all(
    relative_error(grad, numeric_gradient(current_loss, param)) < 1e-6
    for param, grad in zip(params, grads, strict=True)
), "the gradient differs from the numeric one"


# after reach-train
def perplexity_of(params, indices):
    W_xh, W_hh, b_h, W_hq, b_q = params
    H, losses = np.zeros(len(b_h)), []
    for t in range(len(indices) - 1):
        H = np.maximum(W_xh[indices[t]] + H @ W_hh + b_h, 0)
        losses.append(-np.log(softmax(H @ W_hq + b_q)[indices[t + 1]]))
    return np.exp(np.mean(losses))


if reads_text:
    for snapshots in trained:
        found = [perplexity_of(params, text.train[:1001]) for params in snapshots.values()]
        assert 2 < found[4] < found[3] < found[2] < 10 < found[1] < 16 < found[0] < 30, found
    for with_cut, without in zip(trained_cut, trained, strict=False):
        first, second = (perplexity_of(p[120], text.train[:1001]) for p in (with_cut, without))
        assert first > second, "the text says that the cut makes training perplexity higher"

cut = CutModel(rnn.RNN(8), text.size)
cut.initialize(ctx=ctx)
X, H = nd.array([[1, 2], [3, 4]], ctx=ctx), [nd.ones((1, 2, 8), ctx=ctx)]
with autograd.record():
    in_one, _ = cut(X, H)
in_one.backward()
grad = cut.rnn.l0_h2h_weight.grad().copy()
one_step = gb.RNNModel(cut.rnn, text.size)
one_step.dense = cut.dense
with autograd.record():
    first, (state,) = one_step(X[:, :1], H)
    second, _ = one_step(X[:, 1:], [state.detach()])
    by_step = nd.concat(first, second, dim=0)
by_step.backward()
assert np.allclose(in_one.asnumpy(), by_step.asnumpy(), atol=1e-6), "CutModel computes other values"
assert np.allclose(grad.asnumpy(), cut.rnn.l0_h2h_weight.grad().asnumpy(), atol=1e-6), (
    "the gradient of CutModel passes from one step to another"
)

# after reach-plot
if reads_text:
    epochs = sorted(back)
    for share in (back, forth):
        left = [share[k][5] for k in epochs]
        assert left == sorted(left), "the text says that both fade more slowly after more training"
    assert max(back[1][5], forth[1][5]) < 1e-3, "next to nothing is left after a handful of steps"
    for k in epochs[1:4]:
        assert 0.5 < back[k][10] / forth[k][10] < 2, "the text says that the dots are on the lines"
    assert back[60][35] < 0.02 < back[120][35], "35 steps: hardly any, and later a small share"
    assert forth[120][20] < back[120][20], "after 120 epochs, the trace fades faster"
    assert cut_forth[60][10] > 0.5 * forth[60][10], "the trace is nearly as long if cut"
    assert cut_forth[120][10] > forth[120][10], "after 120 epochs, the trace is longer if cut"

# after letters-train
for found in (found for several in maps.values() for found in several):
    assert (np.triu(found, 1) == 0).all(), "a prediction has a gradient at a later character"
    assert np.diag(found).min() > 0, "a prediction has no gradient at the last character"
if reads_text:
    assert keep.best.perplexity < 8.5, "the text says that the models are trained"

# after letters
for found in (found for several in shares.values() for found in several):
    assert np.allclose(found.sum(axis=1), 1), "rows add up to 1"
    assert not reads_text or found[-1, :4].sum() < 0.2, "the share of the word time is small"
if reads_text:
    assert min(map(min, last_three.values())) > 0.3, "the text says that the last three lead"

# after occlusion-figure
if reads_text:
    found = np.concatenate(list(rises.values()))
    assert found[:, -1].min() > 1, "the text says that the last letter matters more than one nat"
    assert abs(found[:, :4]).max() < 0.25, "the text says that the letters of time hardly matter"

# after reach-singular
if reads_text:
    found = [np.linalg.norm(each[60][1], 2) for each in (*trained, *trained_cut)]
    assert 3 < min(found) < max(found) < 1.3 * min(found), "far above 1, and nearly as much if cut"
    left = [median_share(change_reach, runs, k)[10] for runs, k in ((shuffled, 60), (drawn, 0))]
    assert 10 * forth[10][10] < left[0] < forth[60][10] < left[1], "random layers keep the most"

# after letters-untrained
for name in ("GRU", "LSTM"):
    trained_near, untrained_near = (np.median(near[name, k], 0) for k in ("trained", "untrained"))
    assert untrained_near[0] > trained_near[0] - 0.05, "untrained layers look as near"
    assert untrained_near[1] < 0.1, "the share of the word time is small without training, too"

# after occlusion-beginnings
for time, trav, e in ((rises_together[name, kept] for kept in (8, 4, 1)) for name in models):
    assert not reads_text or max(time) < 0.35, "the text says that the models hardly need time"
    assert not reads_text or 0 < min(trav) < max(e), "the text says that elle alone is not enough"
