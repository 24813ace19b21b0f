"""Markdown on the screen: what each block looks like, that columns hold, that nothing reaches the terminal raw."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from haikuterm.ui.theme import load
from haikuterm.ui.tui.blocks import Stream, whole
from haikuterm.ui.tui.flow import Line, flow, plain
from haikuterm.ui.tui.highlight import CODE_LIMIT, LINE_LIMIT, LineLexer
from haikuterm.ui.tui.markdown import LIMIT, Markdown

MARKDOWN = Markdown(load("dark"))
FAMILY = "👩‍👩‍👧‍👦"
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

SAMPLE = f"""\
# Title with `code`

Some **bold**, *italic*, ~~gone~~ and a [link](https://example.com/a) with 日本語 and {FAMILY}.
Second line\\
third line

Setext
------

- one
- two
  - nested
    > quoted in a list
    > ```js
    > let x = 1
    > ```
- [x] done

1. first

2. second

   ```sh
   echo hi
   ```

> quote
> > deeper
lazy

| a | 日本 |
|--:|:--:|
| 1 | {FAMILY} |

```python
def f(x: int) -> str:
    \"\"\"Doc
    string.\"\"\"
\treturn f"{{x}}"  # tab
~~~
```

    indented

<div>
raw
</div>

[ref]: https://example.com
***
````
unclosed
```
"""
PIECES = [
    "\n", "\n\n", " ", "    ", "\t", "\r", "\r\n", "# h\n", "- a\n", "  - b\n", "1. x\n", "2) y\n", "> q\n", "```\n",
    "```py\n", "~~~\n", "````", "|a|b|\n", "|-|-|\n", "---\n", "===\n", "***", "**b", "`c", "<div>\n", "</div>\n",
    "[a](http://b)", "[a]: /u\n", "word ", "日本", FAMILY, "é", "\x1b[31m", "\x9b", "\u202e", "\\", "&#27;", "&#x202e;",
    "x" * 50, "* * *\n", "+ \n", "-\n", "=", "<!--", "-->\n", "![i](u)", "\x00", "\u2028", "\u200d", "\ufe0f",
    "- [ ] t\n",
]  # fmt: skip


def sources() -> st.SearchStrategy[str]:
    """Texts that look like Markdown, with everything awkward in them."""
    return st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=40).map("".join)


def texts(source: str, width: int = 60) -> list[str]:
    """The rows as text, without what is at their right."""
    return [line.text.rstrip() for line in whole(MARKDOWN, source, width)]


def cells(line: Line) -> int:
    """The width as the screen counts it."""
    return sum(cell_len(segment.text) for segment in line.segments)


def streamed(chunks: list[str], width: int) -> list[Line]:
    """The rows after the chunks came one after the other; what a chunk did not name as changed stayed as it was."""
    stream = Stream(MARKDOWN, width)
    for chunk in chunks:
        before = list(stream.lines)
        first = stream.feed(chunk)
        assert stream.lines[:first] == before[:first]
    stream.finish()
    return stream.lines


@given(sources(), st.lists(st.integers(1, 30), min_size=1, max_size=30), st.integers(8, 90))
def test_any_chunking_of_a_text_ends_in_the_rows_of_the_whole(source: str, sizes: list[int], width: int) -> None:
    chunks, at, turn = [], 0, 0
    while at < len(source):
        size = sizes[turn % len(sizes)]
        chunks.append(source[at : at + size])
        at, turn = at + size, turn + 1
    assert streamed(chunks, width) == whole(MARKDOWN, source, width)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_a_real_answer_streams_to_the_rows_of_the_whole(size: int) -> None:
    chunks = [SAMPLE[i : i + size] for i in range(0, len(SAMPLE), size)]
    assert streamed(chunks, 50) == whole(MARKDOWN, SAMPLE, 50)


@given(sources(), st.integers(2, 90))
def test_no_row_is_wider_than_the_screen_and_none_holds_a_control(source: str, width: int) -> None:
    for line in whole(MARKDOWN, source, width):
        assert cells(line) <= width
        assert not FORBIDDEN.search(line.text)
        assert all(FORBIDDEN.search(segment.style.link or "") is None for segment in line.segments if segment.style)


@given(st.text(max_size=60), st.integers(2, 20), st.booleans())
def test_wrapping_loses_nothing_and_keeps_to_the_width(text: str, width: int, words: bool) -> None:
    lines = flow([(text[:9], Style()), (text[9:], Style(bold=True))], width, words=words)
    clean = "\n".join(plain(text).split("\n"))
    back = "".join(line.text for line in lines)
    assert all(cells(line) <= width for line in lines)
    assert back.replace(" ", "") == clean.replace(" ", "").replace("\n", "")
    assert len([line for line in lines if line.joint is None]) == clean.count("\n") + 1


def test_a_wrapped_row_says_what_stood_before_it() -> None:
    lines = flow([("one two threeeeeee", Style())], 8)
    assert [(line.joint, line.text) for line in lines] == [(None, "one two"), (" ", "threeeee"), ("", "ee")]


def test_wide_characters_may_be_parted_anywhere_but_never_in_the_middle() -> None:
    assert [line.text for line in flow([("日本語のテキスト", Style())], 5)] == ["日本", "語の", "テキ", "スト"]
    assert [line.text for line in flow([(FAMILY * 3, Style())], 5)] == [FAMILY * 2, FAMILY]
    assert [line.text for line in flow([("e\u0301" * 4, Style())], 2, words=False)] == ["e\u0301" * 2] * 2


def test_a_style_never_parts_a_mark_from_its_letter() -> None:
    line = flow([("☺", Style()), ("\ufe0fx", Style(bold=True))], 10)[0]
    assert [segment.text for segment in line.segments] == ["☺\ufe0f", "x"]
    assert cells(line) == cell_len("☺\ufe0fx") == 3


def test_lists_are_nested_and_numbered() -> None:
    source = "- one\n  1. a\n  2. b\n- two\n\n9. nine\n10. ten\n"
    assert texts(source) == ["• one", "  1. a", "  2. b", "• two", "", " 9. nine", "10. ten"]


def test_a_loose_list_has_air_and_tasks_have_boxes() -> None:
    assert texts("- [x] done\n\n- [ ] open *now*\n") == ["☑ done", "", "☐ open now"]


def test_quotes_are_nested_behind_bars_that_are_not_copied() -> None:
    lines = whole(MARKDOWN, "> one\n> > two\n", 40)
    assert [line.text for line in lines] == ["▎ one", "▎ ", "▎ ▎ two"]
    assert [line.text[line.gutter :] for line in lines] == ["one", "", "two"]


def test_a_table_keeps_its_columns_with_wide_characters() -> None:
    rows = texts("| a | b |\n|:--|--:|\n| 日本 | 1 |\n| x | 22 |\n")
    assert rows == ["a    │  b", "─────┼───", "日本 │  1", "x    │ 22"]
    assert len({cell_len(row) for row in rows}) == 1


def test_a_table_that_is_too_wide_wraps_in_its_columns_and_gets_rules() -> None:
    rows = texts("| name | text |\n|--|--|\n| x | one two three four |\n| y | z |\n", 18)
    assert rows == [
        "name │ text",
        "─────┼────────────",
        "x    │ one two",
        "     │ three four",
        "─────┼────────────",
        "y    │ z",
    ]


def test_a_table_without_room_for_columns_becomes_records() -> None:
    source = "| name | what | cost |\n|--|--|--|\n| abcdefgh | something | 1234567 |\n| b | c | d |\n"
    assert texts(source, 14) == [
        "name: abcdefgh", "what:", "something", "cost: 1234567", "──────────────", "name: b", "what: c", "cost: d",
    ]  # fmt: skip


def test_code_is_flush_left_coloured_and_wrapped_without_a_sign() -> None:
    lines = whole(MARKDOWN, "```python\ndef f():\n\treturn 1\n```\n", 8)
    assert [line.text for line in lines] == ["def f():", "    retu", "rn 1"]
    assert all(line.gutter == 0 and line.fill for line in lines)
    assert lines[0].segments[0].style != lines[0].segments[-1].style


def test_code_of_an_unknown_language_is_plain() -> None:
    lines = whole(MARKDOWN, "```nosuch\nx = 1\n```\n", 20)
    assert [segment.style for line in lines for segment in line.segments] == [MARKDOWN.colors.plain]


def test_a_link_shows_where_it_leads() -> None:
    assert texts("[docs](https://example.com/x) <https://a.example> <me@b.example>") == [
        "docs (https://example.com/x) https://a.example me@b.example"
    ]


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("[a](https://example.com/x)", "https://example.com/x"),
        ("[a](mailto:a@b.example)", "mailto:a@b.example"),
        ("[a](file:///etc/passwd)", None),
        ("[a](javascript:alert)", None),
        ("[a](ftp://example.com)", None),
        ("[a](docs/x.md)", None),
        ("[a](https://e.example/&#27;]8;;)", "https://e.example/&#27;%5D8;;"),
    ],
)
def test_only_links_to_the_web_and_to_mail_can_be_clicked(source: str, link: str | None) -> None:
    links = {segment.style.link for line in whole(MARKDOWN, source, 80) for segment in line.segments if segment.style}
    assert links - {None} == ({link} if link else set())


def test_html_and_reference_definitions_are_shown_as_they_are_written() -> None:
    assert texts("<script>x</script>\n\na <b>c</b>\n\n[r]: /u\n\n[t][r]\n") == [
        "<script>x</script>", "", "a <b>c</b>", "", "[r]: /u", "", "[t][r]",
    ]  # fmt: skip


def test_a_hard_break_and_an_entity() -> None:
    assert texts("one  \ntwo &amp; three\nfour\n") == ["one", "two & three four"]


def test_an_image_shows_its_text_and_its_place() -> None:
    assert texts("![cat](cat.png)") == ["[image: cat] (cat.png)"]
    assert texts("![](https://a.example/x/dog.png)") == ["[image: dog.png] (https://a.example/x/dog.png)"]


@pytest.mark.parametrize(
    ("source", "links"),
    [
        ("see https://a.example/some_long_path?q=1#x. Then", ["https://a.example/some_long_path?q=1#x"]),
        ("(https://a.example/A_(b)), **https://b.example**", ["https://a.example/A_(b)", "https://b.example"]),
        ("![](https://a.example/dog.png)", ["https://a.example/dog.png"]),
        ("[https://good.example](https://other.example)", ["https://other.example"]),
        ("`https://a.example` https:// ftp://a.example", []),
    ],
)
def test_an_address_in_the_text_can_be_clicked_however_it_is_wrapped(source: str, links: list[str]) -> None:
    segments = [segment for line in whole(MARKDOWN, source, 20) for segment in line.segments]
    found = [segment.style.link for segment in segments if segment.style and segment.style.link]
    assert list(dict.fromkeys(found)) == links


def test_escapes_are_shown_as_text_also_from_entities_and_in_code() -> None:
    source = "\x1b[31mred &#x202e;x `\x07`\n\n```py\nprint('\x1b]0;t\x07')\n```\n"
    shown = "\n".join(texts(source))
    assert "␛[31mred <U+202E>x ␇" in shown
    assert "print('␛]0;t␇')" in shown


@pytest.mark.parametrize("depth", [5, 20, 300])
def test_deep_nesting_on_a_narrow_screen_is_still_drawn(depth: int) -> None:
    for mark in ("> ", "- ", "1. "):
        lines = whole(MARKDOWN, mark * depth + "word\n", 12)
        assert all(cells(line) <= 12 for line in lines)
        assert "wo" in "".join(line.text for line in lines)


def test_a_line_lexer_goes_on_where_the_line_before_ended() -> None:
    lexer = LineLexer("python")
    first, second, third = (lexer.line(line) for line in ('x = """open', "still open", 'closed""" + 1'))
    assert str(second[0][0]).startswith("Token.Literal.String")
    assert ["".join(text for _, text in line) for line in (first, second, third)] == [
        'x = """open',
        "still open",
        'closed""" + 1',
    ]


@given(
    st.sampled_from(["python", "js", "c", "html", "sh", "json", "yaml", "diff", "console", "rst", "nosuch"]),
    st.text(max_size=40),
)
def test_no_line_loses_a_letter_in_a_lexer(language: str, text: str) -> None:
    lexer = LineLexer(language)
    for line in text.split("\n"):
        assert "".join(piece for _, piece in lexer.line(line)) == line


def test_huge_code_is_plain_but_whole() -> None:
    for code in ("x = 1\n" * (CODE_LIMIT // 6 + 1), "y" * (LINE_LIMIT + 1) + "\n"):
        lines = MARKDOWN.colors.lines(code, "python")
        assert "\n".join("".join(text for text, _ in line) for line in lines) + "\n" == code
        assert {style for line in lines for _, style in line} == {MARKDOWN.colors.plain}


def test_a_block_that_would_take_seconds_to_parse_is_shown_as_it_is_written() -> None:
    source = "[" * (LIMIT + 1)
    assert "".join(texts(source)) == source


def test_the_transcript_starts_without_the_parser_and_the_lexers() -> None:
    program = (
        "import sys, haikuterm.ui.tui.transcript as t; t.Transcript();"
        "print([m for m in ('markdown_it', 'pygments.lexers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
