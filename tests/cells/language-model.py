# after trust
if reads_text:
    assert abs(perplexity_on(witten_bell(counts, 4, 1, text.chars), validation) - 6.38) < 0.02

# after methods
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
