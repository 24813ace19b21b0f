"""Keys that a user gives: one spelling, and a sentence with the place for what cannot be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.errors import SettingsError
from haikuterm.core.keymap import ACTIONS, BY_NAME, KEPT, SENDABLE, check, spelled
from haikuterm.core.settings import Settings
from haikuterm.core.settings_layers import Layer, lay, lay_repository, merge


def place(name: str) -> str:
    return f"config.toml, {name}"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Ctrl+K", "ctrl+k"),
        ("ctrl-k", "ctrl+k"),
        ("control+k", "ctrl+k"),
        ("shift+ctrl+up", "ctrl+shift+up"),
        ("Meta-x", "alt+x"),
        ("PgUp", "pageup"),
        ("ctrl+x  ctrl+e", "ctrl+x ctrl+e"),
        ("ctrl+@", "ctrl+space"),
    ],
)
def test_a_key_has_one_spelling(typed: str, key: str) -> None:
    assert spelled(typed) == key


def test_a_key_gets_an_action_a_command_or_nothing() -> None:
    given = {"Ctrl+K": "clear-draft", "f5": "/lint", "f6": "/add ", "ctrl+l": ""}
    wanted = (("ctrl+k", "clear_draft"), ("f5", "/lint"), ("f6", "/add "), ("ctrl+l", ""))
    assert check(given, place) == wanted
    assert check(wanted, place) == wanted


@pytest.mark.parametrize(
    ("key", "action", "why"),
    [
        ("ctrl+shift+q", "editor", "terminals send no key 'ctrl\\+shift\\+q'"),
        ("pgeup", "top", "no key 'pgeup'. Near it: pageup"),
        ("ctrl+i", "editor", "terminals send tab for ctrl\\+i"),
        ("ctrl+m", "editor", "terminals send enter for ctrl\\+m"),
        ("k", "older", "k is typed into the prompt"),
        ("shift+k", "older", "is typed into the prompt"),
        ("escape", "clear_draft", "escape stops the turn and keeps that meaning"),
        ("ctrl+c", "", "ctrl\\+c stops, clears and quits and keeps that meaning"),
        ("enter", "newline", "nothing would send any more"),
        ("f5", "editr", "there is no action 'editr'. Near it: editor"),
        ("f5", 3, "an action is a name in quotes"),
        ("f5 f6", "editor", "the first must be ctrl\\+ and a letter"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(key: str, action: object, why: str) -> None:
    with pytest.raises(SettingsError, match=f"(?s)^config.toml, keys.{key.replace('+', '.')}: .*{why}"):
        check({key: action}, place)


def test_keys_that_are_no_table_are_refused() -> None:
    with pytest.raises(SettingsError, match="keys is a table"):
        check("ctrl+k", place)


def test_enter_may_break_the_line_if_something_else_sends() -> None:
    assert check({"enter": "newline", "alt+enter": "send"}, place) == (("enter", "newline"), ("alt+enter", "send"))


def test_no_key_has_two_actions_and_every_key_can_be_sent() -> None:
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys))
    assert {each for key in keys for each in key.split()} <= SENDABLE
    assert all(spelled(key) == key for key in keys)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=3))
def test_anything_is_taken_or_refused_in_a_sentence(table: dict[str, str]) -> None:
    told, pairs = "", ()
    try:
        pairs = check(table, place)
    except SettingsError as error:
        told = str(error)
    assert not told or told.startswith("config.toml, keys.")
    assert all(name == "" or name in BY_NAME or name.startswith("/") for _, name in pairs)
    assert not {key for key, _ in pairs} & {*KEPT}


def test_layers_add_up_key_by_key() -> None:
    first = merge(Settings(), {"keys": {"f5": "editor", "f6": "top"}}, "a")
    assert dict(merge(first, {"keys": {"f5": "redraw"}}, "b").keys) == {"f5": "redraw", "f6": "top"}


def test_the_line_of_a_wrong_key_is_named() -> None:
    layer = Layer("user", "The settings file x", {"keys": {"ctrl+k": "nope"}}, {"keys.ctrl+k": ", line 3"})
    with pytest.raises(SettingsError, match=r"^The settings file x, line 3: there is no action 'nope'"):
        lay(Settings(), layer)


def test_a_repository_that_is_not_trusted_sets_no_keys() -> None:
    layer = Layer("repository", "x", {"keys": {"f5": "/quit"}, "vim": True})
    settings = lay_repository(Settings(), layer, trusted=False)
    assert (settings.keys, settings.vim) == ((), False)
    assert "keys, vim" in settings.origins.notes[0]
    assert lay_repository(Settings(), layer, trusted=True).keys == (("f5", "/quit"),)
