"""Tables drive the keys: every action exists, no key has two meanings on a screen, docs/keys.md is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from haikuterm.core.keymap import ACTIONS, SENDABLE
from haikuterm.ui.keymap import bound, shown
from haikuterm.ui.tui.composer import Composer
from haikuterm.ui.tui.diff import DiffScreen
from haikuterm.ui.tui.keying import EDITING, Keying
from haikuterm.ui.tui.keys import (
    DIFF_KEYS,
    HISTORY_KEYS,
    KEYS,
    LIST_KEYS,
    READING_KEYS,
    Key,
    composer_keys,
    step,
    textual,
)
from haikuterm.ui.tui.keys_page import page
from haikuterm.ui.tui.reading import Reading

SCREENS = [KEYS, DIFF_KEYS, LIST_KEYS, HISTORY_KEYS, READING_KEYS]
DOCS = Path(__file__).parents[2] / "docs" / "keys.md"


def test_the_page_of_keys_is_what_the_tables_say() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(), "write it anew: python -m haikuterm.ui.tui.keys_page"


@pytest.mark.parametrize("keys", SCREENS, ids=["input", "approval", "list", "history", "reading"])
def test_no_key_means_two_things_on_a_screen(keys: tuple[Key, ...]) -> None:
    names = [name for key in keys for name in key.names]
    assert sorted(names) == sorted(set(names))
    assert all(key.shown and key.does for key in keys)


def test_every_action_of_the_tables_exists() -> None:
    rows = [(Composer, key) for key in composer_keys(every=True)] + [(DiffScreen, key) for key in DIFF_KEYS]
    rows += [(Reading, key) for key in READING_KEYS]
    missing = [key.action for screen, key in rows if key.action and not hasattr(screen, _method(key.action))]
    assert missing == []


@pytest.mark.parametrize("keys", [LIST_KEYS, HISTORY_KEYS], ids=["list", "history"])
def test_every_action_of_a_list_moves_or_is_known(keys: tuple[Key, ...]) -> None:
    still = {key.action for key in keys if not step(key.action, 8)}
    assert still - {"word"} == {"take", "less", "all", "cancel"}


def _method(action: str) -> str:
    return f"action_{action.partition('(')[0]}"


def test_every_action_has_a_row_of_its_own_in_the_table() -> None:
    assert {key.name for key in composer_keys(every=True)} == {"", *(action.name for action in ACTIONS)}


def ask(keying: Keying, *keys: str) -> list[str | None]:
    return [keying.action(key, empty=False, selected=False) for key in keys]


def test_the_users_own_keys_lie_over_the_table() -> None:
    keying = Keying((("ctrl+k", "clear_draft"), ("f5", "/lint"), ("ctrl+l", ""), ("alt+enter", "send")))
    assert ask(keying, "ctrl+k", "f5", "ctrl+l") == ["clear_draft", "run_line('/lint')", ""]
    assert ask(keying, "alt+enter", "shift+enter", "enter") == ["send", "newline", "send"]


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1bqab", ["alt+q", "a", "b"]),
        ("\x1bb", ["alt+b"]),
        ("\x1b1", ["alt+1"]),
        ("\x1b.", ["alt+full_stop"]),
        ("\x1b\r", ["alt+enter"]),
        ("\x1b\x7f", ["alt+backspace"]),
        ("\x1b[A", ["up"]),
        ("\x1bOP", ["f1"]),
    ],
)
def test_alt_and_a_key_is_one_key_without_a_letter_at_once(sent: str, keys: list[str]) -> None:
    """Nothing that comes behind it waits until the typist pauses."""
    found = [event for event in XTermParser().feed(sent) if isinstance(event, events.Key)]
    assert [event.key for event in found] == keys
    assert not any(event.character for event in found if event.key.startswith("alt+"))


def test_alt_and_a_key_that_means_nothing_types_nothing() -> None:
    assert ask(Keying(), "alt+q", "q") == ["", None]


def test_two_keys_can_mean_something_together_and_the_first_waits() -> None:
    assert ask(Keying(), "ctrl+x", "ctrl+e") == ["", "ask('editor')"]
    assert ask(Keying(), "ctrl+x", "a") == ["", None]
    assert Keying().action("ctrl+x", empty=False, selected=True) == "cut"


def test_a_key_that_is_taken_away_does_nothing_even_where_textual_has_one() -> None:
    assert EDITING["ctrl+w"]
    assert ask(Keying((("ctrl+w", ""),)), "ctrl+w") == [""]


@given(st.sampled_from(sorted(SENDABLE)))
def test_every_key_that_can_be_sent_has_names_and_can_be_shown(key: str) -> None:
    assert textual(key)
    assert shown(key)[0].isupper() or not shown(key)[0].isalpha()


def test_a_key_moves_in_the_list_when_the_user_gives_it_away() -> None:
    rows = {row.action.name: row.keys for row in bound((("ctrl+r", "editor"), ("f5", "/lint")))}
    assert rows["search_history"] == ()
    assert rows["editor"] == ("ctrl+g", "ctrl+x ctrl+e", "ctrl+r")
    assert rows["/lint"] == ("f5",)
