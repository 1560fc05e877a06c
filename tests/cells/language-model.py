# after copied
assert np.mean(single) > 0.7, "the text says that most of the time there is only one"

# after longer
assert best_setting(add_alpha, 3, alphas)[1] < min(
    best_setting(add_alpha, n, alphas)[1] for n in (2, 4)
), "the text says that two characters are best"
if reads_text:
    assert unseen > best_setting(add_alpha, 1, alphas)[1], (
        "7-grams are worse than looking at nothing"
    )

# after trust
if reads_text:
    by_name = {
        name: perplexity_on(methods[name][0](counts, *chosen[name], text.chars), validation)
        for name in chosen
    }
    assert by_name["visits"] > 0.98 * by_name["a fixed share"], "the text says next to nothing"
    assert by_name["visits and surprises"] < 0.94 * by_name["a fixed share"], "the text says more"
    assert abs(perplexity_on(witten_bell(counts, 4, 1, text.chars), validation) - 6.38) < 0.02

# after predecessors
if reads_text:
    assert counts[""]["h"] > 2 * counts[""]["y"], "the text says more than twice as frequent"
    assert predecessors[""]["h"] < predecessors[""]["y"], "the text says that y has more"

# after methods
if reads_text:
    fixed, predecessors_alone, discount_alone, both = [
        perplexity_on(methods[name][0](counts, *chosen[name], text.chars), validation)
        for name in ("a fixed share", "only predecessors", "only a discount", "Kneser-Ney")
    ]
    assert min(predecessors_alone, discount_alone) > fixed > 1.05 * both, "worse alone, better both"
for name, (_, setting) in chosen.items():
    grid = methods[name][1]
    assert grid[0] < setting < grid[-1], f"{name}: the best setting is at the edge"

# after elsewhere
if reads_text:
    assert len(places) == 10, "the text says ten places"
    ratios = {name: found / reached["a fixed share"] for name, found in reached.items()}
    assert max(ratios["Kneser-Ney"]) < 1 and 0.89 < ratios["Kneser-Ney"].mean() < 0.91, (
        "ten percent"
    )
    both = ratios["Kneser-Ney"].mean(), ratios["visits and surprises"].mean()
    assert abs(both[0] / both[1] - 1) < 0.01, "the text says to within a percent"

# after letter-kinds
if reads_text:
    gains = {
        name: (costs["bigram"] - costs["Kneser-Ney"])[kind].mean() for name, kind in kinds.items()
    }
    assert gains["inside words"] > 1 and gains["first letters"] < 0.05, "the text says so"

# after letters
if reads_text:
    start = test[page].index("psychologist")
    difference = (shown["bigram"] - shown["Kneser-Ney"])[start : start + 12]
    assert np.mean(difference > 0) > 0.6, "the text says that the page shows psychologist"

# after first-letters
if reads_text:
    assert (paid[5][:, 0] > paid[2][:, 0]).all(), "the text says worse in all ten places"
    inside = [paid[seen][:, 1].mean() for seen in range(1, 6)]
    assert inside == sorted(inside, reverse=True), (
        "the text says that each further one helps inside"
    )
    first = [paid[seen][:, 0].mean() for seen in range(2, 6)]
    assert first == sorted(first), "the text says that looking back further was worse"

# after losses
same = gb.loss_by_context(gb.interpolate(counts, 8, weight, text.chars), text, lengths)
assert np.allclose(curves["interpolated"], same), "the function is not that of the package"
if reads_text:
    for name, losses in curves.items():
        bits = losses.mean(axis=1)
        assert bits[3] < bits[0] - 1 and abs(bits[7] - bits[3]) < 0.12, f"{name}: hardly at all"
