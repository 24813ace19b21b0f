"""Pastes in the inline face: pictures become mentions, big ones one word, escapes visible."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from haikuterm.adapters.drafts import DraftFiles
from haikuterm.core.drafts import Draft
from tests.ui.own_editor import Install
from tests.ui.scripted_events import ScriptedEngine, answer
from tests.ui.test_repl import CTRL_C, CTRL_D, talk

BIG = "\n".join(f"line {n}" for n in range(40))
BACK, DELETE, LEFT, UP, CTRL_G, CTRL_W, TAB = "\x7f", "\x1b[3~", "\x1b[D", "\x1b[A", "\x07", "\x17", "\t"


def pasted(text: str) -> str:
    """The bytes of a terminal that tells pastes from keys."""
    return f"\x1b[200~{text}\x1b[201~"


async def sent(keys: str, *, plain: bool = False) -> list[str]:
    """What the engine gets of these keys."""
    engine = ScriptedEngine(answer("ok"), answer("ok"))
    await talk(engine, keys + CTRL_D, plain=plain)
    return engine.lines


async def test_escapes_in_a_paste_are_made_visible_and_line_ends_are_new_lines() -> None:
    assert await sent(f"see {pasted(f'a{chr(27)}[31mb' + chr(13) + 'c')}\r") == ["see a␛[31mb\nc"]


async def test_a_dragged_picture_becomes_a_mention(tmp_path: Path) -> None:
    picture = tmp_path / "my cat.png"
    picture.touch()
    path = str(picture).replace(" ", "\\ ")
    assert await sent(f"see{pasted(path)}\r") == [f'see @"{picture}" ']


@pytest.mark.parametrize("plain", [True, False])
async def test_a_big_paste_is_one_word_on_the_screen_and_whole_in_the_prompt(plain: bool) -> None:
    engine = ScriptedEngine(answer("ok"))
    _, screen = await talk(engine, f"see {pasted(BIG)} please\r{CTRL_D}", plain=plain)
    assert engine.lines == [f"see {BIG} please"]
    assert "see [pasted 40 lines] please" in screen.text
    assert "line 39" not in screen.text


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (f"{BACK}y", "xy"),
        (f"{LEFT}{DELETE}y", "xy"),
        (f"{LEFT}y", f"xy{BIG}"),
        (f"z{LEFT}{LEFT}{BACK}", f"{BIG}z"),
        (f" z{CTRL_W}y", f"x{BIG} y"),
        (CTRL_W, "x"),
        (f"{TAB}y", f"x{BIG}y"),
        (pasted(BIG), f"x{BIG}"),
        (f"z\x01\x0b{pasted('y')}", "y"),
    ],
)
async def test_keys_take_a_folded_paste_as_one_sign(keys: str, text: str) -> None:
    assert await sent(f"x{pasted(BIG)}{keys}\r") == [text]


async def test_the_editor_shows_what_a_folded_paste_stands_for(editor: Install) -> None:
    editor('cp "$1" "$TMPDIR/seen"; sed -i s/please/now/ "$1"; touch "$TMPDIR/edited"')
    engine = ScriptedEngine(answer("ok"))
    _, screen = await talk(engine, f"see {pasted(BIG)} please{CTRL_G}", ("now", f"\r{CTRL_D}"))
    assert engine.lines == [f"see {BIG} now"]
    assert Path(os.environ["TMPDIR"], "seen").read_text() == f"see {BIG} please"
    assert "see [pasted 40 lines] now" in screen.text


async def test_a_folded_paste_comes_back_from_the_history_and_after_a_ctrl_c() -> None:
    assert await sent(f"x{pasted(BIG)}\r{UP}\r") == [f"x{BIG}"] * 2
    engine = ScriptedEngine(answer("ok"))
    await talk(engine, f"x{pasted(BIG)}{CTRL_C}", ("x[pasted 40 lines]", f"{UP}\r{CTRL_D}"))
    assert engine.lines == [f"x{BIG}"]


async def test_a_draft_is_kept_unfolded_and_folded_again_next_time(tmp_path: Path) -> None:
    engine = ScriptedEngine(answer("ok"))
    before = DraftFiles("/repo", tmp_path)
    before.keep(Draft(f"see {BIG}", (BIG,)))
    before.close()
    engine.drafts = DraftFiles("/repo", tmp_path)
    _, screen = await talk(engine, f"\r{CTRL_D}")
    assert engine.lines == [f"see {BIG}"]
    assert "see [pasted 40 lines]" in screen.text
