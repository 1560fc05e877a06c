# after sampling-load
for other in (in_order, ("random", "zeros"), ("random starts", "zeros")):
    by_reading = [
        (losses(*mistake, read=read).mean() - losses(*other, read=read).mean())
        for read in ("at once", "from zeros")
    ]
    assert abs(by_reading[0] - by_reading[1]) < 0.01, f"{other}: less than one percent"

# after sampling-live
if reads_text:
    stored = np.exp(losses(*mistake).mean(axis=1))
    assert 0.97 * min(stored) < np.exp(np.mean(np.log(here))) < 1.03 * max(stored), here
