"""/diff shows what the conversation changed; /commit commits that, and nothing else, when asked."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.core.changes import FileChange
from haikuterm.core.events import ChangesShown, Charged, Notice
from haikuterm.core.settings import Settings
from tests.scripted import Rig, ScriptedAsker, calls, rig, says

OLD = "import os\nimport sys\n\n\ndef main() -> int:\n    return len(sys.argv)\n"
NEW = OLD.replace("import os\n", "")
EDIT = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}


def git(repo: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=repo, check=True, capture_output=True, text=True).stdout


async def edited(repo: Path, *more: object, settings: Settings | None = None) -> Rig:
    r = rig(repo, calls("edit", EDIT), says("ok"), *more, settings=settings)  # type: ignore[arg-type]
    await r.run("drop the import in @app.py")
    return r


def texts(events: list[object]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


async def test_diff_shows_the_first_and_the_last_bytes_of_each_file(repo: Path) -> None:
    again = {"edits": [{"path": "app.py", "old": "len(sys.argv)", "new": "0"}]}
    r = await edited(repo, calls("edit", again), says("ok"))
    await r.run("and more")
    change = FileChange("app.py", OLD.encode(), NEW.replace("len(sys.argv)", "0").encode())
    assert await r.run("/diff") == [ChangesShown("1 file changed in this conversation", (change,))]
    assert await r.run("/diff README.md") == [Notice("This conversation changed nothing there.")]
    await r.run("/undo")
    await r.run("/undo")
    assert await r.run("/diff") == [Notice("This conversation changed no file yet.")]


async def test_diff_is_of_this_conversation_only(repo: Path) -> None:
    await edited(repo)
    assert await rig(repo).run("/diff") == [Notice("This conversation changed no file yet.")]


async def test_a_commit_holds_our_files_only_and_leaves_the_index_alone(repo: Path) -> None:
    (repo / "README.md").write_text("# mine\n")
    git(repo, "add", "README.md")
    (repo / "loose.txt").write_text("loose\n")
    r = await edited(repo)
    shown, done = texts(await r.run("/commit Drop the unused import", ScriptedAsker(choice="yes")))
    assert shown == "Drop the unused import\n\nfor app.py"
    assert "Drop the unused import" in done
    assert git(repo, "show", "--name-only", "--format=%B").split() == ["Drop", "the", "unused", "import", "app.py"]
    assert git(repo, "status", "--porcelain") == "M  README.md\n?? loose.txt\n"
    assert "nothing to commit" in texts(await r.run("/commit again", ScriptedAsker(choice="yes")))[0]


async def test_the_model_writes_the_message_in_one_request_that_is_shown_and_charged(repo: Path) -> None:
    r = await edited(repo, says("```\nDrop an unused import\n```"))
    events = await r.run("/commit", ScriptedAsker(choice="yes"))
    (charged,) = [event for event in events if isinstance(event, Charged)]
    assert charged.charge.purpose == "commit message"
    assert git(repo, "log", "-1", "--format=%B").strip() == "Drop an unused import"
    sent = r.provider.requests[-1]
    assert "-import os" in sent.messages[0].text
    assert "drop the import in" in sent.messages[0].text
    assert sent.tools == ()
    assert len(r.engine.session.messages) == 4  # the conversation does not hold it


async def test_nothing_is_committed_without_a_yes_and_the_message_can_be_edited(repo: Path) -> None:
    r = await edited(repo)
    assert texts(await r.run("/commit Words"))[-1] == "Nothing was committed."
    assert git(repo, "rev-list", "--count", "HEAD").strip() == "1"

    class Edits(ScriptedAsker):
        async def choose(self, question: object) -> str | None:
            self.questions.append(question)  # type: ignore[arg-type]
            return "edit" if len(self.questions) == 1 else "yes"

    await r.run("/commit Words", Edits(rewrite=lambda text: f"Better {text}"))
    assert git(repo, "log", "-1", "--format=%B").strip() == "Better Words"


async def test_a_trailer_stands_only_where_it_is_set(repo: Path) -> None:
    settings = replace(Settings(api_key="test"), commit_trailer="Assisted-by: haikuterm")
    r = await edited(repo, settings=settings)
    await r.run("/commit Words", ScriptedAsker(choice="yes"))
    assert git(repo, "log", "-1", "--format=%B").strip() == "Words\n\nAssisted-by: haikuterm"


async def test_a_file_that_also_holds_other_changes_is_said_before(repo: Path) -> None:
    (repo / "app.py").write_text(OLD + "\n\nMINE = 1\n")
    r = await edited(repo)
    assert texts(await r.run("/commit Words"))[0] == (
        "app.py: holds other uncommitted changes too; they go into the commit."
    )


@pytest.mark.parametrize("hook", ["exit 1", "echo 'no spaces please' >&2; exit 1"])
async def test_a_hook_that_refuses_is_heard_and_nothing_is_committed(repo: Path, hook: str) -> None:
    script = repo / ".git" / "hooks" / "pre-commit"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\n{hook}\n")
    script.chmod(0o755)
    r = await edited(repo)
    said = texts(await r.run("/commit Words", ScriptedAsker(choice="yes")))[-1]
    assert ("no spaces please" in said) is ("spaces" in hook)
    assert git(repo, "rev-list", "--count", "HEAD").strip() == "1"
    assert git(repo, "status", "--porcelain") == " M app.py\n"


async def test_a_new_file_is_committed_and_outside_of_git_it_is_said(repo: Path, tmp_path: Path) -> None:
    r = rig(repo, calls("create", {"path": "new.py", "text": "a = 1\n"}), says("ok"))
    await r.run("make new.py")
    await r.run("/commit Add it", ScriptedAsker(choice="yes"))
    assert git(repo, "show", "--name-only", "--format=").split() == ["new.py"]
    plain = tmp_path / "plain"
    plain.mkdir()
    assert "not in a git repository" in texts(await rig(plain).run("/commit x"))[0]
