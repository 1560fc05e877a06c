# after check-numeric
assert all(
    relative_error(grad, numeric_gradient(current_loss, param)) < 1e-6
    for param, grad in zip(params, grads, strict=True)
), "the gradient differs from the numeric one"


# after reach-train
from mxnet import autograd, nd  # noqa: E402, as the section needs neither


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
    for k in epochs[1:4]:
        assert 0.5 < back[k][10] / forth[k][10] < 2, "the text says that the dots are on the lines"
    assert back[60][35] < 0.02 < back[120][35], "35 steps: hardly any, and later a small share"
    assert forth[120][20] < back[120][20], "after 120 epochs, the character fades faster"
    each = [median_share(change_reach, [snapshots], 120)[10] for snapshots in trained_cut]
    assert min(each) > 1 / 3, "in all three networks with the gradient cut, the memory grew"
    assert cut_forth[120][10] > 0.9 * forth[120][10], "no less than with the whole gradient"
    assert 3 < np.linalg.norm(trained[0][60][1], 2) < 5, "the largest singular value is about 4"
    assert 0.11 < np.std(trained[0][60][1]) < 0.13, "the standard deviation of equation (9)"
    assert 0.25 < (read_states(trained[0][60], passages)[50:] > 0).mean() < 0.4, "active units"
    for epoch, letters in ((10, 3), (30, 4), (60, 6), (120, 8)):
        rest = bits[epoch] - bits[epoch][-1]
        bend = lengths.index(letters)
        assert rest[bend - 1] > 0.02 and abs(rest[bend:]).max() < 0.06, f"epoch {epoch} bends"

# after random-weights
if reads_text:
    for one, other in zip(trained, randomised, strict=True):
        found = [median_share(change_reach, [each], 60)[10] for each in (one, other)]
        assert found[1] < 0.6 * found[0], "random weights keep less than the trained ones"
