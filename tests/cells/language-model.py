# after copied
assert np.mean(single) > 0.7, "the text says that the model mostly copies"

# after bigram-table
if reads_text:
    assert blank > 0.5, "the text says that most of the table is blank"

# after longer
assert best_setting(add_alpha, 3, alphas)[1] < min(
    best_setting(add_alpha, n, alphas)[1] for n in (2, 4)
), "the text says that the perplexity reaches a minimum and rises"

# after unseen
if reads_text:
    assert counts[""]["h"] > counts[""]["y"], "the text says that h is more frequent"
    assert counts["t"]["h"] > counts[""]["h"] / 2, "the text says that h mostly follows t"
    assert predecessors[""]["h"] < predecessors[""]["y"], "the text says that y follows more"
    assert after_neither["h"] < after_neither["y"], "the text says that predecessors guess better"
    by_counts, by_predecessors = (
        perplexity([guess_new(numbers, a, b) for a, b in new_pairs])
        for numbers in (counts[""], predecessors[""])
    )
    assert by_predecessors < by_counts, "the text says that predecessors guess better"

# after methods
reached = {name: by_n[best_n[name]][1] for name, by_n in found.items()}
for name in ("only predecessors", "only a discount"):
    assert reached[name] > reached["interpolated"], f"{name}: the text says that it is worse"
assert reached["only predecessors"] < reached["only a discount"], "the text says more"
assert reached["Kneser-Ney"] < reached["interpolated"], "the text says clearly better"
assert abs(reached["Witten-Bell"] / reached["Kneser-Ney"] - 1) < 0.02, "the text says close"
for name, n in best_n.items():
    grid = methods[name][1]
    assert grid[0] < found[name][n][0] < grid[-1], f"{name}: the best setting is at the edge"
    assert 2 < n < 8, f"{name}: the best n is at the edge"

# after passed-on
if reads_text:
    alone, with_predecessors, by_evidence = list(passed_on.values())[1:]
    assert max(alone[:3]) < 0.2, "the text says very little"
    for length in (1, 2):
        assert with_predecessors[length] > 2 * alone[length], "the text says several times"
    assert all(abs(with_predecessors[n] - by_evidence[n]) < 0.1 for n in lengths), "about as much"
    assert (
        (rules["Witten-Bell, multiplier 6"][1](counts["t"])[1])
        == (keep_by_evidence(found["Witten-Bell"][best_n["Witten-Bell"]][0])(counts["t"])[1])
    ), "the multiplier is the one that was chosen"

# after multipliers
by_multiplier = [
    min(perplexity_on(witten_bell(counts, n, m, text.chars), validation) for n in (3, 5, 7))
    for m in (0.5, 2, 6, 12)
]
a_discount_alone = min(loss for _, loss in found["only a discount"].values())
assert by_multiplier[0] > a_discount_alone, "the text says worse than with a discount alone"
assert by_multiplier[0] > by_multiplier[1] > by_multiplier[2] < by_multiplier[3], "up to a point"

# after elsewhere
if reads_text:
    assert len(interpolated) == 10, "the text says ten places"
    ratios = {name: np.divide(reached, interpolated) for name, reached in elsewhere.items()}
    for name in ("Kneser-Ney", "Witten-Bell"):
        assert min(ratios[name]) > 0.86 and max(ratios[name]) < 0.95, "about ten percent"
        assert min(elsewhere[name]) > 5.4 and max(elsewhere[name]) < 7.2, "about 5.5 to 7"
    assert min(ratios["only a discount"]) > 1, "the text says worse everywhere"
    alone = ratios["only predecessors"]
    assert sum(alone > 1) >= 8 and max(alone) < 1.04, "slightly worse nearly everywhere"

# after letter-kinds
if reads_text:
    gains = costs["the bigram model"] - costs["Kneser-Ney"]
    by_kind = {name: gains[kind].mean() for name, kind in kinds.items()}
    assert by_kind["inside words"] > by_kind["others"] > 0.5, "the text says most inside words"
    assert abs(by_kind["first letters"]) < 0.15, "the text says neither clearly better nor worse"
    assert inside.mean() > 0.5, "most characters are letters inside words"

# after letters
if reads_text:
    difference = shown["the bigram model"] - shown["Kneser-Ney"]
    for phrase in ("said the time traveller", "psychologist"):
        start = test[page].index(phrase)
        assert np.mean(difference[start : start + len(phrase)] > 0) > 0.6, phrase
    for context, char in (("hat", "."), ("hre", "s")):
        place = test[page].index(context + char) + 3
        assert difference[place] < -2 and not counts[context][char], context + char

# after bar
if reads_text:
    for name, on_test in baseline["test"].items():
        assert on_test > baseline["validation"][name], "the text says that all four are higher"
