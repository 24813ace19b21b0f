"""What a program prints is safe to show, however it comes, and bounded."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.output import LONGEST, Cleaner, Output

PIECES = st.lists(st.sampled_from(["a", "\n", "\r", "\r\n", "\x1b[31m", "\x1b[0m", "\x1b[2J", "\x1b]0;t\x07", "\x08é"]))


def clean(*pieces: str) -> str:
    cleaner = Cleaner()
    return "".join([*map(cleaner.feed, pieces), cleaner.end()])


def test_colours_titles_and_links_are_taken_out() -> None:
    assert (
        clean("\x1b[1;31mred\x1b[0m \x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\ \x1b]0;title\x07end\x1b(B")
        == "red link end"
    )


def test_sequences_that_move_or_change_something_are_shown() -> None:
    assert clean("\x1b[2J\x1b[1;1Hx\x07") == "␛[2J␛[1;1Hx␇"


def test_bold_by_overstriking_is_plain() -> None:
    assert clean("N\x08NA\x08AME") == "NAME"


@given(PIECES, st.lists(st.integers(0, 60)))
def test_it_does_not_matter_where_the_pieces_were_cut(pieces: list[str], cuts: list[int]) -> None:
    text = "".join(pieces).replace("\x08", "")
    at = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    assert clean(*(text[a:b] for a, b in pairwise(at))) == clean(text)


@given(st.text(max_size=50))
def test_no_control_but_newline_tab_and_carriage_return_is_left(text: str) -> None:
    assert not any(ord(sign) < 0x20 and sign not in "\n\t\r" for sign in clean(text))


def test_a_sequence_that_never_ends_is_shown_at_last() -> None:
    assert clean("\x1b]0;" + "x" * 2_000).startswith("␛]0;xx")


def kept(text: str, head: int = 2, tail: int = 3) -> Output:
    output = Output(head, tail)
    for sign in text:
        output.feed(sign)
    return output


def test_the_first_and_the_last_lines_are_kept_and_the_others_counted() -> None:
    output = kept("".join(f"{n}\n" for n in range(10)))
    assert output.text == "0\n1\n[5 lines left out]\n7\n8\n9"
    assert (output.count, output.left_out) == (10, 5)


def test_a_line_that_is_drawn_over_shows_what_was_drawn_last() -> None:
    assert kept("10%\r50%\r100%\ndone").text == "100%\ndone"
    assert kept("10%\r50%\r").text == "50%"
    assert kept("one\r\ntwo\r\n").text == "one\ntwo"


def test_a_line_without_an_end_does_not_grow_for_ever() -> None:
    output = Output(0, 3)
    for _ in range(5):
        output.feed("x" * LONGEST)
    assert output.text == "x" * LONGEST


@given(st.lists(st.integers(0, 30), max_size=8))
def test_nothing_is_left_out_of_little(sizes: list[int]) -> None:
    text = "\n".join("x" * size for size in sizes)
    assert kept(text, 4, 4).text == text.rstrip("\n") or "\n\n" in text or text.endswith("\n")
