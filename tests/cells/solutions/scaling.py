# after three
assert max(found["32 rows, 10 epochs"]) < min(found["128 rows, 10 epochs"]), (
    "after as many epochs more rows should have learned less"
)
