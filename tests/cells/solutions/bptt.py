# after exercise-4-run
if reads_text:
    (one, _), (five, five_lowest), (_, all_lowest) = (cut[reach].T for reach in (1, 5, 35))
    assert (one > five).sum() >= 4, "the text says that one step is worse in nearly all pairs"
    assert (five_lowest > all_lowest).sum() >= 4, "35 steps are better in nearly all pairs"

# after exercise-5-print
longest = int(np.argmax(norms[:10]))
assert on[longest + 1] < 0.6 * on[longest], "a long step switches off half of the units"
assert on[-1] < 16, "the text says that few units are on in the end"
assert on_clipped[-1] > 100 and last_loss_clipped < last_loss - 0.2, "clipped, most units stay on"

# after evidence-cut
if reads_text:
    for (name, seed), (three, ten) in left.items():
        if name.startswith("novel") or name == "10,000, independent":
            assert ten > 1 / 3, f"{name}, seed {seed}: the section says at least a third"
        elif name == "endless, from the last":
            assert three < 0.05 and ten < 0.001, "there, the memory does not grow"
        else:
            assert three > 0.1 > ten, "the section says a fifth or more, but little after ten steps"

# after evidence-random
if reads_text:
    for (num_epochs, seed), found in kept.items():
        (trained,) = found["trained"]
        for name in ("shuffled", "shuffled by unit", "rotated", "units exchanged"):
            if num_epochs < 120:
                assert max(found[name]) < 0.8 * trained, f"{name}: random weights keep less"
        if num_epochs == 120:
            assert small[num_epochs, seed] > 1.2 * trained, "a small change keeps more"
            assert min(found["mean of zero"]) > 1, "with a mean of zero, a change grows"
