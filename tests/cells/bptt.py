"""What is asserted of the cells of bptt.ipynb: see tools/cell_checks.py."""

# after check-numeric
from mxnet import autograd, nd
from mxnet.gluon import loss as gloss

assert all(
    relative_error(grad, numeric_gradient(current_loss, param)) < 1e-6
    for param, grad in zip(params, grads, strict=True)
), "the gradient differs from the numeric one"
mx_params = [nd.array(param) for param in params]
for param in mx_params:
    param.attach_grad()
with autograd.record():
    outputs, _ = gb.rnn_forward([nd.array(X) for X in inputs], (nd.array(H_0),), mx_params)
    labels = nd.array(targets.argmax(axis=-1).ravel())
    mx_loss = gloss.SoftmaxCrossEntropyLoss()(nd.concat(*outputs, dim=0), labels).mean()
mx_loss.backward()
assert all(
    relative_error(param.grad.asnumpy(), grad) < 1e-4
    for param, grad in zip(mx_params, grads, strict=True)
), "the text says that autograd computes the same gradients"

# after orthogonal-plot
of_linear, of_tanh = (
    {scale: gradient_norms(scale * Q, *activations[name])[-1] for scale in (1.0, 1.2)}
    for name in ("linear", "tanh")
)
assert abs(of_linear[1.0] - 1) < 1e-6, "the text says that a linear layer preserves the norm"
assert of_tanh[1.0] < 1e-3 and of_tanh[1.2] < 0.05, "the text says that with tanh it vanishes"


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
        found = [perplexity_of(snapshots[epoch], text.train[:1001]) for epoch in (1, 10, 30, 60)]
        assert 3 < found[3] < found[2] < 10 < found[1] < 16 < found[0] < 30, found

# after reach-plot
if reads_text:
    epochs = sorted(back)
    for share in (back, forth):
        assert [share[k][5] for k in epochs] == sorted(share[k][5] for k in epochs), (
            "the text says that the gradient and the trace fade more slowly after more training"
        )
    for k in epochs[1:]:
        assert 0.5 < back[k][10] / forth[k][10] < 2, "the text says that the dots are on the lines"
    assert back[60][10] > 0.1 and back[60][35] < 0.02, (
        "the text says that some of the gradient survives ten steps, and a trace of it 35"
    )

# after reach-singular
assert all(np.linalg.norm(trained[0][epoch][1], 2) > 1.2 for epoch in (10, 30, 60)), (
    "the text says that the largest singular value is above 1"
)

# after letters
if reads_text:
    assert max(likely[10]) < 0.3, "the text says that the r surprises the half-trained model"
    assert min(likely[60]) > 0.7, "the text says that the model expects the r after 60 epochs"
    half, full = (np.median(shares[epoch], axis=0) for epoch in (10, 60))
    assert half[10:].sum() > 0.75 * half.sum() and half[:4].max() < 0.02, (
        "the text says that the last three characters bear nearly all of the blame, and time none"
    )
    assert full[5:].min() > 0.1, "the text says that the gradient reaches back through travelle"

# after repeats-plot
carried, reset, half = (repeats[name] for name in cases)
assert reset[:, :3].min() > 1.9 and reset[:, 3].max() < 1.7, (
    "the text says that with the state reset a window of seven is the first from which one learns"
)
assert carried.max() < 1.6, "the text says that with scale 1 every window learns"
assert half[:, :2].min() > 1.6 and half[:, 2].max() < 1.6, (
    "the text says that with scale 0.5 windows of six learn, and those of one and three do not"
)

# after cliff
assert max(paths["not clipped"]) > 3, "the text says that the descent is thrown far away"
assert max(paths["clipped at 1"]) == 1.6, "the text says that the clipped descent stays"
assert abs(slopes).max() > 500 > 100 * abs(slopes[ws > 1.31]).max(), (
    "the text says that the slope is large at the cliff alone"
)
