# after train-own
assert not reads_text or gb.evaluate_perplexity(gru, text.test) < 10, "it has learned"

# after false-beginning
after_one, after_three, after_twelve = (wrong - zeros for zeros, wrong in false_beginning.values())
assert not reads_text or (after_one > 0.15 and abs(after_three) < 0.1 and abs(after_twelve) < 0.05)

# after mixture
assert not reads_text or mixed(weight, "test") < mixed(1, "test") < mixed(0, "test")
assert weight > 0.75, "nearly all of the weight"

# after evidence-dozen
assert max(high for *_, high in more.values()) < 3, "even at the upper ends of the ranges"

# after evidence-elsewhere
assert max(lost for (text, *_), (lost, *_) in elsewhere.items() if text == "austen") < 3
assert max(lost for (text, *_), (lost, *_) in elsewhere.items() if text == "bible") > 3
assert gb.bend(LENGTHS, np.hstack(bible)) == 24, "the section says after 24 letters"
