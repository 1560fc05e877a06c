# after exercise-4-run
if reads_text:
    assert (cut[1] > cut[5]).sum() >= 4, "the text says that one step is worse in nearly all pairs"
    assert not (cut[5] > cut[35]).all(), "the text says that five pairs do not tell 5 from 35"

# after exercise-5-print
longest = int(np.argmax(norms[:10]))
assert on[longest + 1] < 0.6 * on[longest] and units_on(model) < 16, (
    "the text says that a long step switches off half of the units, and that in the end few are on"
)
