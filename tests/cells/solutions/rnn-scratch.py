# after exercise-2-code
assert curve[-1].perplexity > 1.5, "the text says that it is not learned"
# after exercise-4-code
if reads_text:
    assert on_validation[0].perplexity < at_the_end[0].perplexity < on_training[9].perplexity
    easier, harder = (
        gb.perplexity_on(unigrams, text.decode(part)) for part in (text.validation, text.train)
    )
    assert easier < harder, "the text says that the validation text is easier"
# after exercise-5-code
if reads_text:
    alone, with_network, with_all = (np.array(by_seed) for by_seed in gained.values())
    assert (abs(with_network - alone)[:, 0] < 0.008).all(), "about as much on the test text"
    assert (with_all > [0.002, 0.005]).all() and (with_all < with_network).all(), "a little"
# after other-seeds
if reads_text:
    assert max(ended["no memory", 3, inf]) < 60 and max(ended["recurrent", 3, 0.5]) < 60, (
        "none lost"
    )
    assert min(ended["recurrent", 6, 0.5]) > 43, "the section says worse than the uniform model"
    assert not max(ended["no memory", 6, inf]) < 60, "the section says that some runs are lost"
