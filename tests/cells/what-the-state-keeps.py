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
    for name, expected in predicted.items():
        assert np.allclose(traces[name][:, 1:9], expected[1:9], rtol=0.15, atol=2e-3), name
    kept = (np.median(traces["trained"][:, 15]) / np.median(traces["trained"][:, 2])) ** (1 / 13)
    assert straight.min() > 1 and straight.max() < 1.6, straight
    assert 0.68 < kept < 0.82, f"{kept} of the trace is kept at each step, not about three quarters"
# after trace-figure
if reads_text:
    found = {name: each[:, 8] for name, each in traces.items()}
    assert found["before training"].max() < 1e-4 < found["trained"].min(), "training lengthens it"
    assert min(found["orthogonal, 0.9"]) > 1.2 * max(found["trained"]), "nine tenths keep it longer"
    for k in range(1, 9):
        low, high = traces["orthogonal, 0.7"][:, k].max(), np.median(traces["trained"][:, k])
        assert low < high, "a shorter trace than in a trained network"
# after probe-figure
if reads_text:
    reads = {name: found.mean(axis=1) for name, found in right.items()}
    trained, random = (reads[f"with the {name} state"] for name in ("trained", "untrained"))
    assert (random[:, :4].min(axis=0) > trained[:, :4].max(axis=0) + 0.1).all(), "far more"
    assert (trained[:, 0] > reads["only the last three"][:, 0] + 0.2).all(), "the state tells it"
# after erase
if reads_text:
    assert read[:, 2].min() > 0.5, "two thirds of the variance"
    assert cost[:, 0].min() > 0.2, "more than a quarter of a bit"
    assert cost[:, 2].max() < cost[:, 1].min(), "by much less"
    assert cost[:, 2].mean() < 0.7 * cost[:, 6].mean(), "less harm than a random direction"
# after bend
if reads_text:
    bends = {n: [gb.bend(lengths, found) for found in of_seeds] for n, of_seeds in curves.items()}
    assert np.median(bends["unread"]) < 6 < np.median(bends["training text"]), bends
# after gains
if reads_text:
    of = {key: found.mean() for key, found in gains.items()}
    assert 0.05 < of["training text", 5] < 0.14 and of["unread", 5] < 0.03, of
    assert abs(of["unread", 10]) < 0.004, of
