"""The program finds the looks that fit its terminal, full screen and inline; what is wrong with a theme is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from haikuterm.adapters.config import config_folder, settings_file
from haikuterm.core.events import Notice
from haikuterm.core.settings import Settings
from haikuterm.ui.indexed import nearest, readable
from haikuterm.ui.theme import load
from haikuterm.wiring import build
from tests.messages_api import MessagesApi
from tests.scripted import ScriptedAsker
from tests.ui.terminal import Terminal

QUERY, WHITE = b"\x1b]11;?\x07", b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
Start = Callable[..., Terminal]


@pytest.fixture
def start(repo: Path, tmp_path: Path, api: MessagesApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts the program in the repository, on a terminal."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    monkeypatch.setenv("COLORTERM", "truecolor")
    started: list[Terminal] = []

    def begin(*words: str, term: str = "xterm-256color", early: bytes = b"") -> Terminal:
        command = ("-m", "haikuterm", *words)
        started.append(Terminal(tmp_path / "unused", early=early, command=command, folder=repo, term=term))
        return started[-1]

    yield begin
    for terminal in started:
        terminal.close()


def code(theme: str, role: str, layer: int) -> bytes:
    color = load(theme).colors[role]
    return (f"{layer}8;2;" + ";".join(str(int(color[n : n + 2], 16)) for n in (1, 3, 5))).encode()


def test_the_inline_face_asks_for_the_ground_and_keeps_what_was_typed_meanwhile(start: Start) -> None:
    terminal = start("--inline", early=b"/he" + WHITE + b"lp")  # it waits a tenth of a second: we might be too late
    terminal.until(lambda: b"/help" in terminal.output)
    terminal.write(WHITE + b"\r")
    terminal.until(lambda: b"/theme" in terminal.output)
    assert b"rgb:" not in terminal.output[terminal.output.index(QUERY) :]
    assert code("light", "user", 3) in terminal.output


def test_the_full_screen_takes_the_users_own_theme_for_a_light_ground(start: Start) -> None:
    folder = config_folder() / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('dark = false\n[colors]\nbackground = "#fedcba"\n')
    (config_folder() / "config.toml").write_text('theme_light = "mine"\n')
    terminal = start(early=WHITE)
    terminal.until(lambda: b"48;2;254;220;186" in terminal.output and b"haiku-4.5" in terminal.output)


def test_a_broken_theme_of_the_users_own_is_named_with_its_line_and_the_terminal_restored(start: Start) -> None:
    folder = config_folder() / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("dark = true\n[colors]\ntext = 'grey'\n")
    terminal = start("--theme", "mine")
    assert terminal.ended() == 2
    terminal.until(lambda: b"mine.toml, line 3, text = 'grey'" in terminal.output)
    assert terminal.restored()


def test_a_terminal_of_sixteen_colours_gets_its_own_palette(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORTERM")
    terminal = start(term="xterm")
    terminal.until(lambda: b"haiku-4.5" in terminal.output)
    assert QUERY not in terminal.output
    assert b"8;2;" not in terminal.output
    assert b"8;5;" not in terminal.output


def test_a_terminal_of_256_colours_gets_those_in_which_its_theme_can_be_read(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLORTERM")
    terminal = start("--theme", "paper")
    terminal.until(lambda: b"haiku-4.5" in terminal.output)
    accent, surface = (tuple(bytes.fromhex(load("paper").colors[role][1:])) for role in ("accent", "surface"))
    assert f"38;5;{readable(accent, surface)};48;5;{nearest(surface)}m".encode() in terminal.output
    assert b"8;2;" not in terminal.output


def test_the_mouse_is_left_to_the_terminal_where_that_is_wanted(start: Start) -> None:
    taken, left = start(), start("--no-mouse")
    for terminal in (taken, left):
        terminal.until(lambda terminal=terminal: b"haiku-4.5" in terminal.output)
    assert b"\x1b[?1000h" in taken.output
    assert b"\x1b[?1000h" not in left.output


def test_a_terminal_that_can_only_print_gets_the_plain_face(start: Start) -> None:
    terminal = start(term="dumb")
    terminal.until(lambda: b"you: " in terminal.output)
    terminal.write(b"/quit\r")
    assert terminal.ended() == 0
    assert b"\x1b" not in terminal.output


def test_nothing_is_coloured_where_no_colour_is_wanted(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = start()
    terminal.until(lambda: b"haiku-4.5" in terminal.output)
    assert b"8;2;" not in terminal.output
    for number in (*range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)):
        assert f"\x1b[{number}m".encode() not in terminal.output
        assert f";{number}m".encode() not in terminal.output


async def test_a_theme_that_cannot_be_used_is_neither_worn_nor_kept(repo: Path) -> None:
    folder = config_folder() / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("[colors]\ntext = 'grey'\n")
    engine = build(Settings(api_key="test"), start=repo)
    try:
        async with aclosing(engine.submit("/theme mine", ScriptedAsker())) as events:
            told = [event async for event in events]
    finally:
        await engine.close()
    assert [type(event) for event in told] == [Notice]
    assert "mine.toml, line 2, text = 'grey'" in told[0].text
    assert not settings_file().exists()
