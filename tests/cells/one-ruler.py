# after bends
for name, of_seeds in curves.items():
    assert more_than_with_all(of_seeds, 12)[0] < 3, f"{name}: the text says less than three percent"
    assert 6 <= gb.bend(LENGTHS, np.hstack(of_seeds)) <= 24, f"{name}: about a dozen"
    for i, seen in enumerate((0, 1, 2)):
        assert i == 0 or np.mean(of_seeds, axis=0)[i].mean() > table[seen].mean() + 0.5, name
for run in chosen("GRU"):
    assert run.setting["rate"] == 0.012, "the cell `live` trains at this rate"

# after steps
for task, kinds in TASKS.items():
    for kind in kinds:
        for run in gb.select_runs(runs, text=task, kind=kind):
            *before, least, most = run.result["right"]
            assert max(before) < 0.35, f"{kind}: it guesses as long as the letter is out of sight"
            if kind in ("LSTM, bias 0", "minimal GRU"):
                assert most < 0.35, f"{kind} has no step"
            else:
                assert most > 0.95, f"{kind} has a step"
                assert task == "recall" or 0.5 < least < 0.7, "six of ten swaps leave the cup alone"

# after places
assert abs(saved[places == 0].mean()) < 0.1, "first letters save nothing on this page"
assert saved[places == 4].sum() > saved.sum() / 2, "more than half, by the fifth and later letters"
for kind in KINDS:
    gain = three - chosen(kind)[0].result["letters"]["bits"]
    assert gain[places == 0].sum() < gain.sum() / 10, f"{kind}: first letters, less than a tenth"
    assert gain[places == 4].sum() > gain.sum() / 2, f"{kind}: later ones, more than half"
at = page.index("recommending") + len("recommen")
assert three[at] > 4 and everything[at] < 0.1, "the d of recommending"

# after first-letters
of_all, _, less, low, high = first["two GRU layers"]
assert abs(of_all - all_of_table.mean()) < 0.015, "level over all letters"
assert -0.1 < less < -0.05 and high < -0.01, "cheaper, and the range lies below zero"
assert abs(after[8] - first_of_table.mean()) < 0.02, "with eight letters, no gain"
assert after[12] - after[8] < (after[128] - after[8]) / 2, "with twelve, most of it"

# after live
bits = dict(zip(LENGTHS, own, strict=True))
assert bits[3] > bits[8] > bits[128] - 0.02
assert not reads_text or gb.bend(LENGTHS, found) <= 16, "it bends no later"
