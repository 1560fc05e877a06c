# after pairs-live
assert right[0] > 0.9, "the attention head should find one of 16 pairs"
assert right[1] < 0.5, "the text says that the GRU gives up at once"

# after pairs-longer
assert all(len(found) == 5 for found in shares.values()), "five seeds"
assert min(shares["head", 2, 300] + shares["head", 16, 300]) > 0.95, "it finds them all"
assert max(shares["GRU", 2, 300]) < guess(2) + 0.05, "still guessing with two pairs"
assert min(shares["GRU", 2, 1_200]) > 0.85, "the text says about nine out of ten rows"

# after table
assert M[same].min() > M[~same].max(), "the diagonal sticks out"

# after train
if reads_text:
    ours = gb.evaluate_perplexity(writer, novel.validation)
    assert gb.perplexity_on(table, novel.decode(novel.validation)) < ours < 7
