# after live
# Another processor rounds differently, and a run that is otherwise the same drifts away.
stored = [
    r.result["test"] for r in gb.load_runs("measured/size.json") if r.setting["text"] == "novel"
]
if reads_text:
    assert 0.97 * min(stored) < here < 1.03 * max(stored), (here, stored)

# after find
for network in networks(160_000)[:2]:
    same = {name: network[name] for name in ("text", "length", "model", "num_hiddens")}
    tried = {run.setting["dropout"] for run in gb.select_runs(runs, **same)}
    assert network["dropout"] < max(tried), "the dropout is not at the edge of its grid"

# after equal
assert [len(networks(length)) for length in LENGTHS] == [4, 4, 4], "the text says four sizes"
assert all(len(n["tests"]) == 3 for length in LENGTHS for n in networks(length)), "three seeds"
found = {
    length: [(n, table_as_large(n)) for n in networks(length) if table_as_large(n)]
    for length in LENGTHS
}
assert [len(pairs) for pairs in found.values()] == [2, 4, 4]
for length, (low, high) in {
    160_000: (1.02, 1.03),
    640_000: (0.94, 0.975),
    None: (0.925, 0.975),
}.items():
    ratios = [ratio(*pair)[0] for pair in found[length]]
    assert all(low < r < high for r in ratios), ratios
sizes = [
    table_as_large(n)["num_params"] / n["num_params"]
    for text in ("austen", "bible")
    for length in LENGTHS
    for n in networks(length, text)
    if table_as_large(n)
]
assert 1.43 < max(sizes) < 1.45 and min(sizes) >= 0.98, (
    "of nearly the same size, or the next larger"
)
# With the n-grams counted: the smallest is ahead, the second level, and the third behind.
counted_too = [ratio(n, table_as_large(n, 2)) for n in networks(160_000)[:3]]
assert counted_too[0][2] < 1 and counted_too[1][1] < 1 < counted_too[1][2], counted_too
assert counted_too[2][1] > 1 and table_as_large(networks(160_000)[3], 2) is None
# The lead at equal numbers of the third network, by which it grows.
leads = [1 - ratio(*found[length][2])[0] for length in LENGTHS[1:]]
assert [round(100 * lead) for lead in leads] == [3, 7], leads

# after any
for length in LENGTHS:
    network, table = best(networks(length)), best_tables(length)[-1]
    assert network["num_hiddens"] == 512, "the text says the largest"
    assert table == best(best_tables(length))
    if length == 160_000:
        assert ratio(network, table)[1] > 1, "the table is ahead"
        assert all(1.005 < test / table["test"] < 1.045 for test in network["tests"])
    else:
        assert all(4.7 < 100 - 100 * t / table["test"] < 5.8 for t in network["tests"])
assert 9 < table["num_params"] / network["num_params"] < 12
assert 6 < table["num_params"] / best_tables(640_000)[-1]["num_params"] < 8

# after cost
for length in LENGTHS:
    (run,) = gb.select_runs(counted, text="austen", length=length)
    assert run.result["processor seconds"] < 60 < best(networks(length))["seconds"] < 3600

# after groups-plot
for run in contexts:
    # The tables are those of the section, and the losses add up to what it prints.
    (network,) = [
        n for n in networks(run.setting["length"]) if n["num_hiddens"] == run.setting["num_hiddens"]
    ]
    assert run.setting["dropout"] == network["dropout"], run.setting
    for name, table in (
        ("best table", best_tables(run.setting["length"])[-1]),
        ("table", table_as_large(network)),
    ):
        if table:
            expected = {part: table[part] for part in ("n", "rarest", "choice")}
            assert run.setting["tables"][name] == expected
            loss = np.sum(run.result[name]) / np.sum(run.result["characters"])
            assert abs(math.exp(loss) / table["test"] - 1) < 0.005, (name, run.setting)
    loss = np.sum(run.result["network"]) / np.sum(run.result["characters"])
    first = gb.select_runs(runs, **{k: v for k, v in run.setting.items() if k != "tables"})[0]
    assert first.seed == run.seed == 1
    assert abs(math.exp(loss) / first.result["test"] - 1) < 0.005, run.setting
for units, table in PANELS.values():
    for length in LENGTHS:
        _, difference, ranges = by_count(length, units, table)
        if table == "best table":
            # Behind after contexts that occurred at most four times, except that the group of
            # contexts that never occurred is too small to tell with the whole text.
            assert (difference[:3] > 0).all() and (ranges[1:3, 0] > 0).all(), (units, length)
            assert (ranges[0][0] > 0) == (length is not None), "too few to tell"
        elif length:
            assert difference[0] > 0.1 and ranges[0][0] > 0, (units, length)
        else:
            assert (difference < 0).all(), "ahead of the pruned table in every group"
        assert difference[-1] == min(difference) or table == "table", difference


# after bible
def ahead(text, length):
    """Tell of each network whether it is ahead of the table of its size beyond the range."""
    pairs = [(n, table_as_large(n)) for n in networks(length, text) if table_as_large(n)]
    return [bool(ratio(*pair)[2] < 1) for pair in pairs]


assert [ahead("austen", length) for length in LENGTHS] == [[False] * 2, [True] * 4, [True] * 4]
assert [ahead("bible", length).count(True) for length in LENGTHS] == [0, 3, 4]
for length, low, high in ((160_000, 1.08, 1.12), (640_000, 0.98, 1.02), (None, 1.01, 1.05)):
    network, table = best(networks(length, "bible")), best_tables(length, "bible")[-1]
    assert all(low < test / table["test"] < high for test in network["tests"]), table
assert table["n"] == 20, "the text says the longest that we tried"
assert 45 < table["num_params"] / network["num_params"] < 55, "the text says fifty"
assert 1 < ratio(network, table)[1] < 1.005, "the text says that it only just excludes a tie"

# after longest
# Of the whole Bible, which comes last.
by_length = dict(zip(lengths, ratios, strict=True))
assert all(by_length[n][2] < 1 for n in range(5, 11)), "ahead of tables of up to ten characters"
assert by_length[10][0] < by_length[12][0] < by_length[20][0], "longer n-grams help the table"
assert all(by_length[n][1] < 1 < by_length[n][2] for n in range(12, 18)), "level"
assert by_length[20][1] > 1 and 0.94 < by_length[8][0] < 0.96
assert 29 < max(repeated) < 31
(run,) = gb.select_runs(counted, text="austen", length=None)
assert max(run.result["repeated"]) < 0.01
of_austen = [
    ratio(best(networks(None)), t)[0]
    for t in run.result["Kneser-Ney"]
    if t["rarest"] == 1 and t["n"] >= 8
]
assert len(of_austen) == 5 and all(0.935 < found < 0.955 for found in of_austen), of_austen

# after limits
for network in networks(160_000):
    assert network["read"] < 0.86 * network["test"], "the training text is predicted much better"
for network in networks(None):
    assert 0.96 < network["read"] / network["test"] < 1.02, "the two lines nearly coincide"
    same = {name: network[name] for name in ("text", "length", "model", "num_hiddens", "dropout")}
    for run in gb.select_runs(runs, **same):
        assert min(run.result["curve"], key=lambda look: look[-1])[0] == 9_000, "at the very end"
