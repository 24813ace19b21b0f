"""Commands that people know from other programs: a copy of the session, a step back, questions, a first AGENTS.md."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.core.errors import ProviderError
from haikuterm.core.events import Drafted, EditsApplied, Event, Notice, ShellEnded, TurnEnded
from haikuterm.core.messages import Message
from haikuterm.core.ports import Verdict
from haikuterm.engine.commands import COMMANDS, find
from tests.scripted import ScriptedAsker, calls, refuse, rig, says

EDIT: dict[str, object] = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}


def texts(events: list[Event]) -> str:
    return "\n".join(event.text for event in events if isinstance(event, Notice))


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("models", "model"), ("sessions", "resume"), ("continue", "resume"), ("branch", "fork"), ("edit", "editor"),
        ("compress", "compact"), ("summarize", "compact"), ("save", "export"), ("share", "export"), ("t", "theme"),
        ("themes", "theme"), ("settings", "config"), ("name", "rename"), ("usage", "cost"), ("stats", "cost"),
        ("approvals", "permissions"), ("q", "quit"), ("exit", "quit"), ("?", "help"), ("think", "thinking"),
    ],
)  # fmt: skip
def test_a_name_from_elsewhere_is_known(name: str, means: str) -> None:
    assert find(name) == COMMANDS[means]


async def test_a_fork_goes_on_alone_and_the_first_one_stays(repo: Path) -> None:
    r = rig(repo, says("one"), says("two"))
    await r.run("hello")
    session, first = r.engine.session, r.engine.session.id
    session.writes = "accepted"
    said = texts(await r.run("/fork the other way"))
    assert f"/resume {first} goes back" in said
    assert session.id != first
    assert (session.total.requests, session.writes) == (0, "asked")
    await r.run("more")
    kept = {kept.id: (kept.name, kept.messages) for kept in r.engine.ports.store.kept(session.root)}
    assert kept == {first: ("hello", 2), session.id: ("the other way", 4)}
    assert r.provider.requests[1].messages[:2] == (*r.provider.requests[0].messages, session.messages[1])
    assert texts(await rig(repo).run("/branch")).startswith("There is nothing to copy yet")


async def test_rewind_goes_back_to_before_a_prompt_and_compact_undo_brings_it_back(repo: Path) -> None:
    r = rig(repo, says("one"), says("two"), says("three"))
    await r.run("first @app.py")
    await r.run("second\nline")
    before = list(r.engine.session.messages)
    asker = ScriptedAsker(choice="2")
    events = await r.run("/rewind", asker)
    assert [option.label for option in asker.questions[0].options] == ["second line", "first app.py"]
    assert events[-1] == Drafted("second\nline")
    assert r.engine.session.messages == before[:2]
    saved = r.engine.ports.store.load(r.engine.session.root, r.engine.session.id)
    assert saved is not None
    assert list(saved.messages) == before[:2]
    await r.run("/compact undo")
    assert r.engine.session.messages == before
    await r.run("/rewind", ScriptedAsker(choice="0"))
    assert r.engine.session.messages == []
    await r.run("first again")
    assert "import os" in r.provider.requests[-1].messages[0].text, "the attached file is sent anew"
    assert len(await r.run("/rewind", ScriptedAsker(choice=None))) == 0
    assert texts(await rig(repo).run("/rewind")).startswith("There is nothing to go back to")


async def test_what_is_written_in_the_editor_comes_into_the_input(repo: Path) -> None:
    asker = ScriptedAsker(rewrite=lambda text: f"{text}and more\n\n")
    assert await rig(repo).run("/editor begun", asker) == [Drafted("begun\nand more")]
    assert await rig(repo).run("/edit", ScriptedAsker(rewrite=lambda _: "\n")) == []
    assert "nobody here" in texts(await rig(repo).run("/editor", ScriptedAsker()))


@pytest.mark.parametrize("yes", [False, True])
async def test_nothing_is_written_for_a_question(repo: Path, yes: bool) -> None:
    r = rig(repo, calls("edit", EDIT), says("I would remove the import."))
    r.engine.settings = replace(r.engine.settings, yes=yes)
    before = (repo / "app.py").read_bytes()
    asker = ScriptedAsker()
    events = await r.run("/ask why is os imported in @app.py?", asker)
    assert events[-1] == TurnEnded("done")
    assert (asker.proposals, (repo / "app.py").read_bytes()) == ([], before)
    first, second = r.provider.requests
    assert "The user only asks this time" in first.messages[0].text
    assert first.tools == second.tools
    assert "Nothing was written" in str(second.messages[-1].parts)
    assert (r.engine.session.writes, r.engine.session.notes) == ("asked", ())
    assert texts(await r.run("/ask")).startswith("Say /ask and")


async def test_a_question_has_the_tools_of_a_prompt_so_that_the_cache_serves_both(repo: Path) -> None:
    r = rig(repo, says("a"), says("b"))
    await r.run("/ask what?")
    await r.run("do it")
    one, two = r.provider.requests
    assert (one.tools, one.system) == (two.tools, two.system)
    assert two.messages[:1] == one.messages


async def test_accepted_edits_are_written_at_once_until_they_are_asked_for_again(repo: Path) -> None:
    r = rig(repo, calls("edit", EDIT), says("done"), says("x"))
    assert texts(await r.run("/permissions")).startswith("Each edit is shown and asked for. Commands (`!`) are asked")
    assert "without asking in this session" in texts(await r.run("/permissions accept"))
    assert r.engine.status.accepts
    asker = refuse()
    events = await r.run("remove the import in @app.py", asker)
    assert any(isinstance(event, EditsApplied) for event in events)
    assert asker.proposals == []
    await r.run("/undo")
    assert "import os" in (repo / "app.py").read_text()
    assert r.engine.approvals() == Notice("Each edit is shown and asked for.")
    assert not r.engine.status.accepts
    await r.run("/approvals accept")
    await r.run("/new")
    assert not r.engine.status.accepts, "it is not kept beyond the session"
    assert texts(await r.run("/permissions maybe")).startswith("Say /permissions ask")


async def test_what_removes_a_file_is_asked_for_all_the_same_and_so_is_a_command(repo: Path) -> None:
    r = rig(repo, calls("delete", {"path": "app.py"}), says("done"))
    await r.run("/permissions accept")
    asker = refuse()
    await r.run("delete app.py", asker)
    assert len(asker.proposals) == 1
    assert (repo / "app.py").exists()
    asked = ScriptedAsker(choice="no")
    await r.run("!echo hi", asked)
    assert [question.title for question in asked.questions] == ["Run in your shell: echo hi"]


async def test_where_the_settings_say_yes_the_session_says_nothing_else(repo: Path) -> None:
    r = rig(repo)
    r.engine.settings = replace(r.engine.settings, yes=True)
    assert "-y" in r.engine.approvals().text
    assert (r.engine.session.writes, r.engine.status.accepts) == ("asked", True)


async def test_init_drafts_agents_md_shows_it_and_never_writes_over_one(repo: Path) -> None:
    r = rig(repo)
    seen = refuse()
    await r.run("/init", seen)
    (change,) = seen.proposals[0].files
    assert change.before is None
    assert not (repo / "AGENTS.md").exists()
    events = await r.run("/init", ScriptedAsker(accept=lambda proposal: Verdict(proposal.files)))
    assert any(isinstance(event, EditsApplied) and event.paths == ("AGENTS.md",) for event in events)
    assert (repo / "AGENTS.md").read_bytes() == change.after
    assert texts(await r.run("/init")) == "AGENTS.md is there already and goes with every prompt. It stays as it is."
    assert r.provider.requests == []


async def test_the_tests_of_the_repository_are_found_and_run(repo: Path) -> None:
    r = rig(repo)
    assert texts(await r.run("/test")) == "No file here says how the tests are run. Say it: /test COMMAND."
    (repo / "package.json").write_text('{"scripts": {"test": "x"}}')
    asked = ScriptedAsker(choice="no")
    r.engine.ports.workspace.forget_files()
    await r.run("/test", asked)
    assert [question.title for question in asked.questions] == ["Run in your shell: npm test"]
    events = await r.run("/test true", ScriptedAsker(choice="once"))
    assert [event.command for event in events if isinstance(event, ShellEnded)] == ["true"]


async def test_status_says_where_one_is(repo: Path) -> None:
    r = rig(repo, says("hi"))
    await r.run("hello @app.py")
    said = texts(await r.run("/status"))
    assert f"session: {r.engine.session.id}, 1 prompt\nmodel: haiku-4.5 (claude-haiku-4-5), effort default\n" in said
    assert "files: app.py\nedits: Each edit is shown and asked for.\nspent: $0.0015 in 1 request; /cost" in said


async def test_rewind_leaves_no_tool_call_without_its_result(repo: Path) -> None:
    r = rig(repo, calls("read", {"path": "app.py"}), [ProviderError("gone", "rejected")], says("two"), says("three"))
    await r.run("first")
    await r.run("second")
    before = list(r.engine.session.messages)
    assert len(before) == 4, "the second prompt stands beside what the tool said"
    assert await r.run("/rewind", ScriptedAsker(choice="2"))
    assert r.engine.session.messages == [*before[:2], Message("user", before[2].parts[:1])]
    await r.run("/compact undo")
    assert r.engine.session.messages == before
    await r.run("/rewind", ScriptedAsker(choice="2"))
    assert (await r.run("third"))[-1] == TurnEnded("done")


@pytest.mark.parametrize("question", ["what does main do in @app.py?", "fix the lint in @app.py"])
async def test_a_question_to_a_model_without_tools_is_answered(repo: Path, question: str) -> None:
    before = (repo / "app.py").read_bytes()
    answer = "So:\n```python\ndef main() -> int:\n    return 0\n```\n"
    r = rig(repo, says(answer, served="qwen2.5-coder-0.5b"), model="qwen2.5-coder-0.5b")
    asker = ScriptedAsker()
    assert (await r.run(f"/ask {question}", asker))[-1] == TurnEnded("done")
    assert (asker.proposals, (repo / "app.py").read_bytes()) == ([], before)
    assert r.engine.session.messages[-1].text == answer
