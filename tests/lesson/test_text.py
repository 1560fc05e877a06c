"""A text becomes indices, a vocabulary and three parts."""

import pytest

import gluonbook as gb


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "text.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Hello\nworld", "hello world"),
        ("a\r\nb\rc\n\nd\te\u2028f", "a b c  d\te\u2028f"),
        ("\N{BOM}\N{BOM}é天😀\n", "\N{BOM}é天😀 "),
        # Letters whose small form is longer, or depends on what is around them.
        ("İıŉ", "i\u0307ıŉ"),
        ("ΣΑΣ Σ.ΑΣ", "σας σ.ας"),
    ],
)
def test_a_file_becomes_indices_and_back(write, content, expected):
    path = write(content)
    for num_chars in (1, 3, 1000, None):
        beginning = expected[:num_chars]
        indices, char_to_idx, idx_to_char, vocab_size = gb.load_corpus(path, num_chars)
        assert "".join(idx_to_char[idx] for idx in indices) == beginning
        assert idx_to_char == sorted(set(beginning))
        assert char_to_idx == {char: idx for idx, char in enumerate(idx_to_char)}
        assert vocab_size == len(idx_to_char)
        assert {type(idx) for idx in indices} == {int}
    text = gb.Text(expected)
    assert (text.train.tolist(), text.chars) == (indices, idx_to_char)
    assert text.decode(text.encode(expected)) == expected


@pytest.mark.parametrize("content", ["", " \r\n\t\n"])
def test_a_file_without_a_character_is_refused(write, content):
    with pytest.raises(ValueError, match=r"text\.txt is empty or holds only white space"):
        gb.load_corpus(write(content))


def test_a_file_that_is_not_utf8_is_refused_with_the_place(write):
    path = write("caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait".encode("latin-1"))
    with pytest.raises(ValueError, match="is not UTF-8 text: byte 0xe9 at position 3") as caught:
        gb.load_corpus(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("num_train", [100, 10_000, 12_000, "all"])
def test_a_file_has_three_parts_that_are_cut_at_fixed_places(write, num_train):
    path = write("The quick brown fox\n" * 500 + "é" * 1000 + "ß" * 1000 + "jumps over " * 1000)
    text = gb.load_text(path, num_train=num_train, num_held_out=1_000)
    whole = path.read_text(encoding="utf-8").lower().replace("\n", " ")
    assert text.decode(text.validation) == whole[10_000:11_000]
    assert text.decode(text.test) == whole[11_000:12_000]
    if num_train == "all":
        num_train = len(whole) - 2_000
    assert text.decode(text.train) == (whole[:10_000] + whole[12_000:])[:num_train]
    # The vocabulary is that of the three parts, and of nothing behind them.
    assert text.chars == sorted(set(whole[: max(num_train, 10_000) + 2_000]))


def test_a_reader_is_told_that_most_of_a_long_text_is_dropped(write, monkeypatch):
    path = write("ab" * 25_000)
    with pytest.warns(UserWarning, match=r'first 20,000 of 50,000 .* or num_train="all"') as told:
        gb.load_text(path)
    assert told[0].filename == __file__
    assert len(gb.load_text(path, num_train=40_000).train) == 40_000  # without a warning
    monkeypatch.setattr("gluonbook.lesson.text.novel_or_stand_in", lambda: path)
    gb.load_text()  # without a warning, because most of the novel is not used on purpose
