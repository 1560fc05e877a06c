# after exercise-2-code
assert curve[-1].perplexity > 1.5, "the text says that it is not learned"
# after exercise-4-train
if reads_text:
    assert ratios["regrouped", "fixed", "validation text"][1] < 1, "clear on the validation text"
    assert ratios["regrouped", "fixed", "rest of the novel"][1] < 1, "and elsewhere"
    assert ratios["shuffled", "fixed", "validation text"][1] < 1, "the text says: a clear effect"
    for pair in (("shuffled", "fixed"), ("regrouped", "shuffled")):
        assert ratios[*pair, "rest of the novel"][1] > 0.985, f"{pair}: the text says: reaches 1"
    assert lowest > 7, "the text says: far above interpolation"
# after exercise-5-code
if reads_text:
    alone, with_network, with_all = (np.array(by_seed) for by_seed in gained.values())
    assert (abs(with_network - alone)[:, 0] < 0.008).all(), "about as much on the test text"
    assert (with_all > [0.002, 0.005]).all() and (with_all < with_network).all(), "a little"
