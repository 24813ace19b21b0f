"""How much of a request equals the one before, and the name of the part that broke it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.context import build, file_block
from haikuterm.core.messages import Message, Text, ToolResult, ToolUse
from haikuterm.core.models import catalogue
from haikuterm.core.money import Usage
from haikuterm.core.prefix import LIFE, CacheLook, broken, look, prefix_of, same
from haikuterm.core.request import Request, ToolSpec

HAIKU = catalogue().resolve("haiku-4.5")
TOOLS = (ToolSpec("read", "Reads.", {"type": "object"}), ToolSpec("list", "Lists.", {"type": "object"}))
SAID = (
    Message("user", (Text(file_block("app.py", "import os\n")), Text("Look."))),
    Message("assistant", (Text("Looking."), ToolUse("t1", "read", {"path": "b.py"}))),
    Message("user", (ToolResult("t1", "nothing"),)),
)


def request(*more: Message, **changes: object) -> Request:
    return replace(build(HAIKU, (*SAID, *more), TOOLS), **changes)  # type: ignore[arg-type] # what a test changes


def test_a_longer_conversation_begins_with_the_shorter_one() -> None:
    shorter, longer = request(), request(Message("assistant", (Text("Fine."),)), Message("user", (Text("And?"),)))
    assert broken(prefix_of(shorter), prefix_of(longer)) == ""
    assert same(prefix_of(shorter), prefix_of(longer)) == len(prefix_of(shorter).parts)


def test_a_message_that_was_joined_by_more_is_still_the_same_up_to_there() -> None:
    joined = (*SAID[:2], replace(SAID[2], parts=(*SAID[2].parts, Text("And now?"))))
    assert broken(prefix_of(request()), prefix_of(request(messages=joined))) == ""


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"model": catalogue().resolve("haiku")}, "the model (claude-haiku-4-5, then claude-haiku-5-5)"),
        ({"tools": (TOOLS[0], replace(TOOLS[1], description="Other."))}, "tool list"),
        ({"tools": TOOLS[:1]}, "tool list"),
        ({"system": "Other."}, "system prompt"),
        ({"thinking": "enabled"}, "thinking or effort"),
        ({"effort": "low"}, "thinking or effort"),
        ({"messages": (Message("user", (Text(file_block("app.py", "import sys\n")),)),)}, "message 1 (file app.py)"),
        ({"messages": SAID[:1]}, "message 2 (assistant, text)"),
        ({"messages": (*SAID[:2], Message("user", (ToolResult("t1", "more"),)))}, "message 3 (user, tool result)"),
    ],
)
def test_the_part_that_changed_is_named(changes: dict[str, object], name: str) -> None:
    assert broken(prefix_of(request()), prefix_of(request(**changes))) == name


def test_what_does_not_touch_the_prompt_breaks_nothing() -> None:
    moved = request(max_tokens=5, cache_at=(0, 2), stop=("x",), previous="msg_1")
    assert broken(prefix_of(request()), prefix_of(moved)) == ""


@given(st.lists(st.text(min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=9), st.integers(0, 8))
def test_any_conversation_that_only_grows_keeps_its_front(words: list[str], cut: int) -> None:
    said = [Message(("user", "assistant")[at % 2], (Text(word),)) for at, word in enumerate(words)]
    earlier = prefix_of(build(HAIKU, said[: cut + 1], TOOLS))
    assert broken(earlier, prefix_of(build(HAIKU, said, TOOLS))) == ""


class TestLook:
    """What the cache should have done, by what it did before."""

    def seen(self, asked: Request, read: int, wrote: int, at: float) -> CacheLook:
        return CacheLook(prefix_of(asked), Usage(5, 5, read, wrote), at)

    def test_all_that_was_read_and_written_is_expected_to_be_read_again(self) -> None:
        first = look(None, self.seen(request(), 100, 900, 0.0))
        now = look(first, self.seen(request(Message("assistant", (Text("x"),))), 1000, 50, LIFE))
        assert (first.expected, now.expected, now.broken, now.expired) == (0, 1000, "", False)
        assert 0 < now.same <= now.whole

    def test_nothing_is_expected_of_a_cache_that_was_left_alone_for_too_long(self) -> None:
        first = look(None, self.seen(request(), 0, 900, 0.0))
        now = look(first, self.seen(request(), 0, 900, LIFE + 1))
        assert (now.expected, now.expired) == (0, True)

    def test_a_broken_prefix_is_expected_only_up_to_the_break(self) -> None:
        first = look(None, self.seen(request(), 0, 90_000, 0.0))
        now = look(first, self.seen(request(system="Other."), 0, 0, 1.0))
        assert now.broken == "system prompt"
        assert 0 < now.expected < 100
