"""What is asserted of the cells of looking-back.ipynb: see tools/cell_checks.py."""

# after pairs-live
assert right[0] > 0.9, "the attention head should find one of 16 pairs"
assert right[1] < 0.5, "the text says that the GRU does not learn 16 pairs"

# after weights
for question, digit in zip("kat", (1, 3, 5), strict=True):
    assert rows[f"trained, {question}"].argmax() == digit, "the text says which digit it attends to"
    assert rows[f"trained, {question}"][digit] > 0.8, "the trained head looks at one position"
    assert rows[f"untrained, {question}"].max() < 0.5, "the untrained head looks at no single one"

# after pairs-plot
assert len(lines) == 5 and min(lines["attention"].values()) > 0.95, "attention finds them all"
for name, line in lines.items():
    if name.startswith(("GRU", "LSTM")):
        assert all(line[m] < lines[guess][m] + 0.05 for m in num_pairs[1:]), f"{name}: not a guess"
assert all(len(gb.select_runs(runs, layer=layer, num_batches=300)) == 5 for layer in layers)
assert all(len(found) == 5 for (*_, n), found in longer.items() if n == 1_200), "five seeds"
one, two = "GRU, 64 units", "GRU, 64 units, two characters"
assert min(longer[2, two, 1_200]) > 0.85, "the text says about nine out of ten rows"
assert min(longer[2, one, 10_000]) > 0.85, "the text says that it learns in the end"
for layer in (one, two):
    assert max(longer[4, layer, 1_200]) < lines[guess][4] + 0.02, "the text says not yet with four"

# after checks
assert change[:-1].max() < 1e-4 < change[-1], "a position looks ahead, or the last does not look"
assert (at_once - one_by_one).abs().max() < 1e-3, "the parts in which a text is read matter"

# after cost
sizes = {
    run.setting["model"]: run.result["num_params"]
    for run in gb.select_runs(gb.load_runs("measured/successors.json"), scale="large")
}
assert (sizes["transformer"], sizes["LSTM"]) == (num_params, 804_324), "the runs have other sizes"
assert 4 * num_blocks * size * 750 < 2 * num_params < 4 * num_blocks * size * 850, "about 800"
