"""The approval screen: one file after the other, and what each key decides."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.diff import diff
from haikuterm.core.ports import Asker, Verdict
from haikuterm.ui.tui.diff import QUIET, DiffScreen
from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine

LONG = "".join(f"line {n}\n" for n in range(80)).encode()
FILES = (
    FileChange("a.py", b"import os\nx = 1\n", b"x = 1\n"),
    FileChange("b.py", None, b"y = 2\n"),
    FileChange("c.txt", LONG, LONG.replace(b"line", b"row")),
)


class Asking:
    """An engine that proposes these files when told "go", and keeps the verdict."""

    def __init__(self, *files: FileChange) -> None:
        self.verdict: Verdict | None = None
        self._files = files
        self.engine = ScriptedEngine(
            {"go": [ev.TurnStarted("go", "claude-haiku-4-5"), self._ask, ev.TurnEnded("done")]}
        )

    async def _ask(self, asker: Asker) -> Sequence[ev.Event]:
        self.verdict = await asker.approve(Proposal(self._files))
        return ()


@pytest.mark.parametrize(
    ("keys", "accepted"),
    [
        ("yyy", ("a.py", "b.py", "c.txt")),
        ("yny", ("a.py", "c.txt")),
        ("nnn", ()),
        ("a", ("a.py", "b.py", "c.txt")),
        ("na", ("b.py", "c.txt")),
        ("yd", ("a.py",)),
        ("d", ()),
    ],
)
async def test_each_key_decides_for_a_file_or_for_all_that_are_left(keys: str, accepted: tuple[str, ...]) -> None:
    asking = Asking(*FILES)
    async with running(asking.engine) as (app, pilot):
        await pilot.press("g", "o", "enter")
        await until(pilot, lambda: "file 1 of 3" in text(app))
        await pilot.press(*keys)
        await until(pilot, lambda: asking.verdict is not None)
    assert asking.verdict == Verdict(accepted)


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_escape_writes_nothing_not_even_what_was_accepted(key: str) -> None:
    asking = Asking(*FILES)
    async with running(asking.engine) as (app, pilot):
        await pilot.press("g", "o", "enter")
        await until(pilot, lambda: "file 1 of 3" in text(app))
        await pilot.press("y", key)
        await until(pilot, lambda: asking.verdict is not None)
    assert asking.verdict == Verdict()


async def test_each_file_is_shown_with_its_counts_marks_and_numbers() -> None:
    asking = Asking(*FILES)
    async with running(asking.engine) as (app, pilot):
        await pilot.press("g", "o", "enter")
        await until(pilot, lambda: "file 1 of 3  a.py  +0 -1" in text(app))
        await until(pilot, lambda: "1 - import os" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: "file 2 of 3  b.py  +1 -0  new file" in text(app))
        await until(pilot, lambda: "1 + y = 2" in text(app))
        await pilot.press("y")
        await until(pilot, lambda: "line 0" in text(app))
        await pilot.press("end")
        await until(pilot, lambda: "row 79" in text(app))
        assert "file 3 of 3  c.txt" in text(app), "the head stays while the diff scrolls"
        await pilot.press("home", "pagedown")
        await until(pilot, lambda: "row 79" not in text(app) and "line 0" not in text(app))


async def test_a_word_on_a_rejected_file_reaches_the_model() -> None:
    asking = Asking(*FILES[:2])
    async with running(asking.engine) as (app, pilot):
        await pilot.press("g", "o", "enter")
        await until(pilot, lambda: "file 1 of 2" in text(app))
        await pilot.press("w")
        await type_in(pilot, "keep any os")
        await pilot.press("enter")
        await until(pilot, lambda: "file 2 of 2" in text(app))
        await pilot.press("w", "n", "escape", "y")
        await until(pilot, lambda: asking.verdict is not None)
    assert asking.verdict == Verdict(("b.py",), "a.py: keep any os")


async def test_letters_of_a_draft_accept_nothing_until_there_was_a_pause() -> None:
    now = [100.0]
    async with running(ScriptedEngine()) as (app, pilot):
        app.composer.put("wh")
        verdicts: list[Verdict | None] = []
        screen = DiffScreen((diff(FILES[0]),), app.look, typing=True, clock=lambda: now[0])
        app.push_screen(screen, verdicts.append)
        await until(pilot, lambda: "file 1 of 1" in text(app))
        await pilot.press("y", "space", "a")
        await until(pilot, lambda: app.composer.text == "why a")
        assert verdicts == []
        now[0] += QUIET + 0.1
        await pilot.press("y")
        await until(pilot, lambda: verdicts)
    assert verdicts == [Verdict(("a.py",))]


async def test_control_characters_in_a_path_or_a_file_stay_visible_text() -> None:
    asking = Asking(FileChange("a\x1b[2J.py", b"", b"x = '\x1b]0;title\x07'\n"))
    async with running(asking.engine) as (app, pilot):
        await pilot.press("g", "o", "enter")
        await until(pilot, lambda: "file 1 of 1" in text(app))
        await until(pilot, lambda: "␛]0;title␇" in text(app))
        assert "\x1b" not in text(app)
        assert "a␛[2J.py" in text(app)
