# after ex3-own
assert abs(accuracy - guess) < 0.12, "the text says that it guesses among the digits of the row"

# after ex4-train
with_them, without = ([medians[num_blocks, kind] for num_blocks in (1, 4)] for kind in kinds)
assert with_them[1] < with_them[0] < without[0] < 1.2 * with_them[0], "they help one block a little"
assert without[1] > 1.5 * without[0], "the text says that four blocks are far worse without them"
