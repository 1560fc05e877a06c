# after solution-4
assert (
    distinct(gb.write(model, text, prefix="time", num_chars=200, choose=without_repeats(4))[4:])
    == 1
), "no four characters should come twice"

# after ex6-train
assert sorted(path.name for path in folder.iterdir()) == [
    "mine.txt",
    "model.params",
    "vocabulary.json",
], "a file is missing"

# after ex6-bar
baseline = gb.counting_baseline(mine)["test"]
network = gb.evaluate_perplexity(model, mine.test)
if reads_text:
    assert baseline["Kneser-Ney"] < baseline["interpolated"] < network < baseline["bigram"], (
        "the network should lie between the bigram model and the bar"
    )
