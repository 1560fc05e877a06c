# after costs
assert (num_weights, chars_read) == (87_552, 8_960), "the model or the mini-batches are others"
