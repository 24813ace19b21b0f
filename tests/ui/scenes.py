"""The dozen screens that matter, each put up in a running face."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

from textual.pilot import Pilot
from textual.selection import SELECT_ALL

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.findings import CheckReport, Finding
from haikuterm.core.models import catalogue
from haikuterm.core.money import Charge, Total, Usage
from haikuterm.core.ports import Option, Question, RepoFacts
from haikuterm.core.review import Review
from haikuterm.engine.suggesting import Outlook
from haikuterm.ui.segments import Segment
from haikuterm.ui.tui.app import HaikutermApp
from haikuterm.ui.tui.dialogs import Picker
from haikuterm.ui.tui.diff import DiffScreen
from haikuterm.ui.tui.first_run import Blank, Form
from haikuterm.ui.tui.welcome import Welcome
from tests.ui.screen import running, type_in, until
from tests.ui.scripted_engine import ScriptedEngine

CODE = '''import os


class Shelf(dict):
    """Holds things."""

    @property
    def size(self) -> int:  # how many
        if not self:
            raise ValueError(f"empty: {self!r}\\n")
        return len(self) + 0x10 * int("3") - 1.5
'''
REPLY = f"""# A heading

Some *words*, **bold ones**, `code` and [a link](https://example.org), ~~gone~~.

- one
- two

1. first

> quoted

| a | b |
|---|---|
| 1 | 2 |

---

```python
{CODE}```

```diff
-old
+new
```

```json
{{"key": [1, true, null]}}
```
"""
BEFORE = CODE.encode()
AFTER = CODE.replace("how many", "how many there are").replace("import os\n", "").encode() + b"\nx = None\n"
CHANGE = FileChange("shelf.py", BEFORE, AFTER)
LEFT = Finding("ruff", "F401", "error", "shelf.py", 1, 1, "`os` imported but unused")
COST = Total(requests=1, usd=Decimal("0.0021"))
MODEL = "claude-haiku-4-5"
SCRIPT = {
    "talk": (
        ev.TurnStarted("talk", MODEL),
        ev.ThinkingDelta("Let me see."),
        ev.ToolStarted("1", "read", "shelf.py"),
        ev.ToolEnded("1", "read", True, "read shelf.py: 12 lines"),
        ev.TextDelta(REPLY),
        ev.Charged(Charge(MODEL, MODEL, Usage(1000, 200), Decimal("0.0021")), COST, COST),
        ev.Notice("Something to know."),
        ev.Notice("Something to look out for.", "warning"),
        ev.Notice("Something went wrong.", "error"),
        ev.EditsApplied("1", (CHANGE,)),
        ev.Checked(CheckReport("ruff", ("shelf.py",), (LEFT,)), 1),
        ev.Checked(CheckReport("ruff", ("shelf.py",)), 1),
        ev.TurnEnded("done"),
    ),
    "wait": (ev.TurnStarted("wait", MODEL), ev.Retrying("529 overloaded", 30.0, 1, 4)),
}
OPTIONS = tuple(Option(f"o{n}", f"option {n}", (f"{n}k", "$1.00"), "what it does" * (n % 3 == 1)) for n in range(9))
OUTLOOK = Outlook(
    catalogue().resolve(MODEL),
    "shop",
    RepoFacts(True, "main", True),
    ("shelf.py", "cart.py"),
    findings=tuple(replace(LEFT, fix="x" * (n < 3), line=n) for n in range(1, 5)),
    looked=True,
)
ROLES = ("accent", "muted", "text", "success", "warning", "error")
Stage = Callable[[HaikutermApp, Pilot[int]], Awaitable[None]]


async def welcome(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """Nothing said yet: what to try here."""
    await until(pilot, lambda: app.query(Welcome))


async def commands(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """The commands, while a slash is typed."""
    await type_in(pilot, "/")
    await until(pilot, lambda: app.popup.display)
    await pilot.press("down")


async def conversation(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """A turn with everything in it, at its end."""
    app.popup.close()
    app.composer.put("")
    await type_in(pilot, "talk")
    await pilot.press("enter")
    await until(pilot, lambda: not app.turns.running)
    await pilot.pause()


async def further_up(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """The reply of that turn."""
    await app.transcript.run_action("scroll_home")
    await pilot.pause()


async def middle(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """Its code."""
    await pilot.press("pagedown")
    await pilot.pause()


async def selected(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """The same, selected, and new lines below."""
    app.screen.selections = {app.transcript: SELECT_ALL}
    app.unseen.show(12)
    await pilot.pause()


async def draft(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """A selected draft, and prompts that wait."""
    app.screen.clear_selection()
    app.unseen.show(0)
    app.waiting.show(("one", "two"))
    app.composer.put("a draft")
    app.composer.action_select_all()
    await pilot.pause()


async def status(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """Every colour of the status line."""
    app.waiting.show(())
    app.composer.put("")
    app.status.show([Segment(f"the {role}", 0, role) for role in ROLES])
    await pilot.pause()


async def picker(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """A list."""
    app.push_screen(Picker(Question("Which?", OPTIONS, ("name", "size", "price")), "That did not work."))
    await pilot.pause()
    await pilot.press("o", "down")


async def keys(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """The keys."""
    app.pop_screen()
    app.serve("keys")
    await pilot.pause()


async def form(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """A form that was not filled in well."""
    app.pop_screen()
    app.push_screen(Form("A form", (Blank("Key", "sk-ant-…"), Blank("Other", hidden=True)), "keep it"))
    await pilot.pause()
    await pilot.press("a", "b", "shift+home", "tab", "enter")
    await pilot.pause()


async def approval(app: HaikutermApp, pilot: Pilot[int]) -> None:
    """Changes to approve."""
    app.pop_screen()
    others = FileChange("new.py", None, b"y = 2\n"), FileChange("old.py", b"z = 3\n", None)
    proposal = Proposal((CHANGE, *others), (LEFT,))
    app.push_screen(DiffScreen(Review.of(proposal), app.look, None, False))
    await pilot.pause()
    await app.workers.wait_for_complete([w for w in app.workers if w.group not in ("turn",)])
    await pilot.pause()


STAGES: tuple[Stage, ...] = (
    welcome, commands, conversation, further_up, middle, selected, draft, status, picker, keys, form, approval,
)  # fmt: skip


async def tour(theme: str, size: tuple[int, int] = (80, 24)) -> AsyncGenerator[tuple[str, HaikutermApp], None]:
    """The name of each screen, and the face that shows it."""
    engine = ScriptedEngine(SCRIPT, commands={"/add": "attach files", "/theme": "change the colours"}, past=("old",))
    engine.outlooks = (OUTLOOK,)
    engine.status = replace(engine.status, attached=("a.py",), attached_tokens=1200, today=Decimal("1.20"))
    async with running(engine, size=size, theme=theme) as (app, pilot):
        for stage in STAGES:
            await stage(app, pilot)
            await pilot.pause()
            yield stage.__name__, app
