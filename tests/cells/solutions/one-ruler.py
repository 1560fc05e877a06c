# after own-dot
assert chosen == 0.03, "at the edge of the grid"
stored = gb.select_runs(gb.load_runs("../measured/ruler.json"), text="novel")
assert not reads_text or found[chosen][1] < max(run.result["test"] for run in stored)

# after page
assert not reads_text or costs["GRU"].mean() > costs["5-gram"].mean()

# after first-letters
assert not reads_text or more[~first].mean() > max(0, more[first].mean()) + 0.3

# after mixture
assert not reads_text or mixed(weight, "test") < mixed(1, "test") < mixed(0, "test")
assert weight > 0.75, "nearly all of the weight"
