"""Texts become indices, and indices become mini-batches."""

import hashlib
import os
import random
import re
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest

import gluonbook as gb
from gluonbook import corpus as corpus_module
from gluonbook.fetch import find_novel, stand_in
from tests import ROOT

DATA = ROOT / "data"
SAMPLERS = [gb.data_iter_random, gb.data_iter_consecutive]

# What both texts are made of, once line breaks are spaces and capitals are small letters.
VOCABULARY = sorted("abcdefghijklmnopqrstuvwxyz 189',.-_?!;:()[]")


@pytest.fixture
def write(tmp_path):
    """Write bytes or a string to a file, and return its path."""

    def write(content):
        path = tmp_path / "text.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def novel():
    path = find_novel()
    if path is None:
        pytest.skip("the novel is not on this machine: `make data` gets it")
    return path


def text_of(corpus_indices, idx_to_char):
    return "".join(idx_to_char[idx] for idx in corpus_indices)


# --- from a text to indices ---------------------------------------------------------


def test_a_corpus_is_indices_into_a_sorted_vocabulary(write):
    indices, char_to_idx, idx_to_char, vocab_size = gb.load_corpus(write("hello world"))
    assert idx_to_char == [" ", "d", "e", "h", "l", "o", "r", "w"]
    assert char_to_idx == {" ": 0, "d": 1, "e": 2, "h": 3, "l": 4, "o": 5, "r": 6, "w": 7}
    assert indices == [3, 2, 4, 4, 5, 0, 7, 5, 6, 4, 1]
    assert vocab_size == 8


def test_a_large_vocabulary_is_sorted_too(write):
    characters = [chr(code) for code in range(0x4E00, 0x4F00)]
    random.Random(0).shuffle(characters)
    _, char_to_idx, idx_to_char, vocab_size = gb.load_corpus(write("".join(characters)))
    assert idx_to_char == sorted(characters)
    assert [char_to_idx[char] for char in idx_to_char] == list(range(256))
    assert vocab_size == 256


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("The Time\nTraveller", "the time traveller"),
        ("one\n\ntwo\n", "one  two "),
        (b"dos\r\nand\rmac", "dos and mac"),
        ("\N{BOM}marked".encode(), "marked"),
        ("ÄÖ été", "äö été"),
        ("\tx  y ", "\tx  y "),
    ],
    ids=["capitals", "line breaks", "other line ends", "byte order mark", "accents", "blanks"],
)
def test_line_breaks_become_spaces_and_capitals_small_letters(write, content, text):
    indices, _, idx_to_char, _ = gb.load_corpus(write(content))
    assert text_of(indices, idx_to_char) == text


def test_the_first_characters_are_kept_and_alone_make_the_vocabulary(write):
    path = write("Aab\nbz")
    indices, _, idx_to_char, vocab_size = gb.load_corpus(path, 4)
    assert text_of(indices, idx_to_char) == "aab "
    assert idx_to_char == [" ", "a", "b"]
    assert vocab_size == 3


def test_characters_are_counted_after_they_became_small(write):
    # A Turkish capital I with a dot has two characters as a small letter.
    indices, *_ = gb.load_corpus(write("İİİ"), 4)
    assert len(indices) == 4


def test_a_text_shorter_than_asked_for_is_kept_whole(write):
    assert len(gb.load_corpus(write("short"), 100)[0]) == 5


def test_a_path_may_be_a_string(write):
    path = write("abc")
    assert gb.load_corpus(str(path)) == gb.load_corpus(path)


@pytest.mark.parametrize("num_chars", [0, -1])
def test_a_number_of_characters_below_one_is_refused(write, num_chars):
    with pytest.raises(ValueError, match=f"num_chars must be 1 or more, not {num_chars}"):
        gb.load_corpus(write("abc"), num_chars)


def test_half_a_character_is_refused(write):
    with pytest.raises(TypeError, match=r"num_chars must be a whole number, not 1\.5"):
        gb.load_corpus(write("abc"), 1.5)


def test_a_missing_file_is_named(tmp_path):
    path = tmp_path / "missing.txt"
    with pytest.raises(FileNotFoundError, match=r"cannot read the text: .*missing\.txt"):
        gb.load_corpus(path)


def test_a_folder_is_no_corpus(tmp_path):
    with pytest.raises(OSError, match=r"cannot read the text: .* Name a text file"):
        gb.load_corpus(tmp_path)


def test_a_file_that_may_not_be_read_is_named(write, monkeypatch):
    path = write("abc")
    path.chmod(0)
    if os.access(path, os.R_OK):  # nothing is forbidden to root

        def refuse(self, *args, **options):
            raise PermissionError(13, "Permission denied", str(self))

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError, match="cannot read the text: Permission denied"):
        gb.load_corpus(path)


@pytest.mark.parametrize("content", ["", "\N{BOM}"], ids=["no byte", "byte order mark"])
def test_an_empty_file_is_refused(write, content):
    path = write(content)
    with pytest.raises(ValueError, match=re.escape(f"{path} is empty")):
        gb.load_corpus(path)


def test_a_file_that_is_not_utf8_is_refused_with_the_place(write):
    path = write("caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait".encode("latin-1"))
    with pytest.raises(ValueError, match="is not UTF-8 text: byte 0xe9 at position 3") as caught:
        gb.load_corpus(path)
    assert str(path) in str(caught.value)


# --- The Time Machine ---------------------------------------------------------------


@pytest.fixture
def long_text(write, monkeypatch):
    """Put a text of 10,001 characters in the place of the novel."""
    path = write("ab" * 5_000 + "c")
    monkeypatch.setattr(corpus_module, "novel_or_stand_in", lambda: path)
    return path


def test_the_first_ten_thousand_characters_are_loaded(long_text):
    indices, _, idx_to_char, vocab_size = gb.load_data_time_machine()
    assert len(indices) == 10_000
    assert idx_to_char == ["a", "b"]
    assert vocab_size == 2


@pytest.mark.parametrize(("num_chars", "length"), [(None, 10_001), (10_001, 10_001), (7, 7)])
def test_another_number_of_characters_can_be_loaded(long_text, num_chars, length):
    assert len(gb.load_data_time_machine(num_chars=num_chars)[0]) == length


def test_the_text_is_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus_module, "novel_or_stand_in", stand_in)
    monkeypatch.chdir(tmp_path)
    assert gb.load_data_time_machine()[3] == 43


def test_the_stand_in_has_the_vocabulary_of_the_novel():
    indices, _, idx_to_char, vocab_size = gb.load_corpus(stand_in(), 10_000)
    assert len(indices) == 10_000
    assert idx_to_char == VOCABULARY
    assert vocab_size == 43
    text = text_of(indices, idx_to_char)
    assert "time traveller" in text
    assert re.search("(?<!time )traveller", text)


def test_the_rest_of_the_stand_in_keeps_to_that_vocabulary():
    indices, _, idx_to_char, _ = gb.load_corpus(stand_in())
    assert 12_000 <= len(indices) <= 25_000
    assert idx_to_char == VOCABULARY


def test_the_data_page_describes_the_stand_in():
    content = stand_in().read_bytes()
    page = (DATA / "README.md").read_text(encoding="utf-8")
    _, _, section = page.partition(f"## The stand-in: `{stand_in().name}`")
    assert f"| Size | {len(content):,} bytes, all ASCII |" in section
    assert f"| SHA-256 | `{hashlib.sha256(content).hexdigest()}` |" in section
    assert content.isascii()


@pytest.mark.reads_text
def test_the_novel_has_the_same_vocabulary(novel):
    indices, _, idx_to_char, _ = gb.load_corpus(novel, 10_000)
    assert len(indices) == 10_000
    assert idx_to_char == VOCABULARY
    assert "time traveller" in text_of(indices, idx_to_char)


@pytest.mark.reads_text
def test_no_six_words_of_the_stand_in_are_the_novels(novel):
    def runs_of_six(path):
        words = re.findall("[a-z]+", path.read_text(encoding="utf-8").lower())
        return {tuple(words[i : i + 6]) for i in range(len(words) - 5)}

    assert not runs_of_six(stand_in()) & runs_of_six(novel)


# --- random sampling ----------------------------------------------------------------


def all_starts(length, num_steps):
    """Every place where an example may begin, straight from the definition.

    A multiple of `num_steps` whose last character still has a successor.
    """
    return [
        start for start in range(length) if start % num_steps == 0 and start + num_steps < length
    ]


def cases():
    """Corpora of all sorts of lengths, the shortest that serves among them."""
    draw = random.Random(1)
    for _ in range(150):
        batch_size, num_steps = draw.randint(1, 5), draw.randint(1, 6)
        needed = batch_size * num_steps + 1
        yield draw.choice([needed, needed + draw.randint(0, 40)]), batch_size, num_steps


def test_random_examples_are_all_that_the_definition_allows():
    for length, batch_size, num_steps in cases():
        starts = all_starts(length, num_steps)
        batches = list(gb.data_iter_random(range(length), batch_size, num_steps))
        assert len(batches) == len(starts) // batch_size
        # The corpus counts, so an example's first character is its place.
        dealt = [int(row[0]) for X, _ in batches for row in X.asnumpy()]
        assert len(set(dealt)) == len(dealt)
        assert set(dealt) <= set(starts)
        for X, Y in batches:
            assert X.shape == Y.shape == (batch_size, num_steps)
            expected = X.asnumpy()[:, :1] + np.arange(num_steps)
            np.testing.assert_array_equal(X.asnumpy(), expected)
            np.testing.assert_array_equal(Y.asnumpy(), expected + 1)


def test_one_more_character_makes_one_more_random_mini_batch():
    # Three mini-batches of two examples of five characters read 30; the 31st is a target.
    assert len(list(gb.data_iter_random(range(30), 2, 5))) == 2
    assert len(list(gb.data_iter_random(range(31), 2, 5))) == 3


def test_random_examples_come_in_another_order_each_time():
    def order():
        return [
            int(row[0]) for X, _ in gb.data_iter_random(range(101), 5, 2) for row in X.asnumpy()
        ]

    assert order() != order()
    random.seed(5)
    first = order()
    random.seed(5)
    assert order() == first
    assert first != sorted(first)


def test_no_example_is_always_left_out():
    # Seven examples, of which a mini-batch of four leaves three.
    dealt = {
        int(row[0])
        for _ in range(100)
        for X, _ in gb.data_iter_random(range(15), 4, 2)
        for row in X.asnumpy()
    }
    assert dealt == set(range(0, 14, 2))


# --- adjacent sampling --------------------------------------------------------------


def walk(corpus, batch_size, num_steps):
    """Adjacent mini-batches, one character at a time, straight from the definition.

    Row i begins at i * (length // batch_size). There are as many mini-batches
    as rows of that length hold, if the last character has a successor.
    """
    row_length = len(corpus) // batch_size
    count = 0
    while True:
        columns = (count + 1) * num_steps
        last_target = (batch_size - 1) * row_length + columns
        if columns > row_length or last_target >= len(corpus):
            return
        X, Y = [], []
        for row in range(batch_size):
            first = row * row_length + count * num_steps
            X.append([corpus[first + step] for step in range(num_steps)])
            Y.append([corpus[first + step + 1] for step in range(num_steps)])
        yield X, Y
        count += 1


def test_adjacent_mini_batches_are_all_that_the_definition_allows():
    for length, batch_size, num_steps in cases():
        expected = list(walk(range(length), batch_size, num_steps))
        batches = list(gb.data_iter_consecutive(range(length), batch_size, num_steps))
        assert len(batches) == len(expected) >= 1
        for (X, Y), (expected_X, expected_Y) in zip(batches, expected, strict=True):
            np.testing.assert_array_equal(X.asnumpy(), expected_X)
            np.testing.assert_array_equal(Y.asnumpy(), expected_Y)


def test_adjacent_mini_batches_by_hand():
    batches = list(gb.data_iter_consecutive(range(30), batch_size=2, num_steps=6))
    (X1, Y1), (X2, Y2) = batches
    assert X1.asnumpy().tolist() == [[0, 1, 2, 3, 4, 5], [15, 16, 17, 18, 19, 20]]
    assert Y1.asnumpy().tolist() == [[1, 2, 3, 4, 5, 6], [16, 17, 18, 19, 20, 21]]
    assert X2.asnumpy().tolist() == [[6, 7, 8, 9, 10, 11], [21, 22, 23, 24, 25, 26]]
    assert Y2.asnumpy().tolist() == [[7, 8, 9, 10, 11, 12], [22, 23, 24, 25, 26, 27]]


def test_one_more_character_makes_one_more_adjacent_mini_batch():
    # Two rows of ten characters: the last row's last target would be the 21st.
    assert len(list(gb.data_iter_consecutive(range(20), 2, 5))) == 1
    assert len(list(gb.data_iter_consecutive(range(21), 2, 5))) == 2


def test_the_last_target_of_a_row_may_be_the_first_character_of_the_next_row():
    ((_, Y),) = gb.data_iter_consecutive(range(11), 2, 5)
    assert Y.asnumpy()[0, -1] == 5
    assert Y.asnumpy()[1, -1] == 10


# --- both ---------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_mini_batches_are_on_the_device_asked_for(sampler):
    for X, Y in sampler(range(20), 2, 3, mx.cpu(1)):
        assert X.context == Y.context == mx.cpu(1)
    for X, Y in sampler(range(20), 2, 3):
        assert X.context == Y.context == mx.current_context()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_corpus_may_be_any_sequence(sampler):
    for corpus in (list(range(9)), tuple(range(9)), np.arange(9)):
        ((X, Y),) = sampler(corpus, 1, 8)
        assert X.asnumpy().tolist() == [[0, 1, 2, 3, 4, 5, 6, 7]]
        assert Y.asnumpy().tolist() == [[1, 2, 3, 4, 5, 6, 7, 8]]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_shortest_corpus_gives_one_mini_batch(sampler):
    assert len(list(sampler(range(7), batch_size=2, num_steps=3))) == 1
    # The call itself complains: nobody has asked for a mini-batch yet.
    with pytest.raises(
        ValueError, match=r"6 characters is too short .* 2 \* 3 characters .* must have 7 or more"
    ):
        sampler(range(6), batch_size=2, num_steps=3)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_an_empty_corpus_is_refused(sampler):
    with pytest.raises(ValueError, match=r"0 characters is too short.* must have 2 or more"):
        sampler([], 1, 1)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", ["batch_size", "num_steps"])
def test_sizes_that_make_no_mini_batch_are_refused(sampler, name):
    sizes = {"batch_size": 2, "num_steps": 2}
    for size in (0, -3):
        with pytest.raises(ValueError, match=f"{name} must be 1 or more, not {size}"):
            sampler(range(20), **(sizes | {name: size}))
    for size in (2.0, "2", None):
        with pytest.raises(TypeError, match=f"{name} must be a whole number, not {size!r}"):
            sampler(range(20), **(sizes | {name: size}))


# --- training, validation and test text -----------------------------------------------


def test_what_is_held_out_is_at_the_same_places_however_long_the_training_text():
    short = gb.split_corpus(list(range(60_000)))
    long = gb.split_corpus(list(range(60_000)), num_train=50_000)
    assert short[0] == list(range(10_000))
    assert type(short[0][0]) is int
    assert short[1] == long[1] == list(range(10_000, 15_000))
    assert short[2] == long[2] == list(range(15_000, 20_000))
    assert long[0] == [*range(10_000), *range(20_000, 60_000)]


def test_a_training_text_may_be_shorter_than_what_stands_before_the_held_out_text():
    training, validation, _ = gb.split_corpus(range(12_100), num_train=100, num_held_out=1_000)
    assert training == list(range(100))
    assert list(validation) == list(range(10_000, 11_000))


def test_an_array_is_cut_into_arrays():
    parts = gb.split_corpus(np.arange(30_000, dtype="uint8"), 15_000, 2_000)
    assert [part.dtype for part in parts] == ["uint8"] * 3
    assert [len(part) for part in parts] == [15_000, 2_000, 2_000]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"num_train": 10_001}, "it must have 20001 or more"),
        ({"num_held_out": 5_001}, "it must have 20002 or more"),
        ({"num_train": 0}, "num_train must be 1 or more"),
        ({"num_held_out": -1}, "num_held_out must be 1 or more"),
    ],
)
def test_a_text_that_is_too_short_to_be_cut_is_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        gb.split_corpus(range(20_000), **sizes)


@pytest.mark.parametrize("sampler", [gb.data_iter_random, gb.data_iter_consecutive])
@pytest.mark.parametrize(
    ("corpus", "error", "message"),
    [
        ([0] * 23 + [-1], ValueError, "has the index -1, but an index is 0 or more"),
        ([0.5] * 24, TypeError, "must be whole numbers"),
        ([float("nan")] * 24, TypeError, "must be whole numbers"),
        (["1"] * 24, TypeError, "must be whole numbers"),
        ([None] * 24, TypeError, "must be whole numbers"),
        (np.zeros((24, 3), int), TypeError, "not ndarray of shape"),
        (iter([0] * 24), TypeError, "must be a list or an array of indices"),
        (None, TypeError, "must be a list or an array of indices"),
    ],
    ids=range(8),
)
def test_mini_batches_are_cut_from_indices_only(sampler, corpus, error, message):
    with pytest.raises(error, match=message):
        sampler(corpus, batch_size=2, num_steps=3)
