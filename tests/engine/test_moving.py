"""A file is renamed or deleted only as the user wants, whole or not at all, and comes back byte for byte."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.core.changes import Proposal
from haikuterm.core.events import AttachmentsChanged, EditsApplied, EditsProposed, Notice
from haikuterm.core.ports import Verdict
from haikuterm.core.review import accept_all
from haikuterm.core.settings import Settings
from tests.engine.test_editing import HEAD, OS, OVER, WRONG, edit, kinds, outputs
from tests.scripted import ScriptedAsker, calls, rig, says

YES = Settings(api_key="t", yes=True)  # nobody is asked


async def test_a_file_is_renamed_with_its_mode_and_its_attachment_and_comes_back(repo: Path) -> None:
    (repo / "app.py").chmod(0o600)
    before = (repo / "app.py").read_bytes()
    r = rig(repo, calls("rename", {"path": "app.py", "to": "src/main.py"}), says("ok"), says("ok"))
    events = await r.run("move @app.py to src/main.py")
    assert kinds(events) == [
        "AttachmentsChanged", *HEAD, "ToolStarted", "EditsProposed", "EditsApplied", "AttachmentsChanged", "Checked",
        "ToolEnded", *OVER,
    ]  # fmt: skip
    assert events[3].summary == "rename app.py -> src/main.py"
    assert outputs(events)[0].output == "Renamed app.py to src/main.py."
    assert events[6].paths == ("src/main.py",)
    assert (repo / "src/main.py").read_bytes() == before
    assert (repo / "src/main.py").stat().st_mode & 0o777 == 0o600
    assert not (repo / "app.py").exists()
    await r.run("and?")
    assert "<file" not in r.provider.requests[-1].messages[-1].text
    await r.run("/undo")
    assert (repo / "app.py").read_bytes() == before
    assert (repo / "app.py").stat().st_mode & 0o777 == 0o600
    assert not (repo / "src/main.py").exists()


async def test_a_file_is_deleted_let_go_and_comes_back(repo: Path) -> None:
    before = (repo / "app.py").read_bytes()
    r = rig(repo, calls("delete", {"path": "app.py"}), says("ok"), says("ok"))
    events = await r.run("delete @app.py")
    assert next(e for e in events if isinstance(e, EditsProposed)).proposal.files[0].after is None
    assert [e.paths for e in events if isinstance(e, AttachmentsChanged)] == [("app.py",), ()]
    assert outputs(events)[0].output.startswith("Deleted app.py.")
    assert not (repo / "app.py").exists()
    assert not any(isinstance(e, Notice) for e in await r.run("and?"))
    await r.run("/undo")
    assert (repo / "app.py").read_bytes() == before


@pytest.mark.parametrize(
    ("prompt", "done"),
    [
        ("delete lib/app.txt", True),
        ("delete app.txt.", True),
        ("delete @lib/app.txt please", True),
        ("delete ./lib/app.txt", True),
        ("delete what is not used", False),
        ("delete app.txt.bak", False),
        ("delete other/app.txt", False),
        ("delete my-app.txt", False),
    ],
)
async def test_where_nobody_is_asked_only_a_file_that_is_named_is_deleted(repo: Path, prompt: str, done: bool) -> None:
    (repo / "lib").mkdir()
    (repo / "lib/app.txt").write_text("x\n")
    r = rig(repo, calls("delete", {"path": "lib/app.txt"}), says("ok"), settings=YES)
    ended = outputs(await r.run(prompt))[0]
    assert ended.ok is done
    assert (repo / "lib/app.txt").exists() is not done
    assert done or "let them name the file" in ended.output


@pytest.mark.parametrize(
    ("prompt", "done"),
    [("rename app.py", True), ("rename @app.py", True), ("write it down in main.py", False), ("fix the app", False)],
)
async def test_where_nobody_is_asked_a_file_is_renamed_only_if_it_is_named(repo: Path, prompt: str, done: bool) -> None:
    r = rig(repo, calls("rename", {"path": "app.py", "to": "src/main.py"}), says("ok"), settings=YES)
    assert outputs(await r.run(prompt))[0].ok is done
    assert (repo / "src/main.py").exists() is done


async def test_a_folder_as_the_new_name_keeps_the_old_one(repo: Path) -> None:
    await rig(repo, calls("rename", {"path": "app.py", "to": "src/"}), says("ok")).run("move app.py to src")
    assert (repo / "src/app.py").exists()


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("delete", {"path": "no.py"}, "There is no file no.py"),
        ("delete", {"path": "lib"}, "is a folder"),
        ("delete", {"path": ".env"}, "for secrets"),
        ("delete", {"path": "link.py"}, "is a link"),
        ("delete", {"path": "../x.py"}, "leads out of"),
        ("delete", {"path": ".git/config"}, ".git"),
        ("rename", {"path": "link.py", "to": "other.py"}, "is a link"),
        ("rename", {"path": "app.py", "to": "README.md"}, "exists already"),
        ("rename", {"path": "app.py", "to": "app.py"}, "exists already"),
        ("rename", {"path": "app.py", "to": "lib"}, "is a folder"),
        ("rename", {"path": "app.py", "to": "key.pem"}, "for secrets"),
        ("rename", {"path": ".env", "to": "env.txt"}, "for secrets"),
        ("rename", {"path": "app.py", "to": "../x.py"}, "leads out of"),
        ("rename", {"path": "no.py", "to": "x.py"}, "There is no file no.py"),
    ],
)
async def test_what_must_stay_in_its_place_stays(repo: Path, name: str, given: dict[str, object], why: str) -> None:
    (repo / "lib").mkdir()
    (repo / ".env").write_text("A=1\n")
    (repo / "link.py").symlink_to("app.py")
    before = {p.name: p.is_symlink() or p.read_bytes() for p in repo.iterdir() if not p.is_dir()}
    ended = outputs(await rig(repo, calls(name, given), says("ok")).run("go"))[0]
    assert not ended.ok
    assert why in ended.output
    assert {p.name: p.is_symlink() or p.read_bytes() for p in repo.iterdir() if not p.is_dir()} == before


@pytest.mark.parametrize("half", [0, 1])
async def test_half_a_renaming_is_none(repo: Path, half: int) -> None:
    """One half alone would leave a copy, or no file at all."""

    def accept(proposal: Proposal) -> Verdict:
        return Verdict(accept_all(proposal).accepted[half : half + 1])

    r = rig(repo, calls("rename", {"path": "app.py", "to": "main.py"}), says("ok"))
    events = await r.run("rename app.py to main.py", ScriptedAsker(accept=accept))
    assert not any(isinstance(e, EditsApplied) for e in events)
    assert "did not accept: main.py, app.py" in outputs(events)[0].output
    assert (repo / "app.py").exists()
    assert not (repo / "main.py").exists()


@pytest.mark.parametrize("tool", ["rename", "delete"])
async def test_a_removal_that_was_made_an_edit_is_none(repo: Path, tool: str) -> None:
    """A verdict that names the same files but holds other bytes would leave half of the file behind."""
    before = (repo / "app.py").read_bytes()

    def accept(proposal: Proposal) -> Verdict:
        return Verdict((*proposal.files[:-1], replace(proposal.files[-1], after=before[:9])))

    given = {"path": "app.py", "to": "main.py"} if tool == "rename" else {"path": "app.py"}
    r = rig(repo, calls(tool, given), says("ok"))
    events = await r.run(f"{tool} app.py", ScriptedAsker(accept=accept))
    assert not any(isinstance(e, EditsApplied) for e in events)
    assert "did not accept" in outputs(events)[0].output
    assert (repo / "app.py").read_bytes() == before
    assert not (repo / "main.py").exists()


async def test_kept_edits_follow_a_file_that_is_renamed(repo: Path) -> None:
    r = rig(
        repo, edit(OS, WRONG), calls("rename", {"path": "app.py", "to": "main.py"}, id="t2"),
        edit(("main.py", "import sys\n", "import sys  # argv\n"), id="t3"), says("ok"),
    )  # fmt: skip
    events = await r.run("rename @app.py to main.py, and fix it")
    assert [ended.ok for ended in outputs(events)] == [False, True, True]
    assert (repo / "main.py").read_text().startswith("import sys  # argv\n")
