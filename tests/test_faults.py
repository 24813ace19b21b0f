"""Every fault of the API, over a real server and the whole engine: what is seen, what is kept, what is billed.

After each of them the next prompt goes through: the server refuses a history that the real one would refuse.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.core.events import Event, Notice, Retrying, TextDelta, ToolStarted, TurnEnded
from haikuterm.core.messages import Text
from haikuterm.core.settings import Settings
from haikuterm.engine.session import Session
from tests.messages_answers import Answer
from tests.messages_api import Break, Fail, MessagesApi, Pause, Replay, Say
from tests.scripted import Rig, ScriptedAsker, rig

RECORDINGS = Path(__file__).parent / "recordings"
EDIT = {"edits": [{"path": "app.py", "old": "import os\nimport sys\n", "new": "import sys\n"}]}
SPENT = json.dumps({"type": "error", "error": {"type": "rate_limit_error", "message": "Limit reached.",
                    "details": {"error_code": "enforced_spend_limit_reached"}}})  # fmt: skip
BROKE = "\n[the connection broke here]"


@dataclass(frozen=True)
class Fault:
    """A fault and what becomes of it.

    stop, sees: how the turn ends, and words the user is shown (the end's reason, notices, countdowns). kept: texts of
    the conversation, the user's first. asked: requests that went out. billed: of them paid for; counted: by our own
    estimate of the answer. thinker: with a model that thinks. retries: of the settings.
    """

    answers: tuple[Answer, ...]
    stop: str
    sees: tuple[str, ...]
    kept: tuple[str, ...] = ()
    asked: int = 1
    billed: int = 0
    counted: bool = False
    thinker: bool = False
    retries: int = 0


FAULTS = {
    # the request is not taken: nothing is kept, nothing is paid, the prompt can be sent again
    "400 refused": Fault((Fail(400, "messages: no"),), "failed", ("refused the request (400)", "messages: no")),
    "400 prompt too long": Fault((Fail(400, "prompt is too long: 9 > 8"),), "failed", ("too large", "/compact")),
    "401 wrong key": Fault((Fail(401),), "failed", ("ANTHROPIC_API_KEY",)),
    "402 no money": Fault((Fail(402),), "failed", ("cannot pay", "Console")),
    "403 not for this key": Fault((Fail(403),), "failed", ("may not use claude-haiku-4-5", "/model")),
    "404 no such model": Fault((Fail(404, "model: claude-x"),), "failed", ("does not know claude-haiku-4-5",)),
    "413 too large": Fault((Fail(413),), "failed", ("too large (413)", "Drop attachments")),
    "429 spend limit": Fault((Fail(429, raw=SPENT),), "failed", ("cannot pay", "Limit reached."), retries=4),
    "429 wait of hours": Fault((Fail(429, retry_after=9000),), "failed", ("rate limit is reached (429)",), retries=4),
    "529 do not retry": Fault(
        (Fail(529, headers={"x-should-retry": "false"}),), "failed", ("overloaded (529)",), retries=4
    ),
    "500": Fault((Fail(500),), "failed", ("server failed (500)", "Try again")),
    "502 of a proxy": Fault((Fail(502, raw="<html>Bad gateway</html>"),), "failed", ("server failed (502)",)),
    # taken at the next try, after a countdown
    "429 then whole": Fault(
        (Fail(429, retry_after=0), Say("Hello.")), "done", ("countdown 0", "rate limit"), ("hi", "Hello."), 2, 1,
        retries=1,
    ),
    "529 twice then whole": Fault(
        (Fail(529, retry_after=0), Fail(529, retry_after=0), Say("Hello.")), "done", ("countdown 0", "overloaded"),
        ("hi", "Hello."), 3, 1, retries=2,
    ),
    "503 until tries are used up": Fault(
        (Fail(503, retry_after=0), Fail(503, retry_after=0)), "failed", ("countdown 0", "server failed (503)"),
        asked=2, retries=1,
    ),
    # the answer breaks off: what was said is kept and marked, what it cost is estimated
    "reset before a word": Fault((Break("", "reset"),), "failed", ("broke off", "connection was lost"), (), 1, 1, True),
    "no message_stop before a word": Fault((Break("", "truncate"),), "failed", ("broke off",), (), 1, 1, True),
    "no message_stop after words": Fault(
        (Break("Hello there", "truncate"),), "cut_off", ("broke off before its end",), ("hi", f"Hello there{BROKE}"),
        1, 1, True, retries=4,
    ),
    "an error in the stream": Fault(
        (Break("Hello there", "sse_error"),), "cut_off", ("overloaded in the middle of the answer",),
        ("hi", f"Hello there{BROKE}"), 1, 1, True, retries=4,
    ),
    "an error first in the stream": Fault(
        (Break("", "sse_error", type="api_error", message="Oops"),), "failed", ("server failed in the middle", "Oops"),
        (), 1, 1, True,
    ),
    "a stall": Fault(
        (Break("Hello there", "stall"),), "cut_off", ("nothing more came",), ("hi", f"Hello there{BROKE}"), 1, 1, True,
        retries=4,
    ),
    # the answer is whole, but not what was hoped for
    "refusal after words": Fault(
        (Say("I can tell", stop="refusal", category="cyber", explanation="It asks for malware."),), "refused",
        ("refused to answer (cyber: It asks for malware)", "discarded", "/model"), (), 1, 1,
    ),
    "refusal without a reason": Fault((Say("", stop="refusal"),), "refused", ("gave no reason",), (), 1, 1),
    "paused": Fault(
        (Say("Looking ", stop="pause_turn"), Say("found.")), "done", (), ("hi", "Looking found."), 2, 2,
    ),
    "max_tokens": Fault(
        (Say("Half a sen", stop="max_tokens"),), "cut_off", ("limit of 8,192 tokens", '"go on"'),
        ("hi", "Half a sen"), 1, 1,
    ),
    "max_tokens in a tool call": Fault(
        (Say("", tools=[("edit", EDIT)], stop="max_tokens"),), "cut_off",
        ("call of edit was cut off", "nothing was run"), ("hi", "", ""), 1, 1,
    ),
    "max_tokens in reasoning": Fault(
        (Say("", thinking="Hm.", stop="max_tokens"),), "cut_off", ("All 16,384 tokens", "/effort low"), ("hi", ""),
        1, 1, thinker=True,
    ),
    "the window is full": Fault(
        (Say("Half a sen", stop="model_context_window_exceeded"),), "cut_off",
        ("context window of haiku-4.5 (200,000 tokens) is full", "/compact", "/clear"), ("hi", "Half a sen"), 1, 1,
    ),
    "a tool call that is no JSON": Fault(
        (Say("", tools=[("read", "{oops")]),), "failed", ("called read with input that is no JSON",), (), 1, 1,
        retries=4,
    ),
    "nothing at all": Fault((Say(""),), "done", ("answered with nothing",), ("hi",), 1, 1),
    "another model answers": Fault(
        (Say("Hello.", served="claude-sonnet-5"),), "done", ("claude-haiku-4-5 was asked, claude-sonnet-5 answered",),
        ("hi", "Hello."), 1, 1,
    ),
    "an unknown stop reason": Fault((Say("Hello.", stop="novel_reason"),), "done", (), ("hi", "Hello."), 1, 1),
}  # fmt: skip


async def stage(api: MessagesApi, repo: Path, fault: Fault) -> Rig:
    """An engine that talks to the server over the real SDK."""
    model = "claude-haiku-5-5" if fault.thinker else "claude-haiku-4-5"
    built = rig(repo, model=model, settings=Settings(api_key="key", retries=fault.retries))
    patience = 5.0 if "stall" in str(fault.answers) else 60.0  # the words before the stall may take some seconds
    provider = ClaudeProvider(api_key="key", base_url=api.url, timeout=patience)
    built.engine.ports = replace(built.engine.ports, provider=provider)
    return built


@pytest.fixture
async def talk(api: MessagesApi, repo: Path) -> AsyncIterator[Rig]:
    """An engine that talks to the server, with four retries."""
    built = await stage(api, repo, Fault((), "", (), retries=4))
    yield built
    await built.engine.close()


def texts(session: Session) -> tuple[str, ...]:
    return tuple(message.text for message in session.messages)


def seen(events: list[Event]) -> str:
    """All that a face would show of notices, countdowns and the end."""
    lines = [event.text for event in events if isinstance(event, Notice)]
    lines += [f"countdown {event.wait:g}: {event.reason}" for event in events if isinstance(event, Retrying)]
    return "\n".join([*lines, *(event.reason for event in events if isinstance(event, TurnEnded))])


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_said_the_session_stays_valid_and_the_bill_true(
    api: MessagesApi, repo: Path, name: str
) -> None:
    fault = FAULTS[name]
    talk = await stage(api, repo, fault)
    session = talk.engine.session
    api.answer(*fault.answers)
    events = await talk.run("hi")
    assert events[-1] == TurnEnded(fault.stop, events[-1].reason)  # type: ignore[union-attr] # the left side says it
    assert [words for words in fault.sees if words not in seen(events)] == []
    assert bool(fault.sees) == bool(seen(events)), "silence where there is nothing to say"
    assert not any(isinstance(event, ToolStarted) for event in events)
    assert texts(session) == fault.kept
    assert (len(api.requests), api.unused) == (fault.asked, 0)
    assert (session.total.requests, session.total.estimated) == (fault.billed, fault.counted)
    assert session.total.usage.prompt == (api.cache.billed if fault.billed else 0), "what the server counted"
    assert (await talk.run("again"))[-1] == TurnEnded("done")
    assert texts(session)[-1] == "OK."
    await talk.engine.close()


class TestWaiting:
    """What a person sees while nothing comes, and that Esc ends it."""

    async def test_a_countdown_can_be_stopped_and_costs_nothing(self, api: MessagesApi, talk: Rig) -> None:
        api.answer(Fail(429, "Slow down", retry_after=100))
        waits = asyncio.Event()

        async def watch() -> None:
            async with aclosing(talk.engine.submit("hi", ScriptedAsker())) as events:
                async for event in events:
                    if isinstance(event, Retrying):
                        assert (event.wait, event.attempt, event.attempts) == (100.0, 2, 5)
                        waits.set()

        task = asyncio.create_task(watch())
        await waits.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (texts(talk.engine.session), talk.engine.session.total.requests) == ((), 0)
        assert (await talk.run("again"))[-1] == TurnEnded("done")

    @pytest.mark.parametrize("after", [0, 8])
    async def test_a_long_silence_is_said_once_and_the_answer_still_taken(
        self, api: MessagesApi, talk: Rig, after: int
    ) -> None:
        pause = Pause(after=after)
        api.answer(Say("Hello there.", pause=pause))
        talk.engine.quiet = 0.05
        heard: list[Event] = []
        async with aclosing(talk.engine.submit("hi", ScriptedAsker())) as events:
            async for event in events:
                heard.append(event)
                if isinstance(event, Notice):
                    pause.go.set()
        notices = [event for event in heard if isinstance(event, Notice)]
        assert notices == [Notice("The model has sent nothing to show for 0.05 seconds; still waiting.")]
        assert heard[-1] == TurnEnded("done")
        assert "".join(event.text for event in heard if isinstance(event, TextDelta)) == "Hello there."

    async def test_stopping_in_a_silence_hangs_up_and_keeps_and_bills_what_was_said(
        self, api: MessagesApi, talk: Rig
    ) -> None:
        api.answer(Say("Hello there.", pause=Pause(after=8)))
        talk.engine.quiet = 0.05
        silent = asyncio.Event()

        async def watch() -> None:
            said = ""
            async with aclosing(talk.engine.submit("hi", ScriptedAsker())) as events:
                async for event in events:
                    said += event.text if isinstance(event, TextDelta) else ""
                    if isinstance(event, Notice) and said:  # a busy machine is silent before the answer too
                        silent.set()

        task = asyncio.create_task(watch())
        await silent.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(api.hung_up.wait, 30)
        assert texts(talk.engine.session) == ("hi", "Hello th\n[stopped by the user]")
        assert (talk.engine.session.total.requests, talk.engine.session.total.estimated) == (1, True)
        assert (await talk.run("again"))[-1] == TurnEnded("done")

    async def test_no_server_at_all_is_said_with_its_address(self, talk: Rig) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        gone = ClaudeProvider(api_key="key", base_url=url)
        talk.engine.ports = replace(talk.engine.ports, provider=gone)
        talk.engine.settings = replace(talk.engine.settings, retries=0)
        ended = (await talk.run("hi"))[-1]
        assert isinstance(ended, TurnEnded)
        assert (ended.stop, url in ended.reason, texts(talk.engine.session)) == ("failed", True, ())


class TestInTheMiddleOfWork:
    """Faults after a tool has run."""

    async def test_what_was_found_out_before_the_fault_is_kept(self, api: MessagesApi, talk: Rig) -> None:
        talk.engine.settings = replace(talk.engine.settings, retries=0)
        api.answer(Say("", tools=[("read", {"path": "app.py"})]), Break("", "reset"))
        ended = (await talk.run("look"))[-1]
        assert isinstance(ended, TurnEnded)
        assert ended.stop == "failed"
        assert [m.role for m in talk.engine.session.messages] == ["user", "assistant", "user"]
        assert talk.engine.session.total.requests == 2
        assert (await talk.run("again"))[-1] == TurnEnded("done")
        assert api.requests[-1]["messages"][2]["content"][0]["type"] == "tool_result"

    async def test_a_lost_connection_keeps_the_words_that_came_and_bills_an_estimate(
        self, api: MessagesApi, talk: Rig
    ) -> None:
        pause = Pause(after=8)
        api.answer(Break("Hello there", "reset", pause=pause))
        heard: list[Event] = []
        async with aclosing(talk.engine.submit("hi", ScriptedAsker())) as events:
            async for event in events:
                heard.append(event)
                if isinstance(event, TextDelta):
                    pause.go.set()
        assert "connection was lost" in seen(heard)
        session = talk.engine.session
        assert texts(session)[0] == "hi"
        assert texts(session)[1].startswith("Hello th")
        assert texts(session)[1].endswith(BROKE)
        assert (session.total.requests, session.total.estimated) == (1, True)
        assert session.total.usage.prompt == api.cache.billed
        assert (len(api.requests), (await talk.run("again"))[-1]) == (1, TurnEnded("done"))

    async def test_bytes_that_are_no_stream_are_an_answer_that_broke_off_and_may_have_cost(
        self, api: MessagesApi, talk: Rig
    ) -> None:
        talk.engine.settings = replace(talk.engine.settings, retries=0)
        api.answer(Replay(b"event: ping\ndata: \xff{\n\n"))
        assert "broke off" in seen(await talk.run("hi"))
        assert (texts(talk.engine.session), talk.engine.session.total.estimated) == ((), True)
        assert (await talk.run("again"))[-1] == TurnEnded("done")

    async def test_a_refusal_after_a_write_says_that_the_files_stay_written(
        self, api: MessagesApi, repo: Path, talk: Rig
    ) -> None:
        api.answer(Say("", tools=[("edit", EDIT)]), Say("", stop="refusal", category="bio"))
        ended = (await talk.run("fix @app.py"))[-1]
        assert isinstance(ended, TurnEnded)
        assert "(bio)" in ended.reason
        assert "written to files before stays; /undo" in ended.reason
        assert "import os" not in (repo / "app.py").read_text()
        assert texts(talk.engine.session) == ()
        assert (await talk.run("again"))[-1] == TurnEnded("done")
        assert "import sys" in str(api.requests[-1]["messages"]), "the file is sent again as it is now"

    async def test_a_pause_is_sent_back_as_it_came(self, api: MessagesApi, talk: Rig) -> None:
        api.answer(Say("Looking ", stop="pause_turn"), Say("found."))
        await talk.run("hi")
        assert api.requests[1]["messages"][-1] == {
            "role": "assistant", "content": [{"type": "text", "text": "Looking "}],
        }  # fmt: skip
        assert talk.engine.session.messages[-1].parts == (Text("Looking "), Text("found."))

    async def test_events_blocks_and_deltas_of_tomorrow_are_passed_over(self, api: MessagesApi, talk: Rig) -> None:
        api.answer(Replay((RECORDINGS / "unknown.sse").read_bytes(), chunk=7))
        assert (await talk.run("hi"))[-1] == TurnEnded("done")
        assert texts(talk.engine.session) == ("hi", "Here.")
        assert (await talk.run("again"))[-1] == TurnEnded("done")

    async def test_a_call_that_a_server_ends_without_its_own_stop_reason_is_run(
        self, api: MessagesApi, talk: Rig
    ) -> None:
        """Some servers that speak the API say end_turn after a whole call."""
        api.answer(Say("", tools=[("list", {})], stop="end_turn"), Say("Two files."))
        events = await talk.run("which files?")
        assert [event.name for event in events if isinstance(event, ToolStarted)] == ["list"]
        assert texts(talk.engine.session)[-1] == "Two files."
