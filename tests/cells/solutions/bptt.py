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
