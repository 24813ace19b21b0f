"""The inline face has the keys of the table, the user's own, and vim's as prompt_toolkit has them."""

from __future__ import annotations

import asyncio

import pytest
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.shortcuts import PromptSession

from haikuterm.core.keymap import ACTIONS, SENDABLE
from haikuterm.ui.keymap import Pairs
from haikuterm.ui.repl_keys import DOES, bindings, mode, rows


async def typed(keys: str, own: Pairs = (), *, vim: bool = False) -> str:
    """What is sent when these bytes are typed."""
    with create_pipe_input() as pipe:
        session: PromptSession[str] = PromptSession(
            input=pipe,
            output=DummyOutput(),
            key_bindings=bindings(own, shout, mark),
            multiline=True,
            editing_mode=mode(vim),
        )
        pipe.send_text(keys)
        return await session.prompt_async("")


def shout(event: KeyPressEvent) -> None:
    """Stands for the user's editor."""
    event.current_buffer.text = event.current_buffer.text.upper()


def mark(event: KeyPressEvent) -> None:
    """Stands for the change of what is asked for."""
    event.current_buffer.insert_text("*")


@pytest.mark.parametrize(
    ("keys", "own", "sent"),
    [
        ("a\nb\r", (), "a\nb"),
        ("a b\x0bc\r", (("ctrl+k", "clear_draft"),), "c"),
        ("ab\x17\r", (("ctrl+w", ""),), "ab"),
        ("ab\x1bOS", (("f4", "/lint"),), "/lint"),
        ("ab\x1bOSx\r", (("f4", "/add "),), "/add x"),
        ("a\rb\x1bs", (("enter", "newline"), ("alt+s", "send")), "a\nb"),
        ("ab\x18\x0cc\r", (("ctrl+x ctrl+l", "line_start"),), "cab"),
        ("ab\x07\r", (), "AB"),
        ("ab\x18\x05\r", (), "AB"),
        ("ab\x1bOS\r", (("f4", "editor"),), "AB"),
        ("a\\\rb\r", (), "a\nb"),
        ("a\\b\x1b[D\r", (), "a\\b"),
        ("ab\x02\x02x\x06y\r", (), "xayb"),
        ("ab cd\x01\x1b[3;5~\r", (), " cd"),
        ("ab cd\x01\x1b[3;3~\r", (), " cd"),
        ("a\x1b[Zb\r", (), "a*b"),
        ("a\x1bOSb\r", (("f4", "approvals"),), "a*b"),
    ],
)
async def test_keys_do_what_the_settings_say(keys: str, own: Pairs, sent: str) -> None:
    assert await typed(keys, own) == sent


async def test_enter_only_takes_what_was_chosen_of_the_list_where_more_follows_it() -> None:
    offers = WordCompleter(["@app.py ", "/help"], sentence=True)
    with create_pipe_input() as pipe:
        keys = bindings((), shout, mark)
        session: PromptSession[str] = PromptSession(
            input=pipe, output=DummyOutput(), key_bindings=keys, multiline=True, completer=offers
        )
        for begun, more, sent in (("@", "\rx\r", "@app.py x"), ("/", "\r", "/help")):
            pipe.send_text(begun)
            prompt = asyncio.create_task(session.prompt_async(""))
            async with asyncio.timeout(20):
                while (state := session.default_buffer.complete_state) is None or not state.completions:
                    await asyncio.sleep(0)
            pipe.send_text(f"\x1b[B{more}")
            assert await asyncio.wait_for(prompt, 20) == sent


async def test_vims_keys_begin_in_insert_mode() -> None:
    assert mode(True) is EditingMode.VI
    assert await typed("one two\x1bbD0ix\r", vim=True) == "xone "


def test_every_inline_action_can_be_given_a_key_but_the_one_that_must_stay() -> None:
    inline = {action.name for action in ACTIONS if action.inline}
    assert inline - {*DOES, "editor", "approvals"} == {"interrupt"}


def test_every_key_of_the_table_can_be_bound_or_is_left_out() -> None:
    for key in sorted(SENDABLE):
        bindings(((key, "redraw"),), shout, mark)


def test_the_list_of_keys_names_the_users_own() -> None:
    listed = dict(rows((("f5", "/lint"),)))
    assert listed["F5"] == "/lint"
    assert listed["Esc"] == "stop the turn"
    assert listed["Ctrl+D"] == "quit, when the input is empty"
