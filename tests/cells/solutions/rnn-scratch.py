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
    alone = gains(both, kneser_ney)
    for (on_test, on_further), (rest, rest_further) in zip(*gained.values(), strict=True):
        assert abs(on_test - alone[0]) < 0.008, "the text says: about as much on the test text"
        assert 0.002 < rest < on_test and 0.005 < rest_further < on_further, "something is left"
