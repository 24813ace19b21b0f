"""Pieces of Markdown: code flush left, and where links lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.pieces import CodeBlock, code_blocks, links


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        ("```py\nx = 1\n```", [("py", "x = 1\n")]),
        ("~~~\n```\n~~~\n", [("", "```\n")]),
        ("1. a\n\n   ```sh\n   ls\n     -l\n   ```\n", [("sh", "ls\n  -l\n")]),
        ("> ```{.python}\n> x\n> ```\n", [("python", "x\n")]),
        ("````md\n```\n````\n", [("md", "```\n")]),
        ("```js\nopen", [("js", "open\n")]),
        ("a ``b`` c\n", []),
    ],
)
def test_blocks_of_code_come_flush_left(source: str, blocks: list[tuple[str, str]]) -> None:
    assert code_blocks(source) == tuple(CodeBlock(*block) for block in blocks)


@given(st.lists(st.text(st.sampled_from("ab \t#"), max_size=9), max_size=6), st.sampled_from(["", "  ", "   "]))
def test_code_comes_out_as_it_went_in(lines: list[str], indent: str) -> None:
    source = "\n".join([f"{indent}```", *(indent + line for line in lines), f"{indent}```"])
    assert code_blocks(source) == (CodeBlock("", "".join(f"{line}\n" for line in lines)),)


def test_links_are_told_once_and_in_order() -> None:
    source = "[a](https://x.org/(b)) and https://y.org/z. <mailto:a@b.c> [f](src/app.py) again https://y.org/z"
    assert links(source) == ("https://x.org/(b)", "https://y.org/z", "mailto:a@b.c", "src/app.py")
