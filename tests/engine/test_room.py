"""How full the window is: the server's last word, and about as much as was said since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from haikuterm.core.messages import Message, Text, ToolResult, ToolUse
from haikuterm.engine.room import Used, used
from tests.scripted import USAGE, Rig, calls, rig, says

SAID = USAGE.prompt + USAGE.output


def gauge(talk: Rig) -> tuple[int, bool]:
    status = talk.engine.status
    return status.context_tokens, status.context_known


async def test_before_the_first_answer_it_is_an_estimate(repo: Path) -> None:
    tokens, known = gauge(rig(repo))
    assert tokens > 0
    assert not known


async def test_after_an_answer_it_is_what_the_server_counted(repo: Path) -> None:
    talk = rig(repo, says("ok"))
    await talk.run("hello")
    assert gauge(talk) == (SAID, True)


async def test_after_tools_it_is_the_last_count_of_all(repo: Path) -> None:
    talk = rig(repo, calls("read", {"path": "app.py"}), says("ok"))
    await talk.run("read it")
    assert gauge(talk) == (SAID, True)


async def test_what_was_said_since_is_added_with_a_mark(repo: Path) -> None:
    talk = rig(repo, says("ok"))
    await talk.run("hello")
    talk.engine.session.say(Text("word " * 100))
    tokens, known = gauge(talk)
    assert SAID + 100 < tokens < SAID + 250
    assert not known


async def test_what_a_tool_said_counts_before_the_model_has_seen_it(repo: Path) -> None:
    session = rig(repo).engine.session
    session.say(Text("read it"))
    session.measured(SAID)
    session.hear(Message("assistant", (Text("I will."), ToolUse("t1", "read", {}))))
    assert used(session) == Used(SAID, known=True)
    session.say(ToolResult("t1", "line\n" * 100))
    assert used(session).tokens > SAID + 100


async def test_a_paused_answer_that_goes_on_is_counted_once(repo: Path) -> None:
    session = rig(repo).engine.session
    session.say(Text("hello"))
    session.hear(Message("assistant", (Text("so far"),)))
    session.measured(SAID)
    session.hear(Message("assistant", (Text("the rest"),)))
    assert used(session) == Used(SAID, known=True)
    session.say(Text("next"))
    assert used(session).tokens > SAID


async def test_a_refused_prompt_takes_no_room(repo: Path) -> None:
    talk = rig(repo, says("ok"), says("", stop="refusal", usage=replace(USAGE, input=9_000)))
    await talk.run("hello")
    before = gauge(talk)
    await talk.run("something bad")
    assert gauge(talk) == before


async def test_another_model_counts_anew(repo: Path) -> None:
    talk = rig(repo, says("ok"))
    await talk.run("hello")
    await talk.run("/model sonnet-5")
    tokens, known = gauge(talk)
    assert tokens > 0
    assert not known


async def test_cleared_it_is_empty_again(repo: Path) -> None:
    talk = rig(repo, says("ok"))
    empty = gauge(talk)
    await talk.run("hello")
    await talk.run("/clear")
    assert gauge(talk) == empty


async def test_resumed_it_is_an_estimate(repo: Path) -> None:
    talk = rig(repo, says("ok " * 200))
    await talk.run("hello")
    again = rig(repo)
    saved = again.engine.ports.store.last(str(repo))
    assert saved is not None
    again.engine.resume(saved)
    tokens, known = gauge(again)
    assert tokens > gauge(rig(repo))[0] + 100
    assert not known
