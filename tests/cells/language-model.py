"""What is asserted of the cells of language-model.ipynb: see tools/cell_checks.py."""

# after write-novel
contexts = [context for context in counts if len(context) == 7]
single = sum(len(counts[context]) == 1 for context in contexts) / len(contexts)
assert single > 0.9, "the text says that more than nine in ten contexts have one follower"

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
for n in range(2, 8):
    by_method = {name: by_n[n][1] for name, by_n in found.items()}
    assert min(by_method, key=by_method.get) == "Kneser-Ney", f"n = {n}: the text says so"
reached = {name: by_n[best_n[name]][1] for name, by_n in found.items()}
for name in ("only predecessors", "only a discount"):
    assert reached[name] > reached["interpolated"], f"{name}: the text says that it is worse"
for name, n in best_n.items():
    grid = methods[name][1]
    assert grid[0] < found[name][n][0] < grid[-1], f"{name}: the best setting is at the edge"

# after elsewhere
if reads_text:
    assert len(elsewhere) == 4, "the text says four places"
    for counting, predecessors_alone, discount_alone, both in elsewhere.values():
        assert both < min(counting, predecessors_alone), "the text says that both were best"
        assert discount_alone > max(counting, predecessors_alone), "the text says worst"
        assert abs(predecessors_alone / counting - 1) < 0.02, "the text says two percent"

# after bar
if reads_text:
    for name in ("interpolated", "Kneser-Ney"):
        difference = baseline["validation"][name] - found[name][best_n[name]][1]
        assert abs(difference) < 1e-9, (
            f"{name}: the text says that the shorter search finds the same settings as the section"
        )
    for name in baseline["test"]:
        assert baseline["test"][name] > baseline["validation"][name], (
            "the text says that all do worse"
        )
