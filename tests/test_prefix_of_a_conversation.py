"""Over fifty turns what was sent once is sent again byte for byte, or the part that changed is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.core.events import TurnEnded
from haikuterm.core.settings import Settings
from haikuterm.engine.cache_report import report
from tests.messages_api import MessagesApi, Say
from tests.scripted import Rig, rig

TURNS = 50


def blocks(body: dict[str, Any]) -> Iterator[bytes]:
    """Every block of a body in the cache's order, without its mark."""
    for tool in body["tools"]:
        yield json.dumps(tool).encode()
    for message in [{"role": "system", "content": body["system"]}, *body["messages"]]:
        for block in message["content"]:
            plain = {name: value for name, value in block.items() if name != "cache_control"}
            yield json.dumps([message["role"], plain]).encode()


def up_to_the_last_mark(body: dict[str, Any]) -> list[bytes]:
    """The blocks that a request asks to have cached."""
    marked = [*body["tools"], *body["system"], *(block for m in body["messages"] for block in m["content"])]
    last = max((at for at, block in enumerate(marked) if "cache_control" in block), default=-1)
    return list(blocks(body))[: last + 1]


def talker(api: MessagesApi, repo: Path, model: str = "claude-haiku-4-5") -> Rig:
    built = rig(repo, model=model, settings=Settings(api_key="key", check=False))
    built.engine.ports = replace(built.engine.ports, provider=ClaudeProvider(api_key="key", base_url=api.url))
    return built


@pytest.mark.parametrize(("model", "thought"), [("claude-haiku-4-5", ""), ("claude-haiku-5-5", "Hm, let me see.")])
async def test_fifty_turns_with_tools_files_and_a_resume_never_change_what_was_cached(
    api: MessagesApi, repo: Path, model: str, thought: str
) -> None:
    (repo / "big.py").write_text("x = 1  # so long that it can be cached\n" * 600)
    (repo / "AGENTS.md").write_text("Use blanks, no tabs.\n")
    talk = talker(api, repo, model)
    await talk.run("/add big.py")
    for turn in range(TURNS):
        match turn % 5:
            case 1:
                api.answer(Say("", thought, [("read", {"path": "app.py"})]), Say("Read it.", thought))
            case 2:
                await talk.run("/add app.py" if turn % 2 else "/drop big.py")
                (repo / "app.py").write_text(f"import os\nimport sys\n\nTURN = {turn}\n")
            case 3:
                edit = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}
                api.answer(Say("I will.", thought, [("edit", edit), ("list", {})]), Say("Done."))
            case 4:
                await talk.engine.close()
                talk = talker(api, repo, model)
                kept = talk.engine.ports.store.last(str(repo))
                assert kept is not None
                talk.engine.resume(kept)
            case _:
                await talk.run("/add big.py")
        assert (await talk.run(f"turn {turn}"))[-1] == TurnEnded("done")
        cache = talk.engine.session.cache
        assert cache is not None
        assert (cache.broken, cache.usage.cache_read >= cache.expected) == ("", True)
    await talk.engine.close()
    assert len(api.requests) == TURNS + 2 * (TURNS // 5)
    for earlier, later in zip(api.requests, api.requests[1:], strict=False):
        cached = up_to_the_last_mark(earlier)
        assert len(cached) > 10
        assert list(blocks(later))[: len(cached)] == cached


async def test_the_part_that_changed_is_named(api: MessagesApi, repo: Path) -> None:
    talk = talker(api, repo, "claude-haiku-5-5")
    (repo / "big.py").write_text("x = 1  # so long that it can be cached\n" * 600)
    await talk.run("look at @big.py")
    assert "the first request since the program started" in report(talk.engine.session)
    await talk.run("and?")
    said = report(talk.engine.session)
    assert "tokens were the same as before. Expected to be read:" in said
    assert "| files |" in said
    talk.engine.session.thinking = "show"
    await talk.run("think aloud")
    assert "up to a change in thinking or effort" in report(talk.engine.session)
    await talk.run("/model haiku-4.5")
    await talk.run("and you?")
    assert "up to a change in the model (claude-haiku-5-5, then claude-haiku-4-5)" in report(talk.engine.session)
    await talk.run("/clear")
    await talk.run("anew")
    assert "up to a change in message 1 (file big.py)" not in report(talk.engine.session), "it is sent again as it was"
    assert "message 1 (user, text)" in report(talk.engine.session)
    await talk.engine.close()


async def test_the_api_s_own_word_on_a_miss_is_asked_for_and_shown(api: MessagesApi, repo: Path) -> None:
    talk = rig(repo, settings=Settings(api_key="key"))
    provider = ClaudeProvider(api_key="key", base_url=api.url, diagnose=True)
    talk.engine.ports = replace(talk.engine.ports, provider=provider)
    (repo / "big.py").write_text("x = 1  # so long that it can be cached\n" * 600)
    api.answer(Say(), Say(miss="tools_changed"))
    await talk.run("look at @big.py")
    await talk.run("and?")
    first, second = api.requests
    assert first["diagnostics"] == {"previous_message_id": None}
    assert second["diagnostics"]["previous_message_id"].startswith("msg_")
    assert "The API says of the miss: the tools changed." in report(talk.engine.session)
    await talk.engine.close()


async def test_the_question_is_only_put_where_it_is_wanted(api: MessagesApi, repo: Path) -> None:
    talk = talker(api, repo)
    await talk.run("one")
    await talk.run("two")
    assert not [body for body in api.requests if "diagnostics" in body]
    await talk.engine.close()
