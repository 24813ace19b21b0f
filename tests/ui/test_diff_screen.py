"""The approval screen: what it shows of a proposal, and what each key decides."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import pytest
from rich.cells import cell_len
from textual.events import Key, MouseDown, MouseUp
from textual.pilot import Pilot

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.ports import Asker, Verdict
from haikuterm.core.review import Review, accept_all, reject_all
from haikuterm.ui.tui.app import HaikutermApp
from haikuterm.ui.tui.diff import QUIET, DiffScreen
from haikuterm.ui.tui.keys import DIFF_KEYS
from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine

LINES = [f"line {n}\n" for n in range(1, 81)]
AT = (5, 40, 75)  # the lines of c.txt that change: far from each other, so that each is a hunk of its own


def lines(*changed: int) -> bytes:
    """c.txt with these lines changed."""
    return "".join(line.replace("line", "row") if n in changed else line for n, line in enumerate(LINES, 1)).encode()


ONE = FileChange("a.py", b"import os\nx = 1\n", b"x = 1\n")
NEW = FileChange("b.py", None, b"y = 2\n")
LONG = FileChange("c.txt", lines(), lines(*AT))
FILES = (ONE, NEW, LONG)


class Asking:
    """An engine that proposes these files when told "go", and keeps the verdict."""

    def __init__(self, *files: FileChange) -> None:
        self.verdict: Verdict | None = None
        self.proposal = Proposal(files)
        self.engine = ScriptedEngine(
            {"go": [ev.TurnStarted("go", "claude-haiku-4-5"), self._ask, ev.TurnEnded("done")]}
        )

    async def _ask(self, asker: Asker) -> Sequence[ev.Event]:
        self.verdict = await asker.approve(self.proposal)
        return ()

    @property
    def written(self) -> dict[str, bytes | None]:
        """What would be written, file by file."""
        return {change.path: change.after for change in self.verdict.accepted} if self.verdict else {}


@asynccontextmanager
async def reviewing(
    *files: FileChange, size: tuple[int, int] = (80, 24), theme: str = "dark"
) -> AsyncGenerator[tuple[Asking, HaikutermApp, Pilot[int]], None]:
    """The approval screen of these files."""
    asking = Asking(*files)
    async with running(asking.engine, size=size, theme=theme, first_prompt="go") as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, DiffScreen) and "▌" in text(app))
        yield asking, app, pilot


def rows(app: HaikutermApp) -> list[str]:
    return text(app).split("\n")


def head(app: HaikutermApp) -> str:
    return rows(app)[0].strip()


def current(app: HaikutermApp) -> list[str]:
    """The rows with the bar of the current hunk beside them."""
    return [row[1:].rstrip(" ▁▂▃▄▅▆▇█") for row in rows(app) if row.startswith("▌")]


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        (["y"] * 5, {"a.py": ONE.after, "b.py": NEW.after, "c.txt": LONG.after}),
        (["n"] * 5, {}),
        (["y", "n", "y", "n", "y"], {"a.py": ONE.after, "c.txt": lines(5, 75)}),
        (["Y", "N", "n", "y", "n"], {"a.py": ONE.after, "c.txt": lines(40)}),
        (["n", "y", "a"], {"b.py": NEW.after, "c.txt": LONG.after}),
        (["n", "y", "n", "a"], {"b.py": NEW.after, "c.txt": lines(40, 75)}),
        (["n", "y", "y", "d"], {"b.py": NEW.after, "c.txt": lines(5)}),
        (["a", "d", "d"], {"a.py": ONE.after}),
        (["A"], {"a.py": ONE.after, "b.py": NEW.after, "c.txt": LONG.after}),
        (["n", "A"], {"b.py": NEW.after, "c.txt": LONG.after}),
        (["y", "D"], {"a.py": ONE.after}),
        (["D"], {}),
    ],
)
async def test_the_keys_decide_hunk_by_hunk_by_file_or_for_all(keys: list[str], written: dict[str, bytes]) -> None:
    async with reviewing(*FILES) as (asking, _, pilot):
        await pilot.press(*keys)
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.written == written


async def test_rejected_hunks_are_in_the_verdict_with_their_lines() -> None:
    async with reviewing(LONG) as (asking, _, pilot):
        await pilot.press("y", "n", "y")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.verdict
        assert [(no.path, "-line 40\n+row 40\n" in no.hunk, no.word) for no in asking.verdict.rejected] == [
            ("c.txt", True, "")
        ]


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
async def test_escape_writes_nothing_not_even_what_was_accepted(key: str) -> None:
    async with reviewing(*FILES) as (asking, _, pilot):
        await pilot.press("y", key)
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.verdict == reject_all(asking.proposal)


async def test_accepting_all_gives_the_proposed_changes_themselves() -> None:
    async with reviewing(*FILES) as (asking, _, pilot):
        await pilot.press("A")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.verdict == accept_all(asking.proposal)


async def test_the_head_says_where_one_is_and_what_was_decided_so_far() -> None:
    async with reviewing(*FILES) as (_, app, pilot):
        assert head(app) == "hunk 1 of 5 · file 1 of 3 a.py +0 -1"
        await pilot.press("y")
        await until(pilot, lambda: head(app) == "hunk 2 of 5 · file 2 of 3 b.py +1 -0 new file · 1 accepted")
        await pilot.press("n")
        await until(pilot, lambda: head(app) == "hunk 3 of 5 · file 3 of 3 c.txt +3 -3 · 1 accepted · 1 rejected")


async def test_all_files_are_in_one_scroll_each_named_once() -> None:
    async with reviewing(ONE, NEW, size=(60, 20)) as (_, app, pilot):
        assert [text(app).count(name) for name in ("a.py", "b.py")] == [1, 1]
        assert "── b.py +1 -0 new file ──" in text(app)
        await pilot.press("tab")
        await until(pilot, lambda: "── a.py +0 -1 ──" in text(app))
        assert [text(app).count(name) for name in ("a.py", "b.py")] == [1, 1]


async def test_the_current_hunk_has_a_bar_and_decided_ones_a_word_and_a_sign() -> None:
    async with reviewing(*FILES, size=(80, 40)) as (_, app, pilot):
        assert current(app) == [" @@ -1,2 +1,1 @@", "1 - import os", "1   x = 1"]
        await pilot.press("y")
        await until(pilot, lambda: current(app) == [" @@ -0,0 +1,1 @@", "1 + y = 2"])
        await pilot.press("n")
        await until(pilot, lambda: "✗ rejected @@ -0,0 +1,1 @@" in text(app))
        assert "✓ accepted @@ -1,2 +1,1 @@" in text(app)
        assert " 5 - line 5" in current(app)


async def test_the_next_open_hunk_comes_into_sight() -> None:
    async with reviewing(LONG, size=(60, 12)) as (_, app, pilot):
        await pilot.press("y", "y")
        await until(pilot, lambda: "75 + row 75" in current(app))
        await pilot.press("K", "K")
        await until(pilot, lambda: " 5 + row 5" in current(app))


@pytest.mark.parametrize(("on", "back"), [("J", "K"), ("tab", "shift+tab")])
async def test_one_can_go_back_and_decide_otherwise(on: str, back: str) -> None:
    async with reviewing(LONG) as (asking, app, pilot):
        await pilot.press("y", back)
        await until(pilot, lambda: head(app).startswith("hunk 1 of 3"))
        await pilot.press("n", on, "y")
        await until(pilot, lambda: head(app).startswith("hunk 2 of 3"))
        assert asking.verdict is None, "the second one is still open"
        await pilot.press("n")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.written == {"c.txt": lines(75)}


async def test_a_click_on_a_hunk_looks_at_it() -> None:
    async with reviewing(ONE, NEW) as (asking, app, pilot):
        row = next(n for n, row in enumerate(rows(app)) if "y = 2" in row)
        await pilot.click(offset=(12, row))
        await until(pilot, lambda: head(app).startswith("hunk 2 of 2"))
        await pilot.press("y", "n")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.written == {"b.py": NEW.after}


async def test_a_hunk_of_two_changes_is_split_and_each_decided() -> None:
    change = FileChange("a.txt", b"1\n2\n3\n4\n5\n", b"one\n2\n3\n4\nfive\n")
    async with reviewing(change) as (asking, app, pilot):
        assert "s split" in rows(app)[-1]
        await pilot.press("s")
        await until(pilot, lambda: head(app) == "hunk 1 of 2 · a.txt +2 -2")
        assert "s split" not in rows(app)[-1]
        await pilot.press("s")
        await until(pilot, lambda: "This hunk is one change" in text(app))
        await pilot.press("n", "y")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.written == {"a.txt": b"1\n2\n3\n4\nfive\n"}


async def test_a_word_on_a_rejected_hunk_reaches_the_model() -> None:
    async with reviewing(ONE, NEW) as (asking, app, pilot):
        await pilot.press("w")
        await until(pilot, lambda: rows(app)[-1] == " Enter reject with this word  Esc back")
        await type_in(pilot, "keep any os")
        await pilot.press("enter")
        await until(pilot, lambda: "✗ rejected: keep any os" in text(app))
        await pilot.press("w", "n", "escape", "y")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.verdict == Verdict((NEW,), (Rejection("a.py", word="keep any os"),))


@pytest.mark.parametrize("files", [(LONG,), (ONE,)])
async def test_a_second_enter_is_no_word_on_the_next_hunk(files: tuple[FileChange, ...]) -> None:
    async with reviewing(*files) as (asking, app, pilot):
        await pilot.press("w")
        await until(pilot, lambda: "reject with this word" in rows(app)[-1])
        await type_in(pilot, "no")
        for _ in range(2):
            app.post_message(Key("enter", "\r"))
        if files == (LONG,):
            await until(pilot, lambda: head(app).startswith("hunk 2 of 3"))
            await pilot.press("y", "y")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.verdict
        assert [no.word for no in asking.verdict.rejected] == ["no"]


async def test_a_click_after_the_last_decision_does_nothing() -> None:
    async with reviewing(ONE) as (asking, app, pilot):
        sheet = app.screen._sheet.region
        x, y = sheet.x + 5, sheet.y + 2
        app.post_message(Key("y", "y"))
        for kind in (MouseDown, MouseUp):
            app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await until(pilot, lambda: asking.verdict is not None)
        await pilot.pause()
        assert asking.verdict == accept_all(asking.proposal)


async def test_the_key_that_accepts_all_says_how_many_hunks_nobody_saw() -> None:
    async with reviewing(*FILES) as (asking, app, pilot):
        await until(pilot, lambda: "A accept all (2 unseen)" in rows(app)[-1])
        await pilot.press("end")
        await until(pilot, lambda: "A accept all  " in rows(app)[-1])
        await pilot.press("home", "A")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.verdict == accept_all(asking.proposal)


async def test_a_file_that_goes_or_moves_is_not_offered_to_the_editor() -> None:
    async with reviewing(FileChange("b.py", None, b"x\n"), FileChange("a.py", b"x\n", None)) as (asking, app, pilot):
        for _ in range(2):
            assert "e edit" not in rows(app)[-1]
            await pilot.press("e")
            await until(pilot, lambda: "as a whole or not at all" in text(app))
            await pilot.press("y")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.verdict == accept_all(asking.proposal)


async def test_an_edited_last_line_without_a_newline_is_shown_as_one() -> None:
    change = FileChange("a.txt", b"a\nb", b"A\nb")
    editing = Editing(Review.of(Proposal((change,))).patch().replace("+A", "+AA"))
    async with running(ScriptedEngine()) as (app, pilot):
        editing.open(app, change, NEW)
        await until(pilot, lambda: "1 + A" in text(app))
        await pilot.press("e")
        await until(pilot, lambda: "1 + AA" in text(app))
        assert "2   b" in text(app)
        assert "- b" not in text(app)


async def test_where_no_editor_can_be_opened_it_says_so_and_nothing_is_lost() -> None:
    async with reviewing(ONE, NEW) as (asking, app, pilot):
        await pilot.press("y", "e")
        await until(pilot, lambda: "An editor cannot be opened here." in text(app))
        await pilot.press("y")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.verdict == accept_all(asking.proposal)


class Editing:
    """The approval screen with somebody who leaves these texts in the editor, one after the other."""

    def __init__(self, *left: str | None) -> None:
        self.left = list(left)
        self.given: list[tuple[str, str]] = []
        self.verdicts: list[Verdict | None] = []

    async def edit(self, given: str, name: str) -> str | None:
        self.given.append((given, name))
        return self.left.pop(0)

    def open(self, app: HaikutermApp, *files: FileChange) -> None:
        app.push_screen(DiffScreen(Review.of(Proposal(files)), app.look, self.edit), self.verdicts.append)


async def test_an_edited_hunk_is_accepted_as_edited_and_shown_so() -> None:
    editing = Editing("@@ -1,2 +1,1 @@\n-import os\n+import sys\n x = 1\n")
    async with running(ScriptedEngine()) as (app, pilot):
        editing.open(app, ONE, NEW)
        await until(pilot, lambda: "import os" in text(app))
        await pilot.press("e")
        await until(pilot, lambda: "✓ accepted, as you changed it" in text(app))
        assert "1 + import sys" in text(app)
        await pilot.press("n")
        await until(pilot, lambda: editing.verdicts)
    assert editing.given[0][1] == "a.py.diff"
    assert editing.given[0][0].startswith("@@ -1,2 +1,1 @@\n-import os\n x = 1\n# ")
    verdict = editing.verdicts[0]
    assert verdict
    assert [change.after for change in verdict.accepted] == [b"import sys\nx = 1\n"]


async def test_a_patch_that_does_not_fit_is_refused_and_the_hunk_stays_open() -> None:
    editing = Editing("@@ -1,2 +1,1 @@\n-import 0s\n x = 1\n", None)
    async with running(ScriptedEngine()) as (app, pilot):
        editing.open(app, ONE)
        await until(pilot, lambda: "import os" in text(app))
        await pilot.press("e")
        await until(pilot, lambda: "does not fit the file any more" in text(app))
        await pilot.press("e")
        await until(pilot, lambda: len(editing.given) == 2)
        assert head(app) == "hunk 1 of 1 · a.py +0 -1"
        assert "does not fit" not in text(app)
        await pilot.press("y")
        await until(pilot, lambda: editing.verdicts == [accept_all(Proposal((ONE,)))])


async def test_letters_of_a_draft_accept_nothing_until_there_was_a_pause() -> None:
    now = [100.0]
    async with running(ScriptedEngine()) as (app, pilot):
        app.composer.put("wh")
        verdicts: list[Verdict | None] = []
        review = Review.of(Proposal((ONE,)))
        screen = DiffScreen(review, app.look, Editing().edit, typing=True, clock=lambda: now[0])
        app.push_screen(screen, verdicts.append)
        await until(pilot, lambda: "hunk 1 of 1" in text(app))
        await pilot.press("y", "space", "a")
        await until(pilot, lambda: app.composer.text == "why a")
        assert verdicts == []
        now[0] += QUIET + 0.1
        await pilot.press("y")
        await until(pilot, lambda: verdicts)
    assert verdicts == [Verdict((ONE,))]


async def test_control_characters_in_a_path_or_a_file_stay_visible_text() -> None:
    async with reviewing(FileChange("a\x1b[2J.py", b"", b"x = '\x1b]0;title\x07'\n")) as (_, app, _pilot):
        assert "␛]0;title␇" in text(app)
        assert "\x1b" not in text(app)
        assert "a␛[2J.py" in text(app)


async def test_a_change_without_lines_is_decided_as_a_whole() -> None:
    picture = FileChange("logo.png", b"\0old", b"\0new")
    async with reviewing(picture, ONE) as (asking, app, pilot):
        assert head(app) == "hunk 1 of 2 · file 1 of 2 logo.png +0 -0 binary file"
        assert "e edit" not in rows(app)[-1]
        await pilot.press("e")
        await until(pilot, lambda: "There are no lines to edit here." in text(app))
        await pilot.press("y", "n")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.verdict == Verdict((picture,), (Rejection("a.py"),))


async def test_wide_terminals_show_both_sides_and_v_turns_them() -> None:
    change = FileChange("a.py", b"one\ntwo\nthree\n", b"one\nzwei\nthree\nfour\n")
    async with reviewing(change, size=(160, 50)) as (_, app, pilot):
        assert any("2 - two" in row and "│2 + zwei" in row for row in rows(app))
        assert any(row.startswith("▌ ") and "│4 + four" in row for row in rows(app))
        await pilot.press("v")
        await until(pilot, lambda: not any("│" in row for row in rows(app)))
        await pilot.press("v")
        await until(pilot, lambda: any("2 - two" in row and "│2 + zwei" in row for row in rows(app)))


async def test_a_new_file_has_the_whole_width() -> None:
    async with reviewing(NEW, size=(160, 50)) as (_, app, _pilot):
        assert current(app) == [" @@ -0,0 +1,1 @@", "1 + y = 2"]


async def test_narrow_terminals_show_one_column_until_asked() -> None:
    async with reviewing(ONE) as (_, app, pilot):
        assert not any("│" in row for row in rows(app))
        await pilot.press("v")
        await until(pilot, lambda: any("1 - import os" in row and "│" in row for row in rows(app)))


async def test_a_resize_keeps_the_line_at_the_top_and_the_decisions() -> None:
    old = [f"value_{n} = {n}  {'# tail ' * 12}\n" for n in range(300)]
    change = FileChange("a.py", "".join(old).encode(), "".join(old).replace("value", "total").encode())
    async with reviewing(ONE, change, size=(80, 24)) as (asking, app, pilot):
        await pilot.press("y", *["pagedown"] * 6)
        await until(pilot, lambda: "value_5" not in "".join(rows(app)[1:3]))
        top = rows(app)[1].strip("▌ ").split()[0]
        for size in ((40, 10), (160, 50), (20, 5), (80, 24)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda size=size: len(rows(app)) == size[1] and len(rows(app)[0]) <= size[0])
            await until(pilot, lambda: any(row.strip("▌ ").startswith(top) for row in rows(app)[1:3]))
        await pilot.press("y")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.verdict == accept_all(asking.proposal)


WIDE = FileChange(
    "docs/日本語の説明.md",
    "# 見出し\n古い本文がここにあります、とても長い行なので折り返されます。\n\tタブ\tの後\n".encode(),
    "# 見出し\n新しい本文がここにあります、とても長い行なので折り返されます。\n\tタブ\tの前👩‍💻\n終わり".encode(),
)


async def test_wide_characters_and_tabs_break_no_column_at_any_size() -> None:
    async with reviewing(WIDE, *FILES) as (_, app, pilot):
        sheet = app.screen._sheet
        for size in ((8, 3), (20, 5), (37, 9), (121, 30), (160, 50)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda size=size: app.screen.size == size)
            for key in ("v", "K", "v", "y"):
                await pilot.press(key)
                for y in range(sheet.size.height):
                    strip = sheet.render_line(y)
                    assert cell_len(strip.text) == sheet.scrollable_content_region.width
                bars = {cell_len(row[: row.index("│")]) for row in rows(app) if "│" in row}
                assert len(bars) <= 1, "the bar between the sides is one straight line"


async def test_no_terminal_is_too_small_to_decide() -> None:
    async with reviewing(*FILES) as (asking, _, pilot):
        for size in ((4, 8), (1, 1), (2, 2)):
            await pilot.resize_terminal(*size)
            await pilot.press("v", "K")
        await pilot.press("n", "A")
        await until(pilot, lambda: asking.verdict is not None)
        assert asking.written == {"b.py": NEW.after, "c.txt": LONG.after}


async def test_the_last_line_names_the_most_important_keys_there_is_room_for() -> None:
    for size, keys in (((20, 5), "y accept  n reject"), ((46, 9), "y accept  n reject  e edit  Esc none  ? keys")):
        async with reviewing(*FILES, size=size) as (_, app, _pilot):
            assert rows(app)[-1].strip() == keys
            assert cell_len(rows(app)[-1]) <= size[0]


async def test_the_key_list_names_every_key_and_escape_closes_it() -> None:
    async with reviewing(*FILES, size=(100, 40)) as (asking, app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: "this list" in text(app))
        assert all(key.shown in text(app) and key.does in text(app) for key in DIFF_KEYS)
        await pilot.press("y", "escape")
        await until(pilot, lambda: "this list" not in text(app))
        assert head(app).startswith("hunk 1 of 5")
        assert asking.verdict is None


async def test_it_scrolls_while_the_head_stays() -> None:
    async with reviewing(LONG, size=(60, 12)) as (_, app, pilot):
        await pilot.press("end")
        await until(pilot, lambda: "line 78" in text(app))
        assert head(app).startswith("hunk 1 of 3")
        await pilot.press("home", "pagedown")
        await until(pilot, lambda: "line 78" not in text(app) and "line 2\n" not in text(app))
        await pilot.press("g", "j", "down", "k", "up")
        await until(pilot, lambda: "line 2" in text(app))


def styles(app: HaikutermApp, part: str) -> list[str]:
    """How the pieces of the screen's text that equal this are drawn."""
    strips = app.screen._compositor.render_strips()
    return [str(segment.style) for strip in strips for segment in strip if segment.text.strip() == part]


async def test_code_gets_its_colours_as_a_whole_file_though_only_hunks_are_shown() -> None:
    text_before = '"""A\n' + "word\n" * 20 + 'if it is\n"""\nx = None\n'
    change = FileChange("a.py", text_before.encode(), text_before.replace("if it", "if that").encode())
    async with reviewing(change) as (_, app, pilot):
        keyword = app.look.syntax["Keyword"].split()[-1]
        await until(pilot, lambda: any(keyword in style for style in styles(app, "None")))
        assert not any(keyword in style for style in styles(app, "if")), "it stands in a docstring"


async def test_words_that_differ_are_bold_and_underlined() -> None:
    async with reviewing(FileChange("a.txt", b"return total\n", b"return subtotal\n")) as (_, app, _pilot):
        for word in ("total", "subtotal"):
            assert all("bold" in style and "underline" in style for style in styles(app, word))
            assert styles(app, word)
        assert not any("underline" in style for style in styles(app, "return"))


async def test_without_colours_signs_bars_words_and_marks_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with reviewing(ONE, FileChange("b.txt", b"return total\n", b"return subtotal\n")) as (_, app, pilot):
        assert app.no_color
        await pilot.press("n")
        await until(pilot, lambda: "✗ rejected" in text(app))
        assert current(app) == [" @@ -1,1 +1,1 @@", "1 - return total", "1 + return subtotal"]
        assert all("underline" in style for style in styles(app, "subtotal"))


async def test_ten_thousand_lines_open_and_draw_only_what_is_in_sight() -> None:
    old = "".join(f"value_{n} = compute({n})\n" for n in range(5000)).encode()
    async with reviewing(FileChange("big.py", old, old.replace(b"compute", b"calc"))) as (asking, app, pilot):
        (body,) = (rows for _, rows in app.screen._sheet._bodies.values())
        assert len(body) == 10_000
        assert len(body._drawn) < 100
        await pilot.press("end")
        await until(pilot, lambda: "value_4999 = calc(4999)" in text(app))
        assert len(body._drawn) < 200
        await pilot.press("y")
        await until(pilot, lambda: asking.verdict is not None)


async def test_nothing_to_decide_asks_nothing() -> None:
    asking = Asking()
    async with running(asking.engine, first_prompt="go") as (_, pilot):
        await until(pilot, lambda: asking.verdict == Verdict())
