# after train
if reads_text:
    assert 7.8 < keep.best.perplexity < 9, keep.best
# after two-readings
if reads_text:
    assert (apart[:changed_at] == 0).all(), "a difference before the changed character"
    later = apart[changed_at:].mean(axis=1)
    assert later[0] > 0.15 and later[5] > 0.02 and later[10] < 0.25 * later[0], later
# after trace
if reads_text:
    assert traces[:, 1].min() > 0.4 and traces[:, 1].max() < 0.7, traces[:, 1]
    assert traces[:, 5].min() > 0.08 and traces[:, 5].max() < 0.3, traces[:, 5]
    kept = (np.median(traces[:, 15]) / np.median(traces[:, 2])) ** (1 / 13)
    assert 0.68 < kept < 0.82, f"{kept} of the trace is kept at each step, not about three quarters"
# after trace-figure
if reads_text:
    assert trace(small)[5] < 1e-4 < traces[:, 20].min(), "training lengthens the trace"
    assert traces[:, 20].max() < trace(orthogonal)[20], "an orthogonal matrix keeps it for longer"
# after unit-run
if reads_text:
    assert abs(np.median(of_units[:5]) - correlation(by_character)) < 0.08, "not much the same"
    assert min(of_states[:5]) > max(of_units[:5]) + 0.05, "the state does better than one unit"
    assert np.median(of_states[:5]) < correlation(by_three) + 0.01, "at least as well"
    assert of_states[5] < min(of_states[:5]) - 0.1, "much better than the untrained layer"
# after coloured
if reads_text:
    alike = np.corrcoef(one_unit[0], by_character)[0, 1]
    assert 0.2 < alike < 0.9, f"{alike}: alike, but not the same"
# after probe-figure
if reads_text:
    lead = np.median(by_both[:5], axis=0) - by_control
    assert all(lead[:3] > 0.02), f"{lead}: more than the table up to five back"
    assert all(lead[3:] < 0.04), f"{lead}: the two are close together beyond five"
    assert by_control[0] < 0.5 < np.median(by_both[:5, 0]), "half of the cases"
    assert all(by_both[5] > by_both[:5].max(axis=0)), "more can be read from the orthogonal layer"
# after last-k-figure
if reads_text:
    assert by_network.min() > baseline["interpolated"] + 1, "counting is better than every network"
# after gain
drawn = np.random.default_rng(0).normal(size=(3, 20))
assert np.array_equal(bootstrap_interval(drawn), gb.bootstrap_interval(drawn))
# after gains
if reads_text:
    of_five, of_eight = (losses[:, k - 1] - losses[:, longest - 1] for k in (5, 8))
    assert 0.01 < of_five.mean() < 0.06, of_five.mean()
    assert abs(of_eight.mean()) < 0.008, "beyond eight characters, nothing is gained"
    by_mean = {k: from_mean[k].mean() - from_mean[longest].mean() for k in (5, 8)}
    assert 0 < by_mean[5] < of_five.mean(), "with the mean state, the gain is smaller"
    assert abs(by_mean[8]) < 0.008, "beyond eight characters, nothing is gained with either"
