"""What is asserted of the cells of solutions/bptt.ipynb: see tools/cell_checks.py."""

# after exercise-4-run
middle = {key: np.median(found, axis=0) for key, found in shares.items()}
assert middle["tanh", 50][5] < middle["tanh", 100][5], (
    "the text says that the reach of tanh depends on the rate"
)
if reads_text:
    assert middle["tanh", 50][35] < middle["relu", 100][35] < middle["tanh", 100][35], (
        "the text says which gradient is the longer one after 35 steps"
    )

# after exercise-5-run
if reads_text:
    assert (cut[1] > cut[5]).sum() >= 4, "the text says that one step is worse in nearly all pairs"
    assert not (cut[5] > cut[35]).all(), "the text says that five pairs do not tell 5 from 35"

# after exercise-6-code
assert angles == sorted(angles) and angles[0] < 0.1 and 30 < angles[-1] < 90, (
    "the lower the threshold, the more the gradient should turn"
)

# after exercise-7-print
longest = int(np.argmax(norms[:10]))
assert on[longest + 1] < 0.6 * on[longest] and units_on(model) < 16, (
    "the text says that a long step switches off half of the units, and that in the end few are on"
)
