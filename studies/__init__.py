"""Long experiments, whose stored runs the sections plot: ``make studies``."""
