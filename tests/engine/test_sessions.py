"""Conversations: a new one, an earlier one, their names; and the words that leave."""

from __future__ import annotations

from pathlib import Path

import pytest

from haikuterm.core.events import Cleared, ModelChanged, Notice, QuitAsked, VimChanged
from tests.scripted import ScriptedAsker, rig, says


async def test_a_new_conversation_is_empty_and_the_old_one_comes_back(repo: Path) -> None:
    r = rig(repo, says("hi"), says("again"))
    await r.run("hello @app.py")
    session, old = r.engine.session, r.engine.session.id
    assert await r.run("/new") == [Cleared(all=True)]
    assert session.id != old
    assert (session.messages, session.attachments, session.total.requests) == ([], {}, 0)
    events = await r.run(f"/resume {old}")
    assert session.id == old
    assert [message.role for message in session.messages] == ["user", "assistant"]
    assert session.total.requests == 1
    assert [*session.attachments] == ["app.py"]
    assert [event.text for event in events if isinstance(event, Notice)] == [
        f"Going on with session {old}: 1 prompt so far.",
        "hi",
    ]
    await r.run("more")
    assert [message.role for message in r.provider.requests[-1].messages] == ["user", "assistant", "user"]


async def test_resume_lists_the_conversations_of_this_folder_by_name(repo: Path) -> None:
    r = rig(repo, says("a"), says("b"))
    await r.run("first prompt")
    first = r.engine.session.id
    await r.run("/rename the  first")
    await r.run("/new")
    await r.run("second prompt")
    asker = ScriptedAsker(choice=first)
    await r.run("/sessions", asker)
    (question,) = asker.questions
    assert [option.label for option in question.options] == ["second prompt", "the first"]
    assert [option.cells[1] for option in question.options] == ["2 messages", "2 messages"]
    assert r.engine.session.id == first


async def test_a_conversation_keeps_its_model(repo: Path) -> None:
    r = rig(repo, says("a"), model="haiku")
    await r.run("hello")
    old, model = r.engine.session.id, r.engine.session.model
    await r.run("/new")
    await r.run("/model sonnet")
    assert r.engine.session.model != model
    events = await r.run(f"/resume {old}")
    assert r.engine.session.model == model
    assert any(isinstance(event, ModelChanged) and event.new == model.id for event in events)


@pytest.mark.parametrize(
    ("line", "why"),
    [("/resume", "no earlier conversation"), ("/resume nope", "no conversation nope in this folder")],
)
async def test_what_is_not_there_is_said(repo: Path, line: str, why: str) -> None:
    r = rig(repo)
    (notice,) = await r.run(line)
    assert why in notice.text


async def test_resuming_the_present_conversation_changes_nothing(repo: Path) -> None:
    r = rig(repo, says("a"))
    await r.run("hello")
    (notice,) = await r.run(f"/resume {r.engine.session.id}")
    assert notice.text == "That is the conversation you are in."
    assert len(r.engine.session.messages) == 2


async def test_a_name_can_be_taken_back(repo: Path) -> None:
    r = rig(repo, says("a"))
    await r.run("hello")
    await r.run("/rename x")
    (kept,) = r.engine.ports.store.kept(str(repo))
    assert kept.name == "x"
    await r.run("/rename")
    (kept,) = r.engine.ports.store.kept(str(repo))
    assert kept.name == "hello"


@pytest.mark.parametrize("line", ["exit", "quit", ":q", "q", "/exit", "/q"])
async def test_the_words_that_leave_a_shell_leave(repo: Path, line: str) -> None:
    r = rig(repo)
    assert await r.run(line) == [QuitAsked()]
    assert r.provider.requests == []


@pytest.mark.parametrize(("alias", "name"), [("usage", "cost"), ("stats", "cost"), ("t dark", "theme dark")])
async def test_names_of_other_tools_are_understood(repo: Path, alias: str, name: str) -> None:
    assert await rig(repo).run(f"/{alias}") == await rig(repo).run(f"/{name}")


async def test_vim_is_turned_on_and_off_and_kept(repo: Path) -> None:
    r = rig(repo)
    assert (await r.run("/vim"))[0] == VimChanged(True)
    assert (await r.run("/vim"))[0] == VimChanged(False)
    assert (await r.run("/vim on"))[0] == VimChanged(True)
    (notice,) = await r.run("/vim maybe")
    assert "Say /vim" in notice.text


async def test_run_is_the_exclamation_mark_by_another_name(repo: Path) -> None:
    r = rig(repo)
    asker = ScriptedAsker(choice="no")
    (notice,) = await r.run("/run make test", asker)
    assert asker.questions[0].title == "Run in your shell: make test"
    assert notice.text == "Not run."
