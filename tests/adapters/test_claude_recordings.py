"""Streams as recorded bytes, through the real SDK."""

# ruff: noqa: F811 - the fixtures are imported, and asked for by their names

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.core.events import TextDelta
from haikuterm.core.messages import Message, Opaque, Text, Thinking, ToolUse
from haikuterm.core.money import Usage
from haikuterm.core.request import Opened, Reply
from tests.adapters.asking_claude import HAIKU, LOCAL, ask, claude, hear, reply_of  # noqa: F401 - holds a fixture
from tests.messages_api import MessagesApi, Replay, Say, api  # noqa: F401 - holds a fixture

RECORDINGS = Path(__file__).parents[1] / "recordings"


def replayed(name: str) -> Replay:
    return Replay((RECORDINGS / name).read_bytes(), chunk=7)


class TestRecordings:
    """Streams as bytes; all but llama.sse (recorded) are written after the documented flow of events."""

    async def test_text_survives_characters_cut_between_packets(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        api.answer(replayed("text.sse"))
        events = await hear(claude)
        usage = Usage(1523, 12, 980, 4000, 210)
        said = Message("assistant", (Text("Grüße, 世界 👩‍💻!\n"),))
        served = "claude-haiku-4-5-20251001"
        assert events == [
            Opened(served, replace(usage, output=1), events[0].request_id),  # type: ignore[union-attr] # it is Opened
            TextDelta("Grüße, "),
            TextDelta("世界 "),
            TextDelta("👩‍💻"),
            TextDelta("!\n"),
            Reply(said, "end_turn", usage, served, events[-1].request_id, message_id="msg_01"),  # type: ignore[union-attr] # it is Reply
        ]

    async def test_tools_come_with_split_or_without_input(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        api.answer(replayed("tools.sse"))
        reply = await reply_of(claude)
        assert reply.message.parts == (
            Text("I'll read both."),
            ToolUse("toolu_01A", "read", {"path": "a b/ä.py", "lines": [1, 40]}),
            ToolUse("toolu_01B", "list", {}),
        )

    async def test_thinking_is_kept_readable_redacted_or_omitted(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        api.answer(replayed("thinking.sse"))
        reply = await reply_of(claude)
        assert reply.message.parts == (
            Thinking("The import is unused.", "EqQBCkYIBhgC"),
            Opaque({"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix"}),
            Thinking("", "Omitted+Sig="),
            Text("It is unused."),
        )
        assert reply.usage.thinking == 228

    async def test_unknown_events_blocks_deltas_and_stops_break_nothing(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        api.answer(replayed("unknown.sse"))
        reply = await reply_of(claude)
        search = {"type": "server_tool_use", "id": "srvtoolu_01", "name": "web_search", "input": {"query": "ruff F401"}}
        assert reply.message.parts == (
            Opaque({"type": "hologram", "shape": {"kind": "cube", "sides": 6}}),
            Opaque(search),
            Text("Here."),
        )
        assert reply.stop == "novel_reason"

    async def test_a_refusal_says_why(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        api.answer(replayed("refusal.sse"), Say("", stop="refusal"))
        reply, silent = await reply_of(claude), await reply_of(claude)
        assert (reply.stop, reply.category, reply.refusal) == ("refusal", "cyber", "This asks for malware.")
        assert (silent.stop, silent.category, silent.refusal) == ("refusal", "", "")

    async def test_llama_cpp_s_leaner_stream_is_understood(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        api.answer(replayed("llama.sse"))
        reply = await reply_of(claude, ask(model=LOCAL))
        assert reply.message.text.startswith("👋")
        assert (reply.served, reply.usage.input, reply.usage.cache_write_5m) == (LOCAL.id, 26, 0)

    async def test_a_start_without_usage_and_halves_of_characters_are_no_fault(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        data = (
            'data: {"type":"message_start","message":{"role":"assistant","content":[]}}\n\n'
            'data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"A"}}\n\n'
            'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\\ud83d"}}\n\n'
            'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\\ude00\\ud83d!"}}\n\n'
            'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n'
            'data: {"type":"message_stop"}\n\n'
        )
        named = "".join(f"event: {line.split(chr(34))[3]}\n{line}\n\n" for line in data.split("\n\n") if line)
        api.answer(Replay(named.encode()))
        events = await hear(claude)
        assert [e.text for e in events if isinstance(e, TextDelta)] == ["A", "😀\ufffd!"]
        last = events[-1]
        assert isinstance(last, Reply)
        assert (last.message.text, last.usage, last.served) == ("A😀\ufffd!", Usage(), HAIKU.id)
