# after surprise-figure
# At least one bar is above the dashed line, as the text says.
assert not reads_text or losses[shown].max() > math.log(vocab_size)
