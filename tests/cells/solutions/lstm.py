# after ex5-run
assert ratios["LSTM, bias 0"] < ratios["LSTM, bias 1"] < ratios["LSTM, bias 5"], ratios
assert ratios["GRU"] < 0.01 < ratios["plain, tanh"], ratios
