"""What is asserted of the cells of darts.ipynb."""

# after errors
assert errors[10_000] < errors[100], "the text says: ten thousand darts are closer than a hundred"
# after version
assert np.lib.NumpyVersion(np.__version__) >= "1.17.0", "older versions have no default_rng"
