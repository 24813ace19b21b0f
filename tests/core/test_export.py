"""An exported conversation can be read, holds no file's content in Markdown, and loses nothing in JSON."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.context import file_block
from haikuterm.core.export import as_json, as_markdown
from haikuterm.core.messages import Document, Image, Message, Text, Thinking, ToolResult, ToolUse, from_wire

TALK = (
    Message("user", (Text(file_block("a.py", "x = 1\n")), Image("image/png", b"\x89"), Text("fix it"))),
    Message("assistant", (Thinking("hm\nwell", "s"), Text("I look."), ToolUse("t1", "edit", {"path": "a.py"}))),
    Message("user", (ToolResult("t1", "no ``` fence", is_error=True),)),
    Message("assistant", (Text("Done.\n\n```python\nx = 2\n```"),)),
    Message("user", (Document("spec.pdf", 2, b"%PDF"), Text("and this?"))),
)


def test_markdown_tells_what_was_said_and_names_what_was_attached() -> None:
    text = as_markdown(TALK, "haikuterm")
    assert text == (
        "# haikuterm\n\n## You\n\n*Attached: `a.py`*\n\n*Picture (image/png)*\n\nfix it\n\n"
        "## Model\n\n> hm\n> well\n\nI look.\n\n"
        'Tool `edit`:\n\n```json\n{\n "path": "a.py"\n}\n```\n\n'
        "Result (failed):\n\n````\nno ``` fence\n````\n\n"
        "## Model\n\nDone.\n\n```python\nx = 2\n```\n\n"
        "## You\n\n*Document: spec.pdf, 2 pages*\n\nand this?\n"
    )


def test_json_gives_the_conversation_back() -> None:
    data = json.loads(as_json(TALK, "claude-haiku-4-5"))
    assert data["model"] == "claude-haiku-4-5"
    assert tuple(map(from_wire, data["messages"])) == TALK


@given(st.text(alphabet="`~a\n ", max_size=40))
def test_no_output_of_a_tool_can_end_its_fence(text: str) -> None:
    lines = as_markdown((Message("user", (ToolResult("t", text),)),), "t").rstrip("\n").split("\n")
    fence = lines[-1]
    assert fence.startswith("```")
    assert lines.count(fence) == 2
