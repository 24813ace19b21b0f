"""The inline face, driven by real key presses through a pipe, and read from a captured terminal."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from haikuterm.core import events as ev
from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.findings import CheckReport, Finding
from haikuterm.core.ports import Option, Question, RepoFacts, Verdict
from haikuterm.core.settings import Settings
from haikuterm.engine.engine import Engine
from haikuterm.engine.suggesting import Outlook
from haikuterm.ui import repl, theme
from tests.scripted import calls, rig, says
from tests.ui.own_editor import Install
from tests.ui.scripted_events import CHANGE, HAIKU, NEW_FILE, PROPOSAL, ScriptedEngine, Wait, answer

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07")


class Screen(io.StringIO):
    """What reached the terminal; sends keys as soon as a text is on it, each once and in order.

    It answers where its cursor is, as terminals do: without that prompt_toolkit draws no toolbar.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[str, Callable[[], None]]] = []
        self.tell_cursor: Callable[[], None] = lambda: None

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        count = super().write(text)
        if "\x1b[6n" in text:
            self.tell_cursor()
        while self.answers and self.answers[0][0] in self.text:
            self.answers.pop(0)[1]()
        return count

    @property
    def text(self) -> str:
        return ESCAPES.sub("", self.getvalue()).replace("\r", "")


async def talk(
    engine: ScriptedEngine | Engine,
    keys: str,
    *answers: tuple[str, str],
    colors: theme.Theme | None = None,
    plain: bool = True,
    paths: Sequence[str] = (),
    columns: int = 80,
) -> tuple[int, Screen]:
    """Type the keys; type each answer once its question is on the screen. The exit code and the screen."""
    screen = Screen()
    output = Vt100_Output(screen, lambda: Size(24, columns), default_color_depth=ColorDepth.DEPTH_24_BIT)
    with create_pipe_input() as pipe:
        screen.answers = [(text, _sender(pipe, said)) for text, said in answers]
        screen.tell_cursor = _sender(pipe, "\x1b[1;1R")
        pipe.send_text(keys)
        run = repl.run(engine, colors, plain=plain, paths=paths, input=pipe, output=output)
        return await asyncio.wait_for(run, 20), screen


def _sender(pipe: PipeInput, said: str) -> Callable[[], None]:
    return lambda: pipe.send_text(said)


CTRL_C, CTRL_D, CTRL_J, ALT_ENTER = "\x03", "\x04", "\n", "\x1b\r"


async def test_a_prompt_is_answered_with_labels_that_can_be_read_aloud() -> None:
    engine = ScriptedEngine(answer("Hel", "lo."))
    code, screen = await talk(engine, f"hi\r{CTRL_D}")
    assert (code, engine.lines, engine.closed) == (0, ["hi"], True)
    assert "you: hi\n" in screen.text
    assert "haiku-4.5: Hello.\nhaiku-4.5 · 1.2k in, 85 out · $0.0016 (session $0.0016)\n" in screen.text
    assert "\x07" not in screen.getvalue()


async def test_a_bell_ends_a_turn_for_who_asked_for_one() -> None:
    engine = ScriptedEngine(answer("Hello."), settings=Settings(notify="bell", notify_after=0.0))
    _, screen = await talk(engine, f"hi\r{CTRL_D}")
    assert "\x07" in screen.getvalue()


async def test_paths_are_attached_and_what_the_engine_has_to_say_comes_first() -> None:
    engine = ScriptedEngine(start=[ev.Notice("Not in a repository.")])
    _, screen = await talk(engine, CTRL_D, paths=("a b.py",))
    assert engine.lines == ["/add 'a b.py'"]
    assert screen.text.index("Not in a repository.") < screen.text.index("you:")


@pytest.mark.parametrize("key", [CTRL_J, ALT_ENTER])
async def test_a_new_line_does_not_send(key: str) -> None:
    engine = ScriptedEngine(answer("ok"))
    await talk(engine, f"one{key}two\r{CTRL_D}")
    assert engine.lines == ["one\ntwo"]


async def test_history_comes_back_with_up() -> None:
    engine = ScriptedEngine(answer("ok"))
    await talk(engine, f"\x1b[A\r{CTRL_D}")
    assert engine.lines == ["an old prompt"]


async def test_tab_completes_with_what_the_engine_offers() -> None:
    engine = ScriptedEngine(answer("ok"))
    await talk(engine, "/m\t", ("odel", f"opus\r{CTRL_D}"))
    assert engine.lines == ["/model opus"]


async def test_an_empty_line_is_no_prompt_and_a_question_mark_shows_the_keys() -> None:
    engine = ScriptedEngine()
    _, screen = await talk(engine, f"\r  \r?\r{CTRL_D}")
    assert engine.lines == []
    assert "Ctrl+D: quit, when the input is empty\n" in screen.text


async def test_ctrl_c_clears_a_line_and_quits_when_pressed_twice_on_an_empty_one() -> None:
    engine = ScriptedEngine()
    code, screen = await talk(engine, f"abc{CTRL_C}{CTRL_C}", ("quits", CTRL_C))
    assert (code, engine.lines) == (0, [])
    assert screen.text.count("Ctrl+C again quits") == 1


async def test_quitting_by_command_ends_the_loop() -> None:
    engine = ScriptedEngine([ev.QuitAsked()])
    assert (await talk(engine, "/quit\r"))[0] == 0


async def test_ctrl_c_stops_the_turn_and_keeps_what_was_said() -> None:
    engine = ScriptedEngine([ev.TextDelta("so far"), Wait()], answer("again"))
    _, screen = await talk(engine, "hi\r", ("so far", CTRL_C), ("stopped", f"more\r{CTRL_D}"))
    assert "haiku-4.5: so far\nstopped\n" in screen.text
    assert engine.lines == ["hi", "more"]


@pytest.mark.parametrize("plain", [True, False])
async def test_the_wait_for_another_try_is_counted_down_until_it_is_stopped(plain: bool) -> None:
    engine = ScriptedEngine([ev.Retrying("Busy.", 30.5, 2, 5), Wait()])
    seen = "again in 30.5 s (attempt 2 of 5, Ctrl+C stops)\n" + "31 s left (Esc stops)" * (not plain)
    _, screen = await talk(engine, "hi\r", (seen, CTRL_C), ("stopped", CTRL_D), plain=plain)
    assert ("31 s left" in screen.text) == (not plain)
    assert plain or screen.getvalue().rindex("\r\x1b[K") > screen.getvalue().index("31 s left")


async def test_what_is_typed_during_a_turn_waits_for_the_next_prompt() -> None:
    engine = ScriptedEngine([ev.TextDelta("first"), PROPOSAL, *answer()], answer("second"))
    await talk(engine, "one\ry\r", ("[y/n/e/?]", "n\r"), ("$0.0016)", CTRL_D))
    assert engine.lines == ["one", "y"]
    assert engine.verdicts[0].accepted == ()


TWO = Proposal((CHANGE, NEW_FILE))


@pytest.mark.parametrize(
    ("said", "accepted", "rejected"),
    [
        (["y\r", "n\r"], (CHANGE,), (Rejection("new.py"),)),
        (["n keep the import\r", "yes\r"], (NEW_FILE,), (Rejection("app.py", word="keep the import"),)),
        (["all\r"], (CHANGE, NEW_FILE), ()),
        (["q\r"], (), (Rejection("app.py"), Rejection("new.py"))),
        (["?\r", "all\r"], (CHANGE, NEW_FILE), ()),
        ([CTRL_D], (), (Rejection("app.py"), Rejection("new.py"))),
        (["y\r", CTRL_D], (), (Rejection("app.py"), Rejection("new.py"))),
    ],
)
async def test_each_file_is_shown_and_asked_for(
    said: list[str], accepted: tuple[FileChange, ...], rejected: tuple[Rejection, ...]
) -> None:
    engine = ScriptedEngine([TWO, *answer("ok")])
    again = (
        "Ctrl+D); may be followed by words\nWrite app.py?"
        if said[0] == "?\r"
        else "Write new file new.py? [y/n/e/k/q/?]"
    )
    questions = ["Write app.py? [y/n/e/q/?]", again][: len(said)]
    answers = [*zip(questions, said, strict=True), ("session $0.0016)", CTRL_D)]
    _, screen = await talk(engine, "go\r", *answers)
    assert engine.verdicts == [Verdict(accepted, rejected)]
    assert "--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,1 @@\n-import os\n x = 1\n" in screen.text


LONG = FileChange("src/a_rather_long_name.py", b"a\n" * 30, b"b\n" + b"a\n" * 28 + b"b\n")


@pytest.mark.parametrize("plain", [True, False])
async def test_on_a_terminal_of_twenty_columns_everything_is_asked_all_the_same(plain: bool) -> None:
    engine = ScriptedEngine([Proposal((LONG, NEW_FILE)), *answer("ok")])
    answers = [("hunk (1 o", "y\r"), ("hunk (2 o", "n no\r"), ("Write new file", "y\r"), ("0.0016)", CTRL_D)]
    _, screen = await talk(engine, "go\r", *answers, columns=20, plain=plain)
    assert "Write this hunk (2 o\nf 2)? [y/n/a/d/e/k/q\n/?]" in screen.text
    after = b"b\n" + b"a\n" * 30
    assert engine.verdicts[0].accepted == (replace(LONG, after=after), NEW_FILE)
    assert [rejection.word for rejection in engine.verdicts[0].rejected] == ["no"]


async def test_what_the_user_asked_to_see_is_shown_as_a_diff_under_its_title() -> None:
    engine = ScriptedEngine([ev.ChangesShown("2 files changed", (CHANGE, NEW_FILE))])
    _, screen = await talk(engine, f"/diff\r{CTRL_D}")
    assert (
        "2 files changed\n--- a/app.py\n+++ b/app.py\n@@ -1,2 +1,1 @@\n-import os\n x = 1\n"
        "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,1 @@\n+y = 2\n"
    ) in screen.text


async def test_a_half_done_write_is_asked_about_before_the_first_prompt() -> None:
    engine = ScriptedEngine(repairs=[MODELS, ev.Notice("It is rolled back.")])
    answers = [("Number", "1\r"), ("you: typed too early", f"\r{CTRL_D}")]
    _, screen = await talk(engine, "typed too early", *answers, paths=("a",))
    assert engine.choices == ["haiku"]
    assert engine.lines == ["/add a", "typed too early"]
    assert screen.text.index("It is rolled back.") < screen.text.index("you:")


@pytest.mark.parametrize(("key", "chosen"), [(CTRL_C, []), (CTRL_D, [None])])
async def test_who_does_not_answer_about_a_half_done_write_gets_the_prompt(key: str, chosen: list[str | None]) -> None:
    engine = ScriptedEngine(answer("So."), repairs=[MODELS])
    await talk(engine, "", ("Number", key), ("you:", "hi\r"), ("So.", CTRL_D))
    assert (engine.choices, engine.lines) == (chosen, ["hi"])


async def test_a_text_is_edited_in_the_users_editor(editor: Install) -> None:
    editor('echo more >> "$1"')
    engine = ScriptedEngine(["text\n", *answer("ok")])
    await talk(engine, f"go\r{CTRL_D}")
    assert engine.texts == ["text\nmore\n"]


async def test_a_hunk_is_edited_and_the_face_goes_on(editor: Install) -> None:
    editor('sed -i "s/^+y = 2/+y = 3/" "$1"')
    engine = ScriptedEngine([Proposal((NEW_FILE,)), *answer("ok")], answer("again"))
    await talk(engine, "go\r", ("Write new file", "e\r"), ("0.0016)", "more\r"), ("again", CTRL_D), plain=False)
    assert engine.verdicts == [Verdict((replace(NEW_FILE, after=b"y = 3\n"),))]
    assert engine.lines == ["go", "more"]


async def test_ctrl_c_at_a_question_stops_the_turn() -> None:
    engine = ScriptedEngine([TWO, *answer("never")])
    _, screen = await talk(engine, "go\r", ("[y/n/e/q/?]", "y\r"), ("[y/n/e/k/q/?]", CTRL_C), ("stopped", CTRL_D))
    assert engine.verdicts == []
    assert "never" not in screen.text


async def test_with_a_yes_nothing_is_asked() -> None:
    engine = ScriptedEngine([TWO, *answer("ok")], settings=Settings(yes=True))
    _, screen = await talk(engine, f"go\r{CTRL_D}")
    assert engine.verdicts == [Verdict((CHANGE, NEW_FILE))]
    assert "wrote app.py, new.py" in screen.text


MODELS = Question(
    "Model",
    (Option("haiku", "haiku-5.5", ("$0.10", "$0.50"), "newest"), Option("opus", "opus-5.5", ("$4", "$20"))),
    ("model", "in", "out"),
    "opus",
)


@pytest.mark.parametrize(
    ("said", "choice"), [("1\r", "haiku"), ("\r", "opus"), ("q\r", None), (CTRL_D, None), ("7\r", "haiku")]
)
async def test_a_choice_is_a_numbered_list(said: str, choice: str | None) -> None:
    engine = ScriptedEngine([MODELS, *answer("ok")])
    answers = [("Number (Enter takes 2, q none):", said), ("from 1 to 2.\nNumber", "1\r")]
    _, screen = await talk(engine, "/model\r", *answers[: 1 + (said[0] == "7")], ("$0.0016)", CTRL_D))
    assert engine.choices == [choice]
    table = "     model      in     out\n 1.  haiku-5.5  $0.10  $0.50\n    newest\n*2.  opus-5.5   $4     $20\n"
    assert table in screen.text


async def test_the_toolbar_shows_model_and_cost_and_the_plain_mode_has_none() -> None:
    _, screen = await talk(ScriptedEngine(), "", ("session $0", CTRL_D), plain=False)
    assert "haiku-4.5" in screen.text
    _, screen = await talk(ScriptedEngine(), CTRL_D)
    assert "session" not in screen.text


CODE = ["Look:\n``", '`python\nx = """a\n', 'b"""\n``', "`\nSo.\n"]


async def test_code_is_coloured_line_by_line_and_its_text_stays_as_it_is() -> None:
    engine = ScriptedEngine(answer(*CODE))
    _, screen = await talk(engine, f"hi\r{CTRL_D}", colors=theme.load("dark"), plain=False)
    assert 'haiku-4.5:\nLook:\n```python\nx = """a\nb"""\n```\nSo.\n' in screen.text
    red, green, blue = bytes.fromhex(theme.load("dark").syntax["String"][1:])
    assert f"38;2;{red};{green};{blue}mb" in screen.getvalue()


async def test_no_color_and_the_plain_mode_have_no_colour_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    colored = re.compile(r"\x1b\[[0-9;]*38;")
    events = answer(*CODE)
    dark = theme.load("dark")
    _, screen = await talk(ScriptedEngine(events), f"hi\r{CTRL_D}", colors=dark, plain=False)
    assert colored.search(screen.getvalue())
    _, screen = await talk(ScriptedEngine(events), f"hi\r{CTRL_D}", colors=dark)
    assert not colored.search(screen.getvalue())
    monkeypatch.setenv("NO_COLOR", "1")
    _, screen = await talk(ScriptedEngine(events), f"hi\r{CTRL_D}", colors=dark, plain=False)
    assert not colored.search(screen.getvalue())


async def test_another_theme_changes_the_colours_of_what_follows() -> None:
    engine = ScriptedEngine([ev.ThemeChanged("light")], answer("ok"))
    red, green, blue = bytes.fromhex(theme.load("light").colors["muted"][1:])
    _, screen = await talk(engine, f"/theme light\rhi\r{CTRL_D}", colors=theme.load("dark"), plain=False)
    assert f"38;2;{red};{green};{blue}mhaiku-4.5 ·" in screen.getvalue()


async def test_plain_text_has_the_colour_of_the_terminal_whose_background_nobody_knows() -> None:
    _, screen = await talk(ScriptedEngine(answer("So.")), f"hi\r{CTRL_D}", colors=theme.load("dark"), plain=False)
    assert "\x1b[0mSo." in screen.getvalue()


async def test_at_the_end_it_says_what_was_spent_and_how_to_go_on() -> None:
    _, screen = await talk(ScriptedEngine(answer("So.")), f"hi\r{CTRL_D}")
    assert screen.text.endswith("$0.0016 · haikuterm -c goes on here (session s1)\n")


@pytest.mark.parametrize("name", theme.names())
async def test_every_theme_can_be_drawn(name: str) -> None:
    engine = ScriptedEngine([TWO, checked_evil(), *answer(*CODE)], settings=Settings(yes=True))
    code, _ = await talk(engine, f"go\r{CTRL_D}", colors=theme.load(name), plain=False)
    assert code == 0


EVIL = "x\x1b]0;owned\x07\x1b[5m\x9b31m\u202e"


def checked_evil() -> ev.Checked:
    return ev.Checked(CheckReport(EVIL, (EVIL,), (Finding(EVIL, EVIL, "error", EVIL, 1, 1, EVIL),)))


@pytest.mark.parametrize("plain", [True, False])
async def test_no_escape_sequence_of_others_reaches_the_terminal(plain: bool) -> None:
    change = FileChange(f"{EVIL}.py", EVIL.encode(), f"{EVIL}2\n".encode())
    question = Question(EVIL, (Option("v", EVIL, (EVIL,), EVIL),), (EVIL,))
    acts: list[Any] = [
        ev.TextDelta(EVIL[:2]), ev.TextDelta(EVIL[2:]), ev.TextDelta(f"\n```{EVIL}\n{EVIL}\n```\n"),
        ev.TextDelta(f"```python\n{EVIL}\n```\n"), Proposal((change,)), question, ev.Notice(EVIL),
        ev.Notice(EVIL, markdown=True), ev.ToolStarted(EVIL, EVIL, EVIL), ev.ToolEnded(EVIL, EVIL, False, EVIL, EVIL),
        checked_evil(), ev.ThemeChanged(EVIL), ev.TurnEnded("failed", EVIL),
    ]  # fmt: skip
    engine = ScriptedEngine(acts)
    answers = [("[y/n/e/?]", "n\r"), ("Number", "q\r"), ("failed: x", CTRL_D)]
    _, screen = await talk(engine, "go\r", *answers, colors=theme.load("dark"), plain=plain)
    bare = screen.getvalue()
    assert "owned" in bare
    assert not [bad for bad in ("\x1b]0", "owned\x07", "\x1b[5m", "\x9b", "\u202e") if bad in bare]


async def test_the_real_engine_writes_what_was_accepted_and_undoes_it(repo: Path) -> None:
    before = (repo / "app.py").read_bytes()
    edits = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}
    engine = rig(repo, calls("edit", edits), says("Done.")).engine
    _, screen = await talk(
        engine, "fix it @app.py\r", ("Write app.py?", "y\r"), ("Done.", "/undo\r"), ("undid app.py", CTRL_D)
    )
    assert "wrote app.py (/undo takes it back)\nruff: clean (1 -> 0)\n" in screen.text
    assert (repo / "app.py").read_bytes() == before


async def test_the_real_engine_writes_the_hunks_that_were_accepted_and_tells_the_model_of_the_others(
    repo: Path,
) -> None:
    edits = {
        "edits": [
            {"path": "app.py", "old": "import os\n", "new": ""},
            {"path": "app.py", "old": "return len(sys.argv)", "new": "return 0"},
        ]
    }
    world = rig(repo, calls("edit", edits), says("Done."))
    answers = [("Write app.py?", "s\r"), ("(1 of 2)", "y\r"), ("(2 of 2)", "n the length matters\r"), ("Done.", CTRL_D)]
    _, screen = await talk(world.engine, "fix it @app.py\r", *answers)
    assert (repo / "app.py").read_text() == "import sys\n\n\ndef main() -> int:\n    return len(sys.argv)\n"
    assert "not written: 1 part of app.py: the length matters\n" in screen.text
    told = str(world.provider.requests[-1].messages[-1])
    assert "the length matters" in told
    assert "+    return 0" in told


async def test_after_ctrl_c_the_real_engine_takes_the_next_prompt(repo: Path) -> None:
    begun = [*says("so far")[:2], asyncio.Event()]
    world = rig(repo, begun, says("Here again."))
    _, screen = await talk(world.engine, "one\r", ("so far", CTRL_C), ("stopped", "two\r"), ("Here again.", CTRL_D))
    assert "haiku-4.5: so far\nstopped\n" in screen.text
    assert [message.role for message in world.engine.session.messages] == ["user", "assistant"] * 2


OUTLOOK = Outlook(HAIKU, "shop", RepoFacts(True, "main", True), ("app.py",))


@pytest.mark.parametrize("plain", [True, False])
async def test_what_to_try_is_said_before_the_first_prompt(plain: bool) -> None:
    engine = ScriptedEngine(answer("ok"))
    engine.outlooks = (OUTLOOK,)
    _, screen = await talk(engine, "", ("try", CTRL_D), plain=plain)
    assert "haiku-4.5, $1 in, $5 out per M tokens\n" in screen.text
    assert "shop · main · 1 file changed\n" in screen.text
    assert "try  Review @app.py  (changed since the last commit)\n" in screen.text
    assert engine.lines == []


async def test_a_conversation_that_goes_on_shows_its_last_exchange() -> None:
    engine = ScriptedEngine()
    engine.outlooks = (Outlook(HAIKU, asked="what is it?", answered="\n".join(f"line {n}" for n in range(20))),)
    _, screen = await talk(engine, CTRL_D)
    assert "> what is it?\n…\nline 8\n" in screen.text
    assert "line 19\n" in screen.text


async def test_long_work_is_one_line_that_is_drawn_over_and_plain_lines_for_a_reader() -> None:
    work = [ev.Progress("fetching", done * 1_000_000, 100_000_000) for done in range(101)]
    for plain in (True, False):
        engine = ScriptedEngine([*work, *answer("ok")])
        _, screen = await talk(engine, f"hi\r{CTRL_D}", plain=plain)
        assert screen.text.count("fetching: ") == (11 if plain else 0)
        assert ("fetching ▕" in screen.getvalue()) is not plain


async def test_what_a_command_drafts_stands_in_the_next_prompt() -> None:
    engine = ScriptedEngine([ev.Drafted("from the editor")], answer("ok"))
    await talk(engine, f"/editor\r!\r{CTRL_D}")
    assert engine.lines == ["/editor", "from the editor!"]


async def test_shift_tab_says_what_becomes_of_edits_and_leaves_the_draft(repo: Path) -> None:
    r = rig(repo)
    keys = "draft\x1b[Z"
    answers = (("Edits are written without asking", "\x1b[Z"), ("Each edit is shown and asked for.", "\x03\x04"))
    code, screen = await talk(r.engine, keys, *answers)
    assert code == 0
    assert r.engine.session.writes == "asked"
    assert "draft" in screen.text.rpartition("Each edit is shown")[2]


async def test_edits_that_nobody_was_asked_for_are_shown_as_they_are_written(repo: Path) -> None:
    edit = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}
    r = rig(repo, calls("edit", edit), says("Removed."))
    _, screen = await talk(r.engine, "/permissions accept\rremove it in @app.py\r", ("Removed.", CTRL_D))
    assert re.search(r"^ *1? *- ?import os$", screen.text, re.MULTILINE)
    assert "Write app.py?" not in screen.text
