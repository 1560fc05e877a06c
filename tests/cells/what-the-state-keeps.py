# after train
if reads_text:
    assert 7.8 < keep.best.perplexity < 9, keep.best
# after trace
if reads_text:
    assert traces[:, 1].min() > 0.4 and traces[:, 1].max() < 0.7, traces[:, 1]
    assert traces[:, 5].min() > 0.08 and traces[:, 5].max() < 0.3, traces[:, 5]
# after trace-figure
if reads_text:
    assert trace(small)[5] < 1e-4 < traces[:, 20].min(), "training lengthens the trace"
    assert traces[:, 20].max() < trace(orthogonal)[20], "an orthogonal matrix keeps it for longer"
# after probe
if reads_text:
    by_median = np.median(by_state, axis=0)
    assert all(by_median[k] > by_table[k] + 0.1 for k in (0, 1, 2)), "the newest are in the state"
    assert all(by_median[k] < by_table[k] + 0.02 for k in (3, 4, 5)), "the table is as good"
    assert all(np.median(by_both, axis=0)[k - 3] > by_table[k] for k in (3, 4, 5, 6))
# after gain
if reads_text:
    of_five, of_eight = (losses[:, k - 1] - losses[:, longest - 1] for k in (5, 8))
    assert of_five.mean(axis=1).min() > 0.003 and of_five.mean(axis=1).max() < 0.04
    assert abs(of_eight.mean()) < 0.005
    assert np.median(by_window[:, 2]) < np.median(by_network[:, -1]), "the window is ahead"
    assert by_network.min() > bar["interpolated"] + 1
