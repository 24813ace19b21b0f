"""The provider over the real SDK, against a local server that speaks the Messages API."""

# ruff: noqa: F811 - the fixtures are imported, and asked for by their names

from __future__ import annotations

import asyncio
import gc
import socket
import subprocess
import sys
import warnings
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.adapters.claude_wire import usage_of
from haikuterm.core.errors import ProviderError
from haikuterm.core.events import TextDelta, ThinkingDelta
from haikuterm.core.messages import Image, Message, Text, Thinking, ToolResult, ToolUse
from haikuterm.core.models import catalogue
from haikuterm.core.money import Usage
from haikuterm.core.request import Opened, Reply, StreamEvent, ToolInput
from tests.adapters.asking_claude import HAIKU, LOCAL, READ, THINKER, ask, claude, failure_of, hear, reply_of  # noqa: F401 - holds a fixture
from tests.messages_api import Break, Fail, MessagesApi, Pause, Replay, Say, api  # noqa: F401 - holds a fixture
from tests.stranger import Stranger

TEXT = (Path(__file__).parents[1] / "recordings" / "text.sse").read_bytes()


class TestAnswers:
    async def test_an_answer_is_opened_told_once_and_given_whole(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        api.answer(Say("Hello, wörld 👋", thinking="Greet.", tools=[("read", {"path": "ä.py"})], chunk=6))
        opened, *middle, reply = await hear(claude, ask(tools=(READ,)))
        assert isinstance(opened, Opened)
        assert isinstance(reply, Reply)
        assert (opened.served, reply.served, opened.usage.output) == (HAIKU.id, HAIKU.id, 1)
        assert opened.request_id == reply.request_id != ""
        said = "".join(e.text for e in middle if isinstance(e, TextDelta))
        thought = "".join(e.text for e in middle if isinstance(e, ThinkingDelta))
        sizes = [e.size for e in middle if isinstance(e, ToolInput)]
        assert (said, thought, sum(sizes)) == ("Hello, wörld 👋", "Greet.", len('{"path": "ä.py"}'.encode()))
        thinking, text, use = reply.message.parts
        assert isinstance(thinking, Thinking)
        assert thinking.signature
        assert isinstance(use, ToolUse)
        assert (text, use.name, dict(use.input)) == (Text("Hello, wörld 👋"), "read", {"path": "ä.py"})
        assert (reply.stop, reply.usage.prompt, reply.usage.thinking) == ("tool_use", opened.usage.prompt, 2)

    async def test_a_tool_loop_with_thinking_goes_back_as_the_api_wants_it(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        api.answer(
            Say("", thinking="Look.", tools=[("read", {"path": "a.py"}), ("read", {"path": "b.py"})]), Say("Fine.")
        )
        first = ask(tools=(READ,), cache_at=(0,), model=THINKER, thinking="adaptive", effort="low")
        asked = (await reply_of(claude, first)).message
        results = tuple(ToolResult(use.id, "", is_error=use.input["path"] == "b.py") for use in asked.tool_uses)
        request = replace(first, messages=(*first.messages, asked, Message("user", results)), cache_at=(0, 2))
        assert (await reply_of(claude, request)).message.text == "Fine."

    async def test_the_cache_is_used_where_the_request_marks_it(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        request = ask(cache_at=(0,))
        first, second = await reply_of(claude, request), await reply_of(claude, request)
        assert first.usage.cache_write_5m == second.usage.cache_read == first.usage.prompt

    async def test_a_tool_call_cut_by_max_tokens_shows_in_stop_and_has_no_input(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        api.answer(Say("", tools=[("read", {"path": "a.py"})], stop="max_tokens"))
        reply = await reply_of(claude, ask(tools=(READ,)))
        assert (reply.stop, reply.message.tool_uses[0].input) == ("max_tokens", {})

    @pytest.mark.parametrize("broken", ['{"path": "a.py"', '{"path": }', '["a.py"]', "[" * 5000 + "]" * 5000])
    async def test_a_broken_tool_call_is_an_error_and_runs_nothing(
        self, api: MessagesApi, claude: ClaudeProvider, broken: str
    ) -> None:
        api.answer(Say("", tools=[("read", broken)], chunk=1000))
        error = await failure_of(claude, ask(tools=(READ,)))
        assert error.kind == "broken_stream"
        assert "called read" in str(error)
        assert error.request_id
        assert error.usage is not None
        assert error.usage.output > 1, "the usage of the end, not that of the start"

    async def test_the_model_that_served_may_be_another(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        api.answer(Say(served="claude-haiku-4-5-20251001"))
        assert (await reply_of(claude)).served == "claude-haiku-4-5-20251001"


class TestRequests:
    async def test_a_plain_request_carries_nothing_that_was_not_asked_for(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        await hear(claude)
        assert api.requests == [
            {
                "model": HAIKU.id,
                "max_tokens": 8192,
                "stream": True,
                "system": [{"type": "text", "text": "Be brief."}],
                "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
            }
        ]
        assert api.headers[0]["authorization"] == "Bearer key"

    async def test_cache_points_stand_on_the_named_messages_and_the_system_prompt(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        said = tuple(Message(("user", "assistant")[i % 2], (Text(f"m{i}"),)) for i in range(9))
        picture = Message("user", (Text("last"), Image("image/png", b"\x89PNG")))
        await hear(claude, ask(messages=(*said[:8], picture), cache_at=(0, 2, 4, 8)))
        body = api.requests[0]
        marked = [i for i, m in enumerate(body["messages"]) if "cache_control" in m["content"][-1]]
        assert marked == [2, 4, 8]  # with the system prompt the API's most, four
        assert body["system"][0]["cache_control"] == {"type": "ephemeral"}
        assert body["messages"][8]["content"][1]["type"] == "image"

    async def test_thinking_effort_stop_and_tools_are_sent_where_set(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        await hear(
            claude,
            ask(model=THINKER, thinking="adaptive", display="summarized", effort="low", stop=("END",), tools=(READ,)),
        )
        await hear(claude, ask(thinking="enabled", max_tokens=4096))
        await hear(claude, ask(thinking="enabled", max_tokens=1024))
        await hear(claude, ask(thinking="disabled"))
        first, *others = api.requests
        assert first["thinking"] == {"type": "adaptive", "display": "summarized"}
        assert (first["output_config"], first["stop_sequences"]) == ({"effort": "low"}, ["END"])
        assert first["tools"] == [{"name": "read", "description": "Read a file.", "input_schema": READ.schema}]
        assert [body.get("thinking") for body in others] == [
            {"type": "enabled", "budget_tokens": 2048},
            None,
            {"type": "disabled"},
        ]

    async def test_prefill_and_temperature_go_only_to_models_that_take_them(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        for model in (LOCAL, HAIKU, THINKER):
            await hear(claude, ask(model=model, prefill="def f(\n    ", temperature=0.2, system=""))
        local, haiku, thinker = api.requests
        assert [body["messages"][-1]["content"][0]["text"] for body in api.requests] == ["def f(\n    ", "def f(", "Hi"]
        assert [body.get("temperature") for body in (local, haiku, thinker)] == [0.2, None, None]
        assert "system" not in local

    async def test_what_utf_8_cannot_hold_is_replaced_and_unsigned_thinking_left_out(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        said = Message("assistant", (Thinking("local thoughts", ""), Text("caf\udce9.py")))
        await hear(claude, ask(messages=(Message("user", (Text("Hi"),)), said, Message("user", (Text("And?"),)))))
        assert api.requests[0]["messages"][1]["content"] == [{"type": "text", "text": "caf\ufffd.py"}]

    async def test_the_sdk_s_warnings_of_old_models_do_not_reach_the_terminal(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        await hear(claude, ask(model=catalogue().resolve("claude-sonnet-4-5-20250929")))
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            claude.warm()  # already warm: adds nothing
        assert heard == []
        await hear(claude, ask(model=catalogue().resolve("claude-opus-4-0")))


class TestFailures:
    async def test_an_error_status_becomes_its_kind_with_the_wait_asked_for(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        api.answer(Fail(429, "Slow down", retry_after=12), Fail(529, "Overloaded"), Fail(502, raw="<html>"))
        first, second, third = [await failure_of(claude) for _ in range(3)]
        assert (first.kind, first.retry_after, bool(first.request_id)) == ("rate_limited", 12.0, True)
        assert (second.kind, second.retry_after, third.kind) == ("overloaded", None, "server")
        assert len(api.requests) == 3  # the SDK retries nothing by itself

    async def test_llama_cpp_s_error_body_is_read(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        words = "request (9017 tokens) exceeds the available context size (4096 tokens)"
        api.answer(Fail(400, raw=f'{{"error":{{"code":400,"message":"{words}","type":"exceed_context_size_error"}}}}'))
        error = await failure_of(claude)
        assert error.kind == "rejected"
        assert "too large" in str(error)
        assert words in str(error)

    async def test_a_wrong_key_names_the_variable(self, api: MessagesApi) -> None:
        provider = ClaudeProvider(auth_token="bad", base_url=api.url + "/v1/")
        error = await failure_of(provider)
        await provider.close()
        assert error.kind == "authentication"
        assert "ANTHROPIC_API_KEY" in str(error)

    async def test_an_endpoint_without_a_credential_is_asked_all_the_same(
        self, api: MessagesApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "not-for-this-server")
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nothing on this machine is behind a proxy
        provider = ClaudeProvider(base_url=api.url)
        await hear(provider)
        await provider.close()
        assert api.headers[0]["authorization"] == "Bearer none"

    @pytest.mark.parametrize("kind", ["overloaded_error", "api_error", "rate_limit_error"])
    async def test_an_error_event_is_told_by_its_type(
        self, api: MessagesApi, claude: ClaudeProvider, kind: str
    ) -> None:
        api.answer(Break("Hel", "sse_error", type=kind))
        expected = {"overloaded_error": "overloaded", "api_error": "server", "rate_limit_error": "rate_limited"}
        assert (await failure_of(claude)).kind == expected[kind]

    async def test_a_lost_connection_is_a_broken_stream_and_what_was_said_stays_said(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        pause = Pause(after=8)
        api.answer(Break("Hello there", "reset", pause=pause))
        heard: list[StreamEvent] = []

        async def listen() -> None:
            async with aclosing(claude.stream(ask())) as stream:
                async for event in stream:
                    heard.append(event)
                    if event == TextDelta("Hello th"):
                        pause.go.set()

        with pytest.raises(ProviderError) as caught:
            await listen()
        assert (caught.value.kind, bool(caught.value.request_id)) == ("broken_stream", True)
        assert TextDelta("Hello th") in heard

    async def test_a_stream_that_ends_early_is_cut_off(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        api.answer(Break("Hello", "truncate"), Replay(b""))
        assert (await failure_of(claude)).kind == "cut_off"
        assert (await failure_of(claude)).kind == "cut_off"

    async def test_a_stream_without_its_very_last_event_is_cut_off_and_its_count_is_final(
        self, api: MessagesApi, claude: ClaudeProvider
    ) -> None:
        api.answer(Replay(TEXT[: TEXT.index(b"event: message_stop")]))
        error = await failure_of(claude)
        assert error.kind == "cut_off"
        assert error.usage is not None
        assert error.usage.output == 12, "it had come with the reason for the stop"

    async def test_a_stall_is_a_broken_stream(self, api: MessagesApi) -> None:
        for seconds in (0.3, 3.0, 30.0):  # on a slow machine the first words take a while too
            api.answer(Break("Hello", "stall"))
            provider = ClaudeProvider(api_key="key", base_url=api.url, timeout=seconds)
            error = await failure_of(provider)
            await provider.close()
            if error.kind == "broken_stream":
                break
        assert error.kind == "broken_stream"
        assert "nothing more came" in str(error)

    @pytest.mark.parametrize("data", [b"event: message_start\ndata: {oops\n\n", b"event: ping\ndata: \xff\xfe{\n\n"])
    async def test_bytes_that_are_no_event_stream_are_no_crash(
        self, api: MessagesApi, claude: ClaudeProvider, data: bytes
    ) -> None:
        api.answer(Replay(data))
        assert (await failure_of(claude)).kind in ("broken_stream", "cut_off")

    async def test_no_server_is_unreachable_and_names_the_address(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        provider = ClaudeProvider(api_key="key", base_url=url)
        error = await failure_of(provider)
        await provider.close()
        assert error.kind == "unreachable"
        assert url in str(error)


class TestClosing:
    async def test_closing_the_answer_early_hangs_up(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        pause = Pause(after=8)
        api.answer(Say("Hello there", pause=pause))
        async with aclosing(claude.stream(ask())) as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        assert await asyncio.to_thread(api.hung_up.wait, 30)
        assert (await reply_of(claude)).message.text == "OK."

    async def test_cancelling_hangs_up(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        pause = Pause(after=8)
        api.answer(Say("Hello there", pause=pause))
        listening = asyncio.create_task(hear(claude))
        await pause.here()
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        assert await asyncio.to_thread(api.hung_up.wait, 30)

    async def test_a_pause_lets_the_rest_come(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        pause = Pause(after=5)
        api.answer(Say("Hello there", pause=pause))
        listening = asyncio.create_task(hear(claude))
        await pause.here()
        pause.go.set()
        texts = [event.text for event in await listening if isinstance(event, TextDelta)]
        assert texts == ["Hello", " there"]


class TestTheRest:
    async def test_tokens_are_counted_where_the_endpoint_can(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        request = ask(tools=(READ,), cache_at=(0,), stop=("x",), effort="")
        assert await claude.count(request) == (await reply_of(claude, request)).usage.prompt
        assert "max_tokens" not in api.counts[0]
        with pytest.raises(ProviderError, match="refused"):
            await claude.count(ask(Text(" ")))
        nowhere = ClaudeProvider(api_key="key", base_url=api.url + "/elsewhere")
        assert await nowhere.count(request) is None
        await nowhere.close()

    @pytest.mark.parametrize("count", [b'"many"', b"-5", b"null", b"{}", b"7.5"])
    async def test_a_count_that_is_none_is_not_taken_for_one(self, count: bytes) -> None:
        with Stranger(200, {"content-type": "application/json"}, b'{"input_tokens": %s}' % count) as stranger:
            provider = ClaudeProvider(api_key="key", base_url=stranger.url)
            assert await provider.count(ask()) is None
            await provider.close()

    def test_no_usage_makes_a_bill_smaller(self) -> None:
        assert usage_of({"input_tokens": -7, "output_tokens": -3, "cache_read_input_tokens": -1}) == Usage()

    async def test_models_are_listed_over_all_pages(self, api: MessagesApi, claude: ClaudeProvider) -> None:
        api.models = [{"id": f"claude-{n}", "max_tokens": n} for n in range(1001)]
        listed = await claude.models()
        assert (len(listed), listed[-1].id, listed[7].max_output, listed[7].title) == (1001, "claude-1000", 7, "")
        assert listed[0].extra["type"] == "model"

    async def test_warming_up_in_a_thread_and_asking_at_once_is_one_warm_up(self, api: MessagesApi) -> None:
        provider = ClaudeProvider(api_key="key", base_url=api.url)
        interval = sys.getswitchinterval()
        warming = [asyncio.create_task(asyncio.to_thread(provider.warm)) for _ in range(3)]
        assert (await reply_of(provider)).message.text == "OK."
        await asyncio.gather(*warming)
        await provider.close()
        assert (sys.getswitchinterval(), gc.isenabled()) == (interval, True)

    @pytest.mark.parametrize("key", ["sk-ant-SECRET\n", "sk-ant-\x00SECRET", "sk-ant-\udcffSECRET"])
    async def test_a_key_that_cannot_be_sent_is_said_without_showing_it(self, api: MessagesApi, key: str) -> None:
        provider = ClaudeProvider(api_key=key, base_url=api.url)
        error = await failure_of(provider)
        await provider.close()
        assert (error.kind, error.retryable) == ("authentication", False)
        assert "Copy it again" in str(error)
        assert "SECRET" not in str(error)
        assert api.requests == []

    async def test_nothing_is_sent_to_anthropic_without_a_credential(self) -> None:
        for url in ("", "https://api.anthropic.com/", "https://api.anthropic.com/v1"):
            error = await failure_of(ClaudeProvider(base_url=url))
            assert error.kind == "authentication"
            assert "ANTHROPIC_API_KEY" in str(error)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("ALL_PROXY", "socks5://127.0.0.1:9"), ("HTTPS_PROXY", "foo://x"), ("SSL_CERT_FILE", "/nope")],
    )
    async def test_a_variable_that_cannot_be_used_is_named_by_the_request_and_not_by_the_warm_up(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(name, value)
        provider = ClaudeProvider(api_key="key", base_url="http://somewhere.invalid")
        provider.warm()
        error = await failure_of(provider)
        await provider.close()
        assert error.kind == "rejected"
        assert name in str(error)

    async def test_a_provider_that_was_never_used_closes(self) -> None:
        await ClaudeProvider().close()

    def test_making_a_provider_imports_neither_the_sdk_nor_its_network_library(self) -> None:
        code = (
            "import sys; from haikuterm.adapters.claude import ClaudeProvider; ClaudeProvider(api_key='k');"
            "print([m for m in ('anthropic', 'httpx2', 'pydantic') if m in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == "[]\n"
