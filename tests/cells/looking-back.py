# after pairs-live
assert right[0] > 0.9, "the attention head should find one of 16 pairs"
assert right[1] < 0.5, "the text says that the GRU does not learn 16 pairs"

# after weights
for question, digit in zip("kat", (1, 3, 5), strict=True):
    assert rows[f"trained, {question}"].argmax() == digit, "the text says which digit it attends to"
    assert rows[f"trained, {question}"][digit] > 0.8, "the trained head looks at one position"
    assert rows[f"untrained, {question}"].max() < 0.5, "the untrained head looks at no single one"

# after pairs-longer
one, two = "GRU, 64 units", "GRU, 64 units, two characters"
assert all(len(found) == 5 for (*_, n), found in shares.items() if n < 10_000), "five seeds"
assert min(shares["attention", 2, 300] + shares["attention", 16, 300]) > 0.95, "it finds them all"
for m in (2, 16):
    for layer in (one, two):
        assert np.median(shares[layer, m, 300]) < guess(m) + 0.05, "at the baseline"
assert min(shares[two, 2, 1_200]) > 0.85, "the text says about nine out of ten rows"
assert min(shares[one, 2, 10_000]) > 0.85, "the text says that it learns in the end"

# after order
if reads_text:
    blind, current = (
        perplexities["window of 64, no bias"],
        perplexities["only the current character"],
    )
    assert perplexities["bigram model"] < min(blind, current), (
        "the text says no better than bigrams"
    )
    assert 0.95 < blind / current < 1.05, "the text says that these two are close"
    assert 0.9 < perplexities["window of 4, no bias"] / perplexities["window of 4"] < 1.1
    one_block, unordered = (
        perplexities[f"window of 4, one block{bias}"] for bias in ("", ", no bias")
    )
    assert 0.9 * unordered < one_block < unordered < 0.85 * perplexities["bigram model"]
    assert perplexities["window of 4"] < perplexities["window of 16"] < 0.75 * blind
    assert perplexities["window of 16"] < 1.1 * perplexities["window of 64"] < 0.8 * blind

# after cost
assert abs(gb.num_params(lstm) / gb.num_params(transformer) - 1) < 0.01, "about as many parameters"
assert 4 * num_blocks * size * 290 < 2 * gb.num_params(transformer) < 4 * num_blocks * size * 320
