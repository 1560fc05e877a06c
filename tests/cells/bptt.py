"""What is asserted of the cells of bptt.ipynb: see tools/cell_checks.py."""

# after check-numeric
assert all(
    difference(grad, numeric_gradient(loss_now, param)) < 1e-6
    for param, grad in zip(params, grads, strict=True)
), "the gradient differs from the numeric one"

# after check-autograd
assert all(
    difference(param.grad.asnumpy(), grad) < 1e-4
    for param, grad in zip(mx_params, grads, strict=True)
), "the gradient differs from autograd's"

# after reach-plot
assert list(left.values()) == sorted(left.values()), (
    "the text says that the gradient reaches further after more training"
)

# after reach-singular
assert all(np.linalg.norm(snapshots[epoch][1], 2) > 1.2 for epoch in (10, 30, 60)), (
    "the text says that the singular value is above 1 by epoch 10"
)

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
