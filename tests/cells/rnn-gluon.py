# after gradient-lengths
# The text says that clipping to 0.01 shortens all of them, and clipping to 1 none.
assert all(0.1 < length < 1 for length in lengths), lengths
