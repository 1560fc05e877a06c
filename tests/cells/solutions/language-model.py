# after exercise-4-code
assert len(settings) == 63, "the text says so"
assert min(seeming) >= 0, "the text says that no setting looks worse where it was chosen"
