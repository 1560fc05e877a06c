# after train
if reads_text:
    open_and_not = [
        [gb.next_char_probabilities(model, text, string)[-1, text.index[")"]] for model in models]
        for string in ("he said (it was so", "he said it was so")
    ]
    assert np.abs(np.diff(open_and_not, axis=0)).max() < 0.005, "the text says: no idea"

# after bracket-trained
weights, after_open, after_closed = np.transpose(single)
assert len(single) == 8 and after_open.min() > 0.06, "all eight still know that it is open"
assert after_closed.max() < 0.02, "all eight know that none is open"
assert weights.min() > 1.3 and abs(np.median(weights) - 2) < 0.3, "the text says: about 2"
longest = [
    max(len(part.split(")")[0]) for part in write_brackets(10_000, seed).split("(")[1:])
    for seed in range(1, 9)
]
assert max(longest) == 82

# after latch
values = np.abs(states_of(unit, written, line)[:, 0])
assert values.min() > 0.7, "the unit is near one of its two states"

# after heatmap
assert min(found[0] for found in best) > 0.45, "both have a unit that follows the vowels"

# after places
if reads_text:
    firsts = sum(places["trained"] == 1)
    assert len(places["trained"]) == 8 and firsts > 4, "the text says most of the eight"
    assert max(places["trained"]) < 300, "never far from the top"
    assert min(places["random"]) > 1, "in no random layer do they come first"
    assert min(places["random"]) < 300 and max(places["random"]) > 1000, "anywhere on the list"
    assert max(followed["random"]) > min(followed["trained"]), "the correlations overlap"
