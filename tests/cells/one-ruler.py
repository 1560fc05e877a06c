# after longer-runs
assert len(eight_times) == len(of_kind("LSTM")) == 3, "three seeds"
for kind in ("GRU", "window of 8"):
    assert np.ptp([run.result["test"] for run in of_kind(kind)]) < 0.01 * models[kind]["test"]

# after live
if reads_text:
    assert 0.8 * min(stored) < here < 1.2 * max(stored), (here, stored)
