"""What to try here: true of the repository, free, and silent where nothing can be told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from haikuterm.adapters.linters import Linters
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import catalogue
from haikuterm.engine.suggesting import Idea, Outlook
from tests.scripted import Rig, rig

MODEL = catalogue().resolve("haiku-4.5")
LOCAL = catalogue().resolve("qwen-0.5b")


async def looked(r: Rig) -> list[Outlook]:
    return [outlook async for outlook in r.engine.suggestions()]


async def test_changed_files_and_what_the_linter_finds_in_them_are_told_for_nothing(repo: Path) -> None:
    (repo / "a.py").write_text("import os\nimport sys\n\n\ndef f():\n    l = 1\n    return l\n")
    (repo / "ruff.toml").write_text('[lint]\nselect = ["E", "F"]\n')
    r = rig(repo)
    first, second = await looked(r)
    assert (first.looked, first.name, first.repo.is_git) == (False, repo.name, True)
    assert "a.py" in first.changed
    assert second.ideas[0] == Idea("/fix a.py", "3 findings, 2 of them free")
    assert second.ideas[1].text.startswith("Review @")
    assert (r.provider.requests, r.engine.session.messages) == ([], [])


async def test_findings_in_several_files_are_one_suggestion() -> None:
    found = (finding_in("a.py"), finding_in("b.py", fix=""))
    outlook = Outlook(MODEL, changed=("a.py", "b.py"), findings=found, looked=True)
    assert outlook.ideas == (
        Idea("/fix", "2 findings in 2 files, 1 of them free"),
        Idea("Review @a.py @b.py", "changed since the last commit"),
    )


def finding_in(path: str, fix: str = "remove it"):
    from haikuterm.core.findings import Finding

    return Finding("ruff", "F401", "warning", path, 1, 1, "unused", fix=fix)


def test_a_review_names_as_many_files_as_there_is_room_for() -> None:
    paths = tuple(f"package/module_{n}.py" for n in range(4))
    (review,) = Outlook(MODEL, changed=paths).ideas
    assert review == Idea("Review @package/module_0.py", "1 of the 4 changed files")
    assert Outlook(MODEL, changed=("a.png", "b.py")).ideas[0].text == "Review @b.py"
    assert Outlook(MODEL, changed=("a.png",)).ideas == ()
    assert Outlook(MODEL, changed=("my file.py",)).ideas[0].text == 'Review @"my file.py"'
    assert Outlook(LOCAL, changed=("a.py",)).ideas[0].text == "What does @a.py do?"


def test_where_nothing_changed_there_is_everything_to_look_through() -> None:
    outlook = Outlook(MODEL, files=("README.md", "a.py"))
    git = replace(outlook, repo=replace(outlook.repo, is_git=True))
    assert [idea.text for idea in git.ideas] == ["/lint --all", "What is this about? @README.md"]
    assert [idea.text for idea in outlook.ideas] == ["/lint", "What is this about? @README.md"]
    assert [idea.why for idea in Outlook(MODEL).ideas] == ["this folder is empty"]


async def test_a_folder_outside_of_git_is_told_without_the_linter(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.py").write_text("import os\n")
    (outlook,) = await looked(rig(folder))
    assert (outlook.repo.is_git, outlook.changed, outlook.files) == (False, (), ("a.py",))


async def test_a_conversation_that_goes_on_shows_its_last_exchange_instead(repo: Path) -> None:
    r = rig(repo)
    r.engine.session.messages = [
        Message("user", (Text("old"),)),
        Message("assistant", (Text("old answer"),)),
        Message("user", (Text("<file>x</file>"), Text("what is it?"))),
        Message("assistant", (Text("A file."),)),
    ]
    (outlook,) = await looked(r)
    assert (outlook.resumed, outlook.asked, outlook.answered, outlook.ideas) == (True, "what is it?", "A file.", ())


async def test_only_ruff_is_run_whatever_else_the_project_turns_on(repo: Path) -> None:
    (repo / "a.py").write_text("import os\n")
    (repo / "mypy.ini").write_text("[mypy]\n")
    r = rig(repo)
    asked: list[object] = []

    class Watched(Linters):
        async def reports(self, paths, overlay=None, *, only=(), everywhere=False):
            asked.append(only)
            return await super().reports(paths, overlay, only=only, everywhere=everywhere)

    r.engine.ports = replace(r.engine.ports, linters=Watched(repo))
    await looked(r)
    assert asked == [("ruff",)]
