"""Which numbers in a text are those of equations."""

import pytest

from book.extensions.equations import numbered


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("either open (1) or shut (0)", "either open (1) or shut (0)"),
        (r"$$x \tag{2}$$ Equation (2) is new.", r"$$x \tag{7.2}$$ Equation (7.2) is new."),
        ("see equations (1) and\n(2) (3)", "see equations (7.1) and\n(7.2) (3)"),
        ("equations (1), (2) to (3)", "equations (7.1), (7.2) to (7.3)"),
    ],
)
def test_only_numbers_after_the_word_equation_get_the_number_of_the_section(text, shown):
    assert numbered(text, 7) == shown
