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

# after evidence-repetition
if reads_text:
    for (_, n), (of_novel, of_model) in repetition.items():
        assert n == 3 or of_novel < of_model - 0.005, "the novel repeats itself more"

# after evidence-recite
if reads_text:
    assert np.mean(found) > 0.05 and known > 5, "it recites"
