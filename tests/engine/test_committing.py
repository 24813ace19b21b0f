"""/diff shows what the conversation changed; /commit commits that, and nothing else, when asked."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.core.changes import FileChange
from haikuterm.core.events import ChangesShown, Charged, Event, Notice, TextDelta
from haikuterm.core.ports import Question
from haikuterm.core.settings import Settings
from haikuterm.ui import headless
from tests.scripted import Answer, Rig, ScriptedAsker, calls, rig, says

OLD = "import os\nimport sys\n\n\ndef main() -> int:\n    return len(sys.argv)\n"
NEW = OLD.replace("import os\n", "")
EDIT: dict[str, object] = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}


def git(repo: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=repo, check=True, capture_output=True, text=True).stdout


def hook(repo: Path, name: str, script: str) -> None:
    place = repo / ".git" / "hooks" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)


async def edited(repo: Path, *more: Answer, settings: Settings | None = None) -> Rig:
    r = rig(repo, calls("edit", EDIT), says("ok"), *more, settings=settings)
    await r.run("drop the import in @app.py")
    return r


def texts(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


class Picks(ScriptedAsker):
    """Answers one question after the other with these."""

    def __init__(self, *answers: str, written: str | None = None) -> None:
        super().__init__(rewrite=lambda _: written)
        self.answers = list(answers)

    async def choose(self, question: Question) -> str | None:
        self.questions.append(question)
        return self.answers.pop(0)


def changed(events: Sequence[Event]) -> list[FileChange]:
    return [change for event in events if isinstance(event, ChangesShown) for change in event.files]


def head(repo: Path) -> str:
    return git(repo, "log", "-1", "--format=%B").strip()


async def test_diff_shows_the_first_and_the_last_bytes_of_each_file(repo: Path) -> None:
    again: dict[str, object] = {"edits": [{"path": "app.py", "old": "len(sys.argv)", "new": "0"}]}
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
    assert texts(await r.run("/commit Words", ScriptedAsker(choice="no")))[-1] == "Nothing was committed."
    assert "nobody said yes" in texts(await r.run("/commit Words"))[-1]
    assert git(repo, "rev-list", "--count", "HEAD").strip() == "1"

    await r.run("/commit Words", Picks("edit", "yes", written="Better Words\n"))
    assert head(repo) == "Better Words"


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


@pytest.mark.parametrize("script", ["exit 1", "echo 'no spaces please' >&2; exit 1"])
async def test_a_hook_that_refuses_is_heard_and_nothing_is_committed(repo: Path, script: str) -> None:
    hook(repo, "pre-commit", script)
    r = await edited(repo)
    said = texts(await r.run("/commit Words", ScriptedAsker(choice="yes")))[-1]
    assert ("no spaces please" in said) is ("spaces" in script)
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


# What is whose.

YES = ScriptedAsker(choice="yes")
TEXT = "one\n2\n3\nfour\n5\n6\nseven\n"
NO_CHECKS = Settings(api_key="test", retries=1, check=False)


def edit(old: str, new: str) -> Answer:
    return calls("edit", {"edits": [{"path": "a.txt", "old": old, "new": new}]})


async def written(repo: Path, *more: Answer) -> Rig:
    """A committed file, of which the conversation wrote the first line anew."""
    (repo / "a.txt").write_text(TEXT)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "a")
    r = rig(repo, edit("one", "ONE"), says("ok"), *more, settings=NO_CHECKS)
    await r.run("shout the first of @a.txt")
    return r


def rewrite(repo: Path, old: str, new: str) -> None:
    """As the user does it, in an editor of their own."""
    text = (repo / "a.txt").read_text()
    assert old in text
    (repo / "a.txt").write_text(text.replace(old, new))


async def test_a_second_commit_tells_only_of_what_came_after_the_first(repo: Path) -> None:
    r = await written(repo, says("First"), edit("four", "FOUR"), says("ok"), says("Second"))
    await r.run("/commit", YES)
    await r.run("now the fourth")
    events = await r.run("/commit", YES)
    assert [text for text in texts(events) if "other uncommitted changes" in text] == []
    sent = r.provider.requests[-1].messages[0].text
    assert "+FOUR" in sent
    assert "+ONE" not in sent
    assert "now the fourth" in sent
    assert "the first" not in sent
    assert head(repo) == "Second"


async def test_only_the_users_lines_after_a_commit_are_none_of_ours(repo: Path) -> None:
    r = await written(repo)
    await r.run("/commit First", YES)
    rewrite(repo, "seven", "mine")
    assert "There is nothing to commit" in texts(await r.run("/commit", YES))[-1]
    assert len(r.provider.requests) == 2


async def test_a_line_of_the_user_between_two_edits_is_told_and_is_not_shown_as_ours(repo: Path) -> None:
    r = await written(repo, edit("four", "FOUR"), says("ok"))
    rewrite(repo, "seven", "mine")
    await r.run("now the fourth")
    mine = TEXT.replace("seven", "mine")
    ours = mine.replace("one", "ONE").replace("four", "FOUR")
    assert changed(await r.run("/diff")) == [FileChange("a.txt", mine.encode(), ours.encode())]
    said = texts(await r.run("/commit Words", ScriptedAsker(choice="no")))
    assert said[0] == "a.txt: holds other uncommitted changes too; they go into the commit."


async def test_after_a_merged_undo_nothing_of_ours_is_left(repo: Path) -> None:
    r = await written(repo)
    rewrite(repo, "seven", "mine")
    await r.run("/undo")
    assert (repo / "a.txt").read_text() == TEXT.replace("seven", "mine")
    assert await r.run("/diff") == [Notice("This conversation changed no file yet.")]
    assert "There is nothing to commit" in texts(await r.run("/commit Words", YES))[-1]


async def test_line_ends_that_git_makes_are_no_changes(repo: Path) -> None:
    (repo / ".gitattributes").write_text("*.txt text eol=crlf\n")
    (repo / "a.txt").write_bytes(b"one\r\ntwo\r\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "a")
    r = rig(repo, edit("one", "ONE"), says("ok"), says("Shout"), settings=NO_CHECKS)
    await r.run("shout the first of @a.txt")
    assert "other uncommitted" not in "".join(texts(await r.run("/commit", YES)))
    assert head(repo) == "Shout"
    assert "There is nothing to commit" in texts(await r.run("/commit", YES))[-1]
    assert len(r.provider.requests) == 3


# Nothing is paid for in vain.


def ask_nobody(repo: Path) -> None:
    """Nothing is in the way; but nobody says yes."""


def merge(repo: Path) -> None:
    git(repo, "stash", "-q")
    git(repo, "checkout", "-q", "-b", "side")
    git(repo, "commit", "-q", "--allow-empty", "-m", "side")
    git(repo, "checkout", "-q", "main")
    git(repo, "merge", "-q", "--no-ff", "--no-commit", "side")
    git(repo, "stash", "pop", "-q")


def ignore(repo: Path) -> None:
    git(repo, "rm", "-q", "--cached", "app.py")
    git(repo, "commit", "-qm", "gone")
    (repo / ".gitignore").write_text("app.py\n")


def forget_the_name(repo: Path) -> None:
    git(repo, "config", "user.useConfigOnly", "true")
    git(repo, "config", "--global", "--unset", "user.email")


def lock(repo: Path) -> None:
    (repo / ".git/index.lock").touch()


@pytest.mark.parametrize(
    ("hinder", "said"),
    [
        (ask_nobody, "nobody said yes"),
        (merge, "A merge is under way"),
        (ignore, "app.py: git ignores it"),
        (forget_the_name, "user.email"),
        (lock, "index.lock"),
    ],
)
async def test_no_message_is_asked_for_where_no_commit_can_follow(
    repo: Path, hinder: Callable[[Path], None], said: str
) -> None:
    r = await edited(repo, says("paid in vain"))
    hinder(repo)
    before = head(repo)
    asker = ScriptedAsker(choice=None if hinder is ask_nobody else "yes")
    events = await r.run("/commit", asker)
    assert said in texts(events)[-1]
    assert [event.level for event in events if isinstance(event, Notice)][-1] == "error"
    assert len(r.provider.requests) == 2
    assert head(repo) == before


async def test_headless_without_a_yes_no_request_is_made_and_the_exit_code_says_so(repo: Path) -> None:
    r = await edited(repo, says("paid in vain"))
    out, err = io.StringIO(), io.StringIO()
    code = await headless.run(r.engine, "/commit", [], stdin_text="", output_format="text", out=out, err=err)
    assert code == 1
    assert "start with -y" in err.getvalue()
    assert len(r.provider.requests) == 2


async def test_headless_with_a_yes_the_model_writes_and_git_commits(repo: Path) -> None:
    r = await edited(repo, says("Drop it"), settings=replace(NO_CHECKS, yes=True))
    out, err = io.StringIO(), io.StringIO()
    assert await headless.run(r.engine, "/commit", [], stdin_text="", output_format="text", out=out, err=err) == 0
    assert head(repo) == "Drop it"


async def test_the_message_can_be_written_without_the_model(repo: Path) -> None:
    r = await edited(repo)
    await r.run("/commit", Picks("edit", "yes", written="By hand\n"))
    assert head(repo) == "By hand"
    assert len(r.provider.requests) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says("I cannot help with th", stop="refusal"), "The model refused to write a message"),
        (says("Drop an unu", stop="max_tokens"), "cut off"),
        (says("Drop an unu", stop="model_context_window_exceeded"), "cut off"),
        (says("``` ```"), "The model wrote no message"),
    ],
)
async def test_an_answer_that_is_no_whole_message_is_not_committed(repo: Path, answer: Answer, said: str) -> None:
    r = await edited(repo, answer, settings=replace(NO_CHECKS, yes=True))
    events = await r.run("/commit")
    assert said in texts(events)[-1]
    assert "/commit MESSAGE" in texts(events)[-1]
    assert [event for event in events if isinstance(event, Charged | TextDelta)][-1:] != []
    assert head(repo) == "start"


async def test_a_message_that_was_emptied_in_the_editor_ends_the_commit(repo: Path) -> None:
    r = await edited(repo)
    said = texts(await r.run("/commit Words", Picks("edit", written="\n")))[-1]
    assert said == "The message is empty. Nothing was committed."
    assert head(repo) == "start"


async def test_a_file_of_a_submodule_is_never_written_and_so_never_committed(repo: Path, tmp_path: Path) -> None:
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "inner"]):
        (tmp_path / "inner").mkdir(exist_ok=True)
        git(tmp_path / "inner", *words)
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "inner"), "sub")
    git(repo, "commit", "-qm", "sub")
    inner = {"path": "sub/new.py", "text": "a = 1\n"}
    outer = {"path": "new.py", "text": "a = 1\n"}
    r = rig(repo, calls("create", inner), calls("create", outer, id="t2"), says("ok"), settings=NO_CHECKS)
    await r.run("make new.py twice")
    assert not (repo / "sub/new.py").exists()
    await r.run("/commit Words", YES)
    assert git(repo, "show", "--name-only", "--format=").split() == ["new.py"]


async def test_diff_knows_files_that_are_gone(repo: Path) -> None:
    (repo / "src").mkdir()
    (repo / "src" / "old.py").write_text("a = 1\n")
    r = rig(repo, calls("delete", {"path": "src/old.py"}), says("ok"), settings=NO_CHECKS)
    await r.run("delete src/old.py")
    gone = [FileChange("src/old.py", b"a = 1\n", None, mode=0o644)]
    for name in ("src/old.py", "./src/old.py", "src", ".", "src/*.py"):
        assert [replace(c, mode=0o644) for c in changed(await r.run(f"/diff {name}"))] == gone, name
    assert "names no file" in texts(await r.run("/diff src/new.py"))[0]
    assert await r.run("/diff app.py") == [Notice("This conversation changed nothing there.")]


# A commit that is stopped.


async def stopped_in_a_hook(repo: Path, name: str) -> list[Event]:
    """The events of a commit whose turn is cancelled once this hook runs, which would take a minute."""
    os.mkfifo(repo / ".git/begun")
    hook(repo, name, "echo > .git/begun; sleep 60")
    r = await edited(repo)
    events: list[Event] = []
    show = events.append

    async def play() -> None:
        async with aclosing(r.engine.submit("/commit Words", YES)) as stream:
            async for event in stream:
                show(event)

    turn = asyncio.create_task(play())
    await asyncio.to_thread((repo / ".git/begun").read_bytes)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    return events


async def test_a_commit_that_is_stopped_is_not_made(repo: Path) -> None:
    events = await stopped_in_a_hook(repo, "pre-commit")
    assert texts(events)[-1] == "Nothing was committed: git was stopped."
    assert head(repo) == "start"
    assert not (repo / ".git/index.lock").exists()
    assert git(repo, "status", "--porcelain") == " M app.py\n"


async def test_a_commit_that_is_stopped_too_late_is_told(repo: Path) -> None:
    events = await stopped_in_a_hook(repo, "post-commit")
    assert texts(events)[-1].startswith("It was too late to stop; the commit is made: [")
    assert head(repo) == "Words"
    assert git(repo, "status", "--porcelain") == ""
