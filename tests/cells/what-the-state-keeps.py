# after train
if reads_text:
    found = [gb.evaluate_perplexity(model, text.validation) for model in models]
    assert min(found) > 7.7 and max(found) < 8.9, found
# after two-readings
if reads_text:
    assert (apart[:changed_at] == 0).all(), "a difference before the changed character"
    later = apart[changed_at:].mean(axis=1)
    assert later[0] > 0.15 and later[5] > 0.02 and later[10] < 0.25 * later[0], later
# after trace
if reads_text:
    kept = (np.median(traces["trained"][:, 15]) / np.median(traces["trained"][:, 2])) ** (1 / 13)
    assert 0.68 < kept < 0.82, f"{kept} of the trace is kept at each step, not about three quarters"
# after trace-figure
if reads_text:
    found = {name: each[:, 20] for name, each in traces.items()}
    assert found["before training"].max() < 1e-4 < found["trained"].min(), "training lengthens it"
    assert min(found["orthogonal"]) > max(found["trained"]), "an orthogonal matrix keeps it longer"
    assert max(found["orthogonal, large input"]) < np.median(found["trained"]), "not enough"
    assert (found["shuffled"] > found["trained"]).all(), "more is left if the weights are shuffled"
    assert (traces["shuffled"] < traces["trained"])[:, 1].all(), "less after one character"
# after unit-run
if reads_text:
    assert abs(np.median(of_unit["trained"]) - by_character) < 0.08, "not much the same"
    assert min(of_unit_fixed["trained"]) > 0.4, "the unit does more than react"
    assert min(of_probe["trained"]) > max(of_unit["trained"]) + 0.05, "the state does better"
    assert np.median(of_probe["trained"]) < by_three + 0.01, "the last three do at least as well"
    rest = max(max(found) for name, found in of_probe.items() if name != "trained")
    assert rest < np.median(of_probe["trained"]), "a probe of every other layer does worse"
# after gain
noise = np.random.default_rng(0).normal(size=(3, 20))
assert np.array_equal(bootstrap_interval(noise), gb.bootstrap_interval(noise)), "another interval"
# after probe-figure
if reads_text:
    reads = {name: np.median(found.mean(axis=1), axis=0) for name, found in by_hidden.items()}
    assert (reads["shuffled"] > reads["trained"])[2:6].all(), "more can be read if shuffled"
    assert (reads["orthogonal"] > reads["trained"] + 0.1).all(), "far more if orthogonal"
# after leads
if reads_text:
    ranges = [bootstrap_interval(leads["hidden layer"][..., i]) for i in range(7)]
    assert min(low for low, _ in ranges[:4]) > 0, f"{ranges}: a lead up to six steps back"
    assert max(high for _, high in ranges[4:]) < 0.04, f"{ranges}: no lead is left at seven"
    more = (leads["hidden layer"] - leads["softmax regression"]).mean(axis=(0, 1))
    assert min(more[:4]) > 0, f"{more}: softmax regression reads less"
# after last-k-figure
if reads_text:
    assert by_network.min() > baseline["interpolated"] + 1, "counting is better than every network"
# after gains
if reads_text:
    of = {key: found.mean() for key, found in gains.items()}
    assert 0.01 < of["real state", 5] < 0.035, of
    assert 0 < of["mean state", 5] < min(0.015, of["real state", 5]), "smaller from the mean state"
    assert max(abs(of[name, 8]) for name in ("real state", "mean state")) < 0.006, of
