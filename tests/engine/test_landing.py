"""Landing: what the user accepted is written, on the bytes that are there; what they did not is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import Edit, Proposal
from haikuterm.core.edits import plan
from haikuterm.core.errors import EditRefused
from haikuterm.core.events import Checked, EditsApplied, EditsProposed, EditsRefused, Event, Notice, ToolEnded
from haikuterm.core.messages import ToolResult
from haikuterm.core.ports import Verdict
from haikuterm.core.review import Review, accept_all
from haikuterm.core.settings import Settings
from haikuterm.engine.landing import Landing, Written
from tests.scripted import Rig, ScriptedAsker, calls, rig, says

LINES = "".join(f"n{n} = {n}\n" for n in range(1, 21))
TWO = {
    "edits": [
        {"path": "long.py", "old": "n3 = 3\n", "new": "three = 3\n"},
        {"path": "long.py", "old": "n18 = 18\n", "new": "eighteen = 18\n"},
    ]
}


def told(r: Rig, request: int) -> str:
    """What the tool's answer was in that request."""
    results = [part for part in r.provider.requests[request].messages[-1].parts if isinstance(part, ToolResult)]
    return results[-1].text


async def go(repo: Path, answer: Callable[[Proposal], Verdict]) -> Rig:
    (repo / "long.py").write_text(LINES)
    r = rig(repo, calls("edit", TWO), says("ok"))
    r.events = await r.run("go @long.py", ScriptedAsker(accept=answer))  # type: ignore[attr-defined]
    return r


async def test_only_the_accepted_hunk_is_written_and_the_model_is_told_of_the_other(repo: Path) -> None:
    r = await go(repo, lambda proposal: Review.of(proposal).decide("yes").decide("no", "keep the name").verdict)
    after = LINES.replace("n3 = 3", "three = 3")
    assert (repo / "long.py").read_text() == after
    said = told(r, 1)
    assert said.startswith("Written: long.py.\nNot written, the user did not accept this part of long.py:")
    assert 'They said: "keep the name"' in said
    assert "-n18 = 18\n+eighteen = 18\n" in said
    await r.run("/undo")
    assert (repo / "long.py").read_text() == LINES


async def test_the_events_say_what_was_written_and_what_was_not(repo: Path) -> None:
    r = await go(repo, lambda proposal: Review.of(proposal).decide("no").decide("yes").verdict)
    applied = next(e for e in r.events if isinstance(e, EditsApplied))  # type: ignore[attr-defined]
    refused = next(e for e in r.events if isinstance(e, EditsRefused))  # type: ignore[attr-defined]
    assert applied.files[0].after == LINES.replace("n18 = 18", "eighteen = 18").encode()
    assert "+three = 3" in refused.rejected[0].hunk


async def test_a_file_that_changed_while_the_user_looked_gets_the_edit_at_its_new_place(repo: Path) -> None:
    def meanwhile(proposal: Proposal) -> Verdict:
        (repo / "long.py").write_text("# mine\n" + LINES)
        return accept_all(proposal)

    r = await go(repo, meanwhile)
    assert (repo / "long.py").read_text() == "# mine\n" + LINES.replace("n3 =", "three =").replace(
        "n18 =", "eighteen ="
    )
    assert "long.py had changed on disk meanwhile; the edit was made on the new text:\n1\t# mine" in told(r, 1)
    await r.run("/undo")
    assert (repo / "long.py").read_text() == "# mine\n" + LINES


async def test_the_next_prompt_sends_the_file_again_whose_other_lines_changed(repo: Path) -> None:
    def meanwhile(proposal: Proposal) -> Verdict:
        (repo / "long.py").write_text("# mine\n" + LINES)
        return accept_all(proposal)

    r = await go(repo, meanwhile)
    r.provider.answers.append(says("fine"))
    await r.run("and now?")
    assert "# mine" in r.provider.requests[-1].messages[-1].text


async def test_a_change_in_the_same_lines_refuses_the_write_and_shows_them(repo: Path) -> None:
    theirs = LINES.replace("n3 = 3", "n3 = 'mine'")

    def meanwhile(proposal: Proposal) -> Verdict:
        (repo / "long.py").write_text(theirs)
        return accept_all(proposal)

    r = await go(repo, meanwhile)
    assert (repo / "long.py").read_text() == theirs
    assert "n3 = 'mine'" in told(r, 1)
    ended = next(e for e in r.events if isinstance(e, ToolEnded))  # type: ignore[attr-defined]
    assert not ended.ok


async def test_one_file_that_cannot_be_written_keeps_the_others_as_they_were(repo: Path) -> None:
    (repo / "b.py").write_text("b = 1\n")
    edits = [{"path": "app.py", "old": "import os\n", "new": ""}, {"path": "b.py", "old": "b = 1", "new": "b = 2"}]
    r = rig(repo, calls("edit", {"edits": edits}), says("ok"))

    def meanwhile(proposal: Proposal) -> Verdict:
        (repo / "b.py").unlink()
        return accept_all(proposal)

    await r.run("go @app.py @b.py", ScriptedAsker(accept=meanwhile))
    assert (repo / "app.py").read_text().startswith("import os")
    assert not (repo / "b.py").exists()


async def test_files_a_verdict_does_not_speak_of_are_rejected(repo: Path) -> None:
    r = await go(repo, lambda proposal: Verdict())
    assert (repo / "long.py").read_text() == LINES
    assert told(r, 1) == "Not written, the user did not accept: long.py."


async def test_the_checker_looks_only_at_what_was_written(repo: Path) -> None:
    edits = [
        {"path": "app.py", "old": "import os\n", "new": ""},
        {"path": "b.py", "old": "import re\n", "new": ""},
    ]
    (repo / "b.py").write_text("import re\nx = 1\n")
    r = rig(repo, calls("edit", {"edits": edits}), says("ok"))
    one = ScriptedAsker(accept=lambda proposal: Review.of(proposal).decide("yes").decide("no").verdict)
    events = await r.run("go @app.py @b.py", one)
    checked = next(e for e in events if isinstance(e, Checked))
    assert (checked.report.paths, checked.before) == (("app.py",), 1)
    assert not [e for e in events if isinstance(e, Notice)]


NEW = {"edits": [{"path": "app.py", "old": "len(sys.argv)", "new": "len(nothing)"}]}
MORE = {"edits": [{"path": "app.py", "old": "len(nothing)", "new": "len(nothing, more)"}]}
STILL = {"edits": [{"path": "app.py", "old": "nothing, more", "new": "nothing, more, most"}]}


async def test_the_model_hears_of_new_findings_only_and_at_most_twice(repo: Path) -> None:
    answers = (calls("edit", NEW), calls("edit", MORE, id="t2"), calls("edit", STILL, id="t3"), says("ok"))
    r = rig(repo, *answers)
    await r.run("go @app.py")
    first, second, third = (told(r, n) for n in (1, 2, 3))
    assert first.startswith("Written: app.py.\nNEW app.py:")
    assert "F821 Undefined name `nothing`" in first
    assert "`os` imported" not in first, "that was there before"
    assert "`more`" in second
    assert "`nothing`" not in second
    assert third == "Written: app.py."


async def write(landing: Landing, proposal: Proposal) -> None:
    """Write all of it."""
    async with aclosing(landing.write(proposal.files, proposal)) as events:
        assert [type(event) async for event in events] == [Written]


def outside(kind: str, at: int) -> str:
    """What somebody else made of the file meanwhile."""
    rows = LINES.splitlines(keepends=True)
    match kind:
        case "insert":
            rows.insert(at, "outside = 1\n")
        case "replace":
            rows[at] = "outside = 1\n"
        case "delete":
            del rows[at]
        case "twice":
            rows.insert(at, rows[2])
    return "".join(rows)


@given(st.sampled_from(["insert", "replace", "delete", "twice", "nothing"]), st.integers(0, 19), st.integers(0, 17))
def test_of_an_outside_write_and_ours_neither_is_lost(kind: str, at: int, ours: int) -> None:
    """Both are in the file then, or the outside one is as it was and ours is refused; undo gives theirs back."""
    line = LINES.splitlines(keepends=True)[ours]
    edit = Edit("long.py", line, f"ours_{line}")
    proposal = plan((edit,), {"long.py": LINES.encode()})
    theirs = outside(kind, at)
    with TemporaryDirectory() as folder:
        root = Path(folder, "root")
        root.mkdir()
        (root / "long.py").write_text(theirs)
        r = rig(root)
        landing = Landing(r.engine.ports, r.engine.session, Settings(check=False), ScriptedAsker(), "prompt")
        try:
            asyncio.run(write(landing, proposal))
        except EditRefused:
            assert (root / "long.py").read_text() == theirs
            return
        assert theirs.count(line) == 1
        assert (root / "long.py").read_text() == theirs.replace(line, f"ours_{line}")
        asyncio.run(r.run("/undo"))
        assert (root / "long.py").read_text() == theirs


async def test_lines_that_the_user_changed_in_the_editor_are_told_and_the_file_is_sent_again(repo: Path) -> None:
    def edited(proposal: Proposal) -> Verdict:
        review = Review.of(proposal)
        return review.edit(review.patch().replace("+three = 3", "+drei = 3")).decide("yes").verdict

    r = await go(repo, edited)
    after = LINES.replace("n3 = 3", "drei = 3").replace("n18 = 18", "eighteen = 18")
    assert (repo / "long.py").read_text() == after
    said = told(r, 1)
    assert said.startswith("Written: long.py.\nThe user changed lines of the edit of long.py before they accepted it")
    assert "\n-three = 3\n+drei = 3\n" in said
    assert "eighteen" not in said.replace("+eighteen", ""), "what was accepted as it was is nothing new"
    r.provider.answers.append(says("fine"))
    await r.run("and now?")
    assert "drei = 3" in r.provider.requests[-1].messages[-1].text


async def test_a_file_that_was_written_as_proposed_is_not_sent_again(repo: Path) -> None:
    r = await go(repo, accept_all)
    r.provider.answers.append(says("fine"))
    await r.run("and now?")
    assert "three" not in r.provider.requests[-1].messages[-1].text


OPENS = {
    "edits": [
        {"path": "long.py", "old": "n3 = 3\n", "new": "n3 = (\n"},
        {"path": "long.py", "old": "n18 = 18\n", "new": "n18)\n"},
    ]
}


async def half_of(repo: Path, choice: str | None) -> tuple[Rig, ScriptedAsker, list[Event]]:
    """The first of two hunks that parse only together was accepted."""
    (repo / "long.py").write_text("".join("#\n" if 3 < n < 18 else f"n{n} = {n}\n" for n in range(1, 21)))
    r = rig(repo, calls("edit", OPENS), says("ok"))
    asker = ScriptedAsker(lambda proposal: Review.of(proposal).decide("yes").decide("no", "no").verdict, choice)
    return r, asker, await r.run("go @long.py", asker)


async def test_a_part_that_does_not_parse_is_not_written_unless_the_user_insists(repo: Path) -> None:
    before = None
    for choice in ("no", None):
        r, asker, events = await half_of(repo, choice)
        before = before or (repo / "long.py").read_bytes()
        assert (repo / "long.py").read_bytes() == before
        assert asker.questions[0].title.startswith("Of long.py only a part was accepted, and that part does not parse")
        warning = next(event for event in events if isinstance(event, Notice))
        assert warning.text.startswith("long.py would not parse any more, line 3")
        assert "The part of long.py that the user accepted would not parse, line 3" in told(r, 1)
        assert 'the user did not accept: long.py. They said: "no"' in told(r, 1)
        assert not [event for event in events if isinstance(event, EditsApplied)]


async def test_a_part_that_does_not_parse_is_written_if_the_user_wants_it_and_the_model_is_told(repo: Path) -> None:
    r, _, _ = await half_of(repo, "write")
    assert "n3 = (\n" in (repo / "long.py").read_text()
    assert "long.py does not parse now, line 3" in told(r, 1)


async def test_nobody_is_shown_a_change_of_a_file_that_cannot_be_written(repo: Path) -> None:
    (repo / "app.py").chmod(0o444)
    edits = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}
    r, asker = rig(repo, calls("edit", edits), says("ok")), ScriptedAsker()
    events = await r.run("go @app.py", asker)
    assert asker.proposals == []
    assert not [event for event in events if isinstance(event, EditsProposed)]
    assert told(r, 1) == "'app.py' is marked read-only. Make it writable first: chmod u+w app.py.\nNothing was written."
