"""Edits land together, in files the model has seen; files are made, moved and deleted only as the user wants."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from haikuterm.core.changes import FileChange
from haikuterm.core.events import Event, Notice, ToolEnded, TurnEnded
from tests.scripted import Rig, ScriptedAsker, calls, refuse, rig, says

OS, SYS = ("app.py", "import os\n", ""), ("app.py", "import sys\n", "import sys  # argv\n")
WRONG = ("app.py", "import json\n", "")
HEAD = ["TurnStarted", "Charged"]
LANDED = ["ToolStarted", "EditsProposed", "EditsApplied", "Checked", "ToolEnded"]
OVER = ["TextDelta", "Charged", "TurnEnded"]


def edits(*rows: tuple[str, str, str]) -> dict[str, object]:
    """The input of a call of `edit`."""
    return {"edits": [{"path": path, "old": old, "new": new} for path, old, new in rows]}


def edit(*rows: tuple[str, str, str], id: str = "t1"):  # noqa: A002 - as in the API
    """An answer that calls `edit`."""
    return calls("edit", edits(*rows), id=id)


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def outputs(events: list[Event]) -> list[ToolEnded]:
    return [event for event in events if isinstance(event, ToolEnded)]


async def test_an_edit_of_a_file_never_seen_shows_its_lines_and_lands_when_it_comes_again(repo: Path) -> None:
    r = rig(repo, edit(OS), edit(OS, id="t2"), says("ok"))
    events = await r.run("fix")
    assert kinds(events) == [*HEAD, "ToolStarted", "ToolEnded", "Charged", *LANDED, *OVER]
    first, second = outputs(events)
    assert (first.ok, first.summary) == (False, "edit: app.py was not read yet")
    assert "1\timport os\n2\timport sys\n3\t\n" in first.output
    assert "nothing was written" in first.output
    assert second.ok
    assert not (repo / "app.py").read_text().startswith("import os")


async def test_only_the_lines_in_question_of_a_long_file_are_shown(repo: Path) -> None:
    (repo / "long.py").write_text("".join(f"x{n} = {n}\n" for n in range(1, 500)))
    wanted = edit(("long.py", "x200 = 200\n", "x200 = 0\n"), ("long.py", "x400 = 4o0\ny = 1\n", "x400 = 0\n"))
    ended = outputs(await rig(repo, wanted, says("ok")).run("fix"))[0]
    rows = [row for row in ended.output.split("\n") if "\t" in row]
    assert rows[:7] == [f"{n}\tx{n} = {n}" for n in range(197, 204)]
    assert "400\tx400 = 400" in rows
    assert len(rows) < 20


async def test_text_that_is_nowhere_like_the_file_is_said_once_and_fails_then(repo: Path) -> None:
    (repo / "long.py").write_text("x = 1\n" * 100)
    wrong = ("long.py", "%%%%%%%%\n", "")
    events = await rig(repo, edit(wrong), edit(wrong, id="2"), edit(wrong, id="3")).run("fix")
    first, second, third = outputs(events)
    assert "nothing in its 100 lines is like" in first.output
    assert "not in the file" in second.output
    assert second.output == third.output
    assert events[-1].stop == "cut_off"


@pytest.mark.parametrize(
    ("prompt", "looks"),
    [
        ("fix @app.py", None),
        ("fix", ("read", {"path": "app.py"})),
        ("fix", ("read", {"path": "app.py", "start": 2, "end": 3})),
        ("fix", ("search", {"pattern": "argv"})),
        ("ruff says\n1 | import os\n  | ^^ F401\nfix it", None),
        ("why?\r\nimport os\r\n", None),
    ],
)
async def test_what_the_model_was_shown_it_may_edit_at_once(
    repo: Path, prompt: str, looks: tuple[str, dict[str, object]] | None
) -> None:
    before = [calls(*looks, id="t0")] if looks else []
    events = await rig(repo, *before, edit(OS), says("ok")).run(prompt)
    assert outputs(events)[-1].ok
    assert not (repo / "app.py").read_text().startswith("import os")


@pytest.mark.parametrize("prompt", ["fix", "is important in it?", "what does import osmosis do?"])
async def test_words_that_only_hold_the_text_do_not_show_the_file(repo: Path, prompt: str) -> None:
    ended = outputs(await rig(repo, edit(OS), says("ok")).run(prompt))[0]
    assert "not seen app.py" in ended.output


async def test_a_read_beyond_the_end_shows_nothing(repo: Path) -> None:
    r = rig(repo, calls("read", {"path": "app.py", "start": 99}), edit(OS, id="t2"), says("ok"))
    assert not outputs(await r.run("fix"))[1].ok


async def test_what_we_made_or_changed_ourselves_is_known(repo: Path) -> None:
    made = calls("create", {"path": "new.py", "text": "a = 1\nb = 2\n"})
    change = edit(("new.py", "a = 1", "a = 3"), id="t2")
    again = edit(("new.py", "b = 2", "b = 4"), id="t3")
    events = await rig(repo, made, change, again, says("ok")).run("make new.py")
    assert [ended.ok for ended in outputs(events)] == [True, True, True]
    assert (repo / "new.py").read_text() == "a = 3\nb = 4\n"


async def test_a_cleared_conversation_has_seen_nothing(repo: Path) -> None:
    r = rig(repo, calls("read", {"path": "app.py"}), says("ok"), edit(OS), says("ok"))
    await r.run("read app.py")
    await r.run("/clear")
    assert "not seen app.py" in outputs(await r.run("fix"))[0].output


async def test_a_resumed_conversation_has_seen_what_its_messages_hold(repo: Path) -> None:
    r = rig(repo, calls("read", {"path": "app.py"}), calls("search", {"pattern": "app"}, id="t2"), says("ok"))
    await r.run("read app.py")
    again = rig(repo)
    again.engine.resume(again.engine.ports.store.last(str(repo)))
    session = again.engine.session
    assert session.knows("app.py", "import os\nimport sys\n")
    assert session.knows("README.md", "# app")
    assert not session.knows("README.md", "# App")


async def test_only_the_failed_edits_are_asked_for_again_and_all_land_as_one_step(repo: Path) -> None:
    before = (repo / "app.py").read_bytes()
    fine = ("README.md", "# app", "# The app")
    r = rig(repo, edit(OS, WRONG, fine), edit(SYS, id="t2"), says("ok"))
    asker = ScriptedAsker()
    events = await r.run("fix @app.py and @README.md", asker)
    assert kinds(events)[2:] == [*HEAD, "ToolStarted", "ToolEnded", "Charged", *LANDED, *OVER]
    first, second = outputs(events)
    assert "Edit 2 of 3 (app.py): the old text is not in the file" in first.output
    assert "Edit 1, 3 fits and is kept" in first.output
    assert second.output.endswith("The 2 edits kept from before were part of this and written too.")
    assert [p.paths for p in asker.proposals] == [("app.py", "README.md")]
    assert (repo / "app.py").read_text().startswith("import sys  # argv\n")
    assert (repo / "README.md").read_text() == "# The app\n"
    await r.run("/undo")
    assert ((repo / "app.py").read_bytes(), (repo / "README.md").read_text()) == (before, "# app\n")


@pytest.mark.parametrize("new", ["", "import io\n"])
async def test_a_kept_edit_that_comes_again_counts_once_and_as_it_came_last(repo: Path, new: str) -> None:
    r = rig(repo, edit(OS, WRONG), edit(("app.py", "import os\n", new), SYS, id="t2"), says("ok"))
    second = outputs(await r.run("fix @app.py"))[1]
    assert second.ok
    assert "kept from before" not in second.output
    assert (repo / "app.py").read_text().startswith(f"{new}import sys  # argv\n")


async def test_an_edit_of_the_same_lines_comes_in_place_of_a_kept_one(repo: Path) -> None:
    """A model that sends all edits again, one of them with a line more around it, is not told that it came too late."""
    wider = ("app.py", "import os\nimport sys\n\n", "import io\nimport sys\n\n")
    r = rig(repo, edit(OS, WRONG), edit(wider, id="t2"), says("ok"))
    second = outputs(await r.run("fix @app.py"))[1]
    assert second.ok
    assert "kept from before" not in second.output
    assert (repo / "app.py").read_text().startswith("import io\nimport sys\n\n")


async def test_kept_edits_stay_kept_while_the_others_fail(repo: Path) -> None:
    r = rig(repo, edit(OS, WRONG), edit(("app.py", "import re\n", ""), id="t2"), edit(SYS, id="t3"), says("ok"))
    _, second, third = outputs(await r.run("fix @app.py"))
    assert second.output.endswith("(Edit 1 is the one kept from before; still kept.)")
    assert third.ok
    assert (repo / "app.py").read_text().startswith("import sys  # argv\n")


async def test_kept_edits_that_no_longer_fit_are_let_go_and_said(repo: Path) -> None:
    r = rig(repo, edit(OS, WRONG), edit(SYS, id="t2"), says("ok"))
    events: list[Event] = []
    async with aclosing(r.engine.submit("fix @app.py", ScriptedAsker())) as stream:
        async for event in stream:
            if isinstance(event, ToolEnded):
                (repo / "app.py").write_text("import sys\n")
            events.append(event)
    assert "no longer kept: 1" in outputs(events)[1].output


async def test_kept_edits_that_never_land_are_said_to_the_user_and_to_the_model(repo: Path) -> None:
    r = rig(repo, edit(OS, WRONG), says("Never mind."), edit(SYS, id="t2"), says("ok"))
    events = await r.run("fix @app.py")
    assert events[-2:] == [
        Notice("1 edit (app.py) fitted, but the rest never came. Nothing was written; ask again.", "warning"),
        TurnEnded("done"),
    ]
    assert outputs(await r.run("then only the other one"))[0].ok
    assert "were not written" in r.provider.requests[2].messages[-1].text
    assert (repo / "app.py").read_text().startswith("import os\nimport sys  # argv\n")


async def test_an_edit_the_user_did_not_accept_is_not_kept(repo: Path) -> None:
    r = rig(repo, edit(OS, WRONG), edit(SYS, id="t2"), says("ok"))
    events = await r.run("fix @app.py", refuse("leave it"))
    assert "The edit kept from before was part of this." in outputs(events)[1].output
    assert not any(isinstance(e, Notice) for e in events)
    assert r.engine.session.held == ()


async def test_the_same_failed_call_twice_ends_the_turn_also_with_kept_edits(repo: Path) -> None:
    r = rig(repo, edit(OS, WRONG), edit(OS, WRONG, id="t2"))
    events = await r.run("fix @app.py")
    assert kinds(events)[-2:] == ["Notice", "TurnEnded"]
    assert events[-1].stop == "cut_off"


async def test_an_edit_that_is_done_already_is_recognised(repo: Path) -> None:
    change = ("app.py", "import os\n", "import io\n")
    r = rig(repo, edit(change), edit(change, id="t2"), says("ok"))
    assert "applied already" in outputs(await r.run("fix @app.py"))[1].output


@dataclass
class Shell:
    """Knows one language, in which a line `fi` is missing."""

    def newly_broken(self, change: FileChange) -> str:
        broken = change.path.endswith(".sh") and b"fi" not in (change.after or b"")
        return "line 1: if without fi" if broken else ""


def with_grammars(r: Rig) -> Rig:
    r.engine.ports = replace(r.engine.ports, grammars=Shell())
    return r


async def test_other_languages_are_parsed_too_and_kept_edits_outlive_it(repo: Path) -> None:
    (repo / "a.sh").write_text("if x; then y\nfi\n")
    fine, breaks = ("a.sh", "then y", "then z"), ("a.sh", "fi\n", "")
    r = with_grammars(rig(repo, edit(fine, WRONG), edit(breaks, id="t2"), edit(OS, id="t3"), says("ok")))
    _, second, third = outputs(await r.run("fix @a.sh @app.py"))
    assert second.output.startswith("a.sh would not parse any more, line 1: if without fi.\nNothing was written.")
    assert third.ok
    assert (repo / "a.sh").read_text() == "if x; then z\nfi\n"


async def made(repo: Path, path: str, text: str) -> ToolEnded:
    """What the creation of a file comes to."""
    return outputs(await with_grammars(rig(repo, calls("create", {"path": path, "text": text}), says("ok"))).run("go"))[
        0
    ]


async def test_a_new_file_is_written_as_the_folder_says(repo: Path) -> None:
    (repo / ".editorconfig").write_text(
        "root = true\n[*.txt]\ncharset = utf-8-bom\nend_of_line = crlf\ninsert_final_newline = true\n"
        "[*.old]\ncharset = latin1\n"
    )
    assert (await made(repo, "a.txt", "\ufeffé\nb")).ok
    assert (repo / "a.txt").read_bytes() == b"\xef\xbb\xbf\xc3\xa9\r\nb\r\n"
    assert (await made(repo, "a.old", "é")).ok
    assert (repo / "a.old").read_bytes() == b"\xe9"
    assert "which has no '→'" in (await made(repo, "b.old", "a → b")).output
    assert not (repo / "b.old").exists()


async def test_a_new_file_without_rules_keeps_its_end(repo: Path) -> None:
    assert (await made(repo, "a.txt", "x\r\ny")).ok
    assert (repo / "a.txt").read_bytes() == b"x\ny"


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("app.py", "x = 1\n", "exists already"),
        ("a.py", "def f(:\n", "line 1: "),
        ("a.json", '{"a": 1,}', "line 1: "),
        ("a.json", "", "line 1: "),
        ("a.toml", "a = \n", "would not parse"),
        ("a.sh", "if x; then y\n", "line 1: if without fi"),
        ("a.py", "import os\n# ... rest of the code\n", "leaves code out"),
        ("a.txt", "\ud83d", "which has no '\\ud83d'"),
        ("key.pem", "x", "for secrets"),
        ("../a.py", "x", "leads out of"),
    ],
)
async def test_a_new_file_that_is_not_right_is_not_made(repo: Path, path: str, text: str, why: str) -> None:
    before = sorted(p.name for p in repo.iterdir())
    ended = await made(repo, path, text)
    assert not ended.ok
    assert why in ended.output
    assert sorted(p.name for p in repo.iterdir()) == before


@pytest.mark.parametrize(("path", "text"), [("a.py", ""), ("a.json", "[]"), ("a.toml", "a = 1\n"), ("a.md", "# a\n")])
async def test_a_new_file_that_is_right_is_made(repo: Path, path: str, text: str) -> None:
    assert (await made(repo, path, text)).ok
    assert (repo / path).read_text() == text
