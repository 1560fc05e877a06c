"""What is asserted of the cells of language-model.ipynb: see tools/cell_checks.py."""

# after write-novel
contexts = [context for context in counts if len(context) == 7]
single = sum(len(counts[context]) == 1 for context in contexts) / len(contexts)
assert single > 0.9, "the text says that more than nine in ten contexts have one follower"

# after bigram-table
if reads_text:
    assert counts["q"] == {"u": 3}, "the text says that u follows each of the three q"
    assert blank > 0.5, "the text says that most of the table is blank"

# after add-alpha-shown
if reads_text:
    assert bigram("u", "q") < 0.5, "the text says that more than half of the probability is gone"

# after longer
assert best_setting(add_alpha, 3, alphas)[1] < min(
    best_setting(add_alpha, n, alphas)[1] for n in (2, 4)
), "the text says that the perplexity reaches a minimum and rises"

# after methods
for n in range(2, 9):
    by_method = {name: by_n[n][1] for name, by_n in found.items()}
    assert min(by_method, key=by_method.get) == "Kneser-Ney", f"n = {n}: the text says so"
for name, n in best_n.items():
    grid = methods[name][1]
    assert grid[0] < found[name][n][0] < grid[-1], f"{name}: the best setting is at the edge"

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

# after longer-texts
assert by_counts[0] < min(by_networks[0]), "the text says that the counts are ahead"
for by_counting, seeds in zip(by_counts[1:], by_networks[1:], strict=True):
    assert max(seeds) < by_counting, "the text says that every run of the network is ahead"

# after one-layer
assert 0 < np.exp(loss) - perplexity(counted_shares) < 0.5, "the text says that it comes close"
