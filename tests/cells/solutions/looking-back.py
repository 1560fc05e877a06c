"""What is asserted of the cells of solutions/looking-back.ipynb: see tools/cell_checks.py."""

# after ex1-count
assert sum(parts.values()) == counted, "a part is missing"

# after ex3-own
assert abs(accuracy - guess) < 0.12, "the text says that it guesses among the digits of the row"

# after ex4-train
for num_blocks in (1, 2, 4):
    assert medians[num_blocks, gb.BlockModel] < medians[num_blocks, PlainBlockModel], "no help"
