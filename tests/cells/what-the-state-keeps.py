# after rates
if reads_text:
    at_50, at_100 = (
        np.median([run.result["validation"] for run in gb.select_runs(stored, rate=rate, **ours)])
        for rate in (50, 100)
    )
    assert at_50 < at_100, "the text trains with 50"
# after train
if reads_text:
    assert 7.8 < keep.best.perplexity < 9, keep.best
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
# after unit
if reads_text:
    assert abs(np.median(by_seed) - correlation(by_character)) < 0.08, "not much the same"
# after probe-figure
if reads_text:
    by_median = np.median(by_state, axis=0)
    assert by_median[0] > 0.97 and 0.9 < by_median[1] < 0.98, by_median
    with_three, control = (np.median(found, axis=0) for found in (by_both, by_control))
    assert with_three[0] > 0.6 and control[0] < 0.5, (with_three, control)
    assert all(with_three[:4] > control[:4] + 0.03), "more than the control up to six back"
    assert with_three[5] - control[5] < 0.06, "little is left of it beyond six"
# after last-k-figure
if reads_text:
    assert widths[np.median(by_window, axis=0).argmin()] == 3, "the window is best with three"
    assert by_network.min() > baseline["interpolated"] + 1, "counting is better than every network"
# after gain
if reads_text:
    of_five, of_eight = (losses[:, k - 1] - losses[:, longest - 1] for k in (5, 8))
    assert 0 < of_five.mean() < 0.02, of_five.mean()
    assert abs(of_eight.mean()) < 0.005, "beyond eight characters, nothing is gained"
# after activations
if reads_text:
    low, high = {}, {}
    for name in windows:
        low[name], high[name] = bootstrap_range(
            losses_of(recurrent[name]) - losses_of(windows[name])
        )
    assert low["tanh"] > 0, "with tanh, the window is ahead"
    assert low["best"] < 0 < high["best"], "each at its best, the passage shows no difference"
    medians = [
        np.median([run.result["test"] for run in side["relu"]]) for side in (recurrent, windows)
    ]
    assert medians[0] < medians[1], "with ReLU, the state has the lower median"
    assert windows["best"] is windows["tanh"], "the best window has tanh"
    assert recurrent["best"] is recurrent["relu"], "the best recurrent layer has ReLU"
    epochs = {
        width: [
            run.result["best_epoch"]
            for run in gb.select_runs(stored, activation="tanh", window=width, rate=50)
        ]
        for width in (3, 12)
    }
    assert set(epochs[12]) == {50} and set(epochs[3]) == {100}, epochs
