"""A text becomes indices, a vocabulary and three parts."""

import hashlib
import re

import pytest

import gluonbook as gb
from gluonbook import calls_of_2018
from gluonbook.ground.novel import find_novel, stand_in
from tests import ROOT

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


# --- from a file to indices -----------------------------------------------------------


def test_a_corpus_is_indices_into_a_sorted_vocabulary(write):
    path = write("Hello\nworld")
    indices, char_to_idx, idx_to_char, vocab_size = gb.load_corpus(path)
    assert idx_to_char == [" ", "d", "e", "h", "l", "o", "r", "w"]
    assert char_to_idx == {" ": 0, "d": 1, "e": 2, "h": 3, "l": 4, "o": 5, "r": 6, "w": 7}
    assert indices == [3, 2, 4, 4, 5, 0, 7, 5, 6, 4, 1]
    assert {type(idx) for idx in indices} == {int}
    assert vocab_size == 8
    assert gb.load_corpus(str(path), 100) == gb.load_corpus(path), "it is shorter than asked for"
    text = gb.IndexedText(*gb.load_corpus(path, 5))
    assert (text.decode(text.train), text.size, repr(text)[:8]) == ("hello", 4, "Text(tra")


@pytest.mark.parametrize(
    ("num_chars", "error", "message"),
    [
        (0, ValueError, "num_chars must be 1 or more, not 0"),
        (1.5, TypeError, r"num_chars must be a whole number, not 1\.5"),
    ],
)
def test_a_number_of_characters_is_one_or_more(write, num_chars, error, message):
    with pytest.raises(error, match=message):
        gb.load_corpus(write("abc"), num_chars)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.txt"):
        gb.load_corpus(tmp_path / "missing.txt")


def test_an_empty_file_is_refused(write):
    path = write("\N{BOM}")
    with pytest.raises(ValueError, match=re.escape(f"{path} is empty")):
        gb.load_corpus(path)


def test_a_file_that_is_not_utf8_is_refused_with_the_place(write):
    path = write("caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait".encode("latin-1"))
    with pytest.raises(ValueError, match="is not UTF-8 text: byte 0xe9 at position 3") as caught:
        gb.load_corpus(path)
    assert str(path) in str(caught.value)


# --- a text ---------------------------------------------------------------------------


def test_a_text_of_a_string_is_all_training_text():
    text = gb.Text("to be or not to be")
    assert text.chars == sorted(set("to be or not to be"))
    assert text.size == 7
    assert text.decode(text.train) == "to be or not to be"
    assert len(text.validation) == len(text.test) == 0
    assert repr(text) == "Text(train=18, validation=0, test=0 characters of a vocabulary of 7)"


@pytest.mark.parametrize("num_train", [100, 10_000, 12_000])
def test_a_file_has_three_parts_that_are_cut_at_fixed_places(write, num_train):
    path = write("The quick brown fox\njumps over the lazy dog. " * 1000)
    text = gb.load_text(path, num_train=num_train, num_held_out=1_000)
    whole = path.read_text().lower().replace("\n", " ")
    assert text.decode(text.validation) == whole[10_000:11_000]
    assert text.decode(text.test) == whole[11_000:12_000]
    assert text.decode(text.train) == (whole[:10_000] + whole[12_000:])[:num_train]


def test_characters_of_the_held_out_parts_are_in_the_vocabulary(write):
    path = write("ab" * 5_000 + "é" * 5_000 + "ß" * 5_000 + "never read")
    assert gb.load_text(path).chars == ["a", "b", "ß", "é"]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"num_train": 10_001}, "it must have 20001 or more"),
        ({"num_held_out": 5_001}, "it must have 20002 or more"),
        ({"num_train": 0}, "num_train must be 1 or more"),
        ({"num_held_out": -1}, "num_held_out must be 1 or more"),
    ],
)
def test_a_text_that_is_too_short_to_be_cut_is_refused(write, sizes, message):
    with pytest.raises(ValueError, match=message):
        gb.load_text(write("ab" * 10_000), **sizes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("",), "empty"), ((["a"],), "string"), (("abc", 10_000), "too short")],
)
def test_what_is_no_text_is_refused(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        gb.Text(*arguments)


@pytest.mark.parametrize(
    ("string", "message"),
    [
        ("aybxy", r"not in the vocabulary: 'x', 'y'\. The vocabulary is: 'abc'"),
        ("aB", r"'B'\. In lower case they are: use 'ab'\. The"),
    ],
)
def test_unknown_characters_are_named_once(string, message):
    with pytest.raises(ValueError, match=message):
        gb.Text("cab").encode(string)


def test_only_no_path_at_all_means_the_novel():
    with pytest.raises(OSError, match="directory"):
        gb.load_text("")
    with pytest.raises(TypeError):
        gb.load_text(0)


@pytest.mark.parametrize("content", ["", " ", "\n \n\t", "\N{BOM}\n"])
def test_a_file_of_white_space_is_refused(write, content):
    with pytest.raises(ValueError, match="is empty or holds only white space"):
        gb.load_corpus(write(content))


# --- The Time Machine ---------------------------------------------------------------


@pytest.mark.parametrize(("asked", "length"), [({}, 10_000), ({"num_chars": None}, 10_001)])
def test_the_first_ten_thousand_characters_are_loaded_or_as_many_as_asked_for(
    write, monkeypatch, asked, length
):
    path = write("ab" * 5_000 + "c")
    monkeypatch.setattr(calls_of_2018, "novel_or_stand_in", lambda: path)
    indices, _, idx_to_char, vocab_size = gb.load_data_time_machine(**asked)
    assert len(indices) == length
    assert idx_to_char == list("abc")[: length - 9_998]
    assert vocab_size == len(idx_to_char)


def test_the_stand_in_has_the_vocabulary_of_the_novel_and_is_found_from_any_folder(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(calls_of_2018, "novel_or_stand_in", stand_in)
    monkeypatch.chdir(tmp_path)
    indices, _, idx_to_char, vocab_size = gb.load_data_time_machine()
    assert len(indices) == 10_000
    assert idx_to_char == VOCABULARY
    assert vocab_size == 43
    text = text_of(indices, idx_to_char)
    assert "time traveller" in text
    assert re.search("(?<!time )traveller", text)
    indices, _, idx_to_char, _ = gb.load_data_time_machine(num_chars=None)
    assert 12_000 <= len(indices) <= 25_000
    assert idx_to_char == VOCABULARY


def test_the_data_page_describes_the_stand_in():
    content = stand_in().read_bytes()
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
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
