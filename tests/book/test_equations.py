"""Which numbers in a text are links to equations."""

import pytest
from docutils import nodes

from book.extensions.equations import with_links


@pytest.mark.parametrize(
    ("text", "shown", "linked"),
    [
        ("either open (1) or shut (0)", "either open (1) or shut (0)", []),
        ("Equation (2) is new.", "Equation (7.2) is new.", ["2"]),
        ("see equations (1) and\n(2) (3)", "see equations (7.1) and\n(7.2) (3)", ["1", "2"]),
        ("equations (1), (2) to (3)", "equations (7.1), (7.2) to (7.3)", ["1", "2", "3"]),
        ("equation (9) of a book", "equation (9) of a book", []),
    ],
)
def test_only_numbers_after_the_word_equation_lead_to_equations(text, shown, linked):
    pieces = list(with_links(text, {"1", "2", "3"}, 7, "bptt.html"))
    addresses = [each["refuri"] for each in pieces if isinstance(each, nodes.reference)]
    assert "".join(each.astext() for each in pieces) == shown
    assert addresses == [f"bptt.html#equation-{number}" for number in linked]
