"""What is asserted of the cells of solutions/bptt.ipynb: see tools/cell_checks.py."""

# after exercise-4-run
if reads_text:
    assert (cut[1] > cut[5]).sum() >= 4, "the text says that one step is worse in nearly all pairs"
    assert not (cut[5] > cut[35]).all(), "the text says that five pairs do not tell 5 from 35"

# after exercise-5-print
longest = int(np.argmax(norms[:10]))
assert on[longest + 1] < 0.6 * on[longest] and units_on(model) < 16, (
    "the text says that a long step switches off half of the units, and that in the end few are on"
)

# after exercise-7-code
matched = [run.result for run in gb.select_runs(stored, pairs="match")]
control = [run.result for run in gb.select_runs(stored, pairs="any")]
assert all(each["after"][11] > 1 for each in matched if each["right"] > 0.5), (
    "the text says that at least the full norm is left in every run that learned to match"
)
assert max(each["after"][11] for each in control) < 0.5, (
    "the text says less than half in the control"
)
unlearned = [each for each in matched if each["right"] < 0.5]
assert len(unlearned) == 2 and min(each["after"][11] for each in unlearned) > 0.8, (
    "the text says that in two runs much of the gradient is left without any memory"
)
