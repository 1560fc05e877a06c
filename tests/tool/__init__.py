"""What tests of the tool share."""

import gluonbook as gb


def in_this_order(chars, indices=(0,)):
    """Return a text whose vocabulary has an order of its own."""
    chars = list(chars)
    return gb.IndexedText(indices, {char: i for i, char in enumerate(chars)}, chars, len(chars))
