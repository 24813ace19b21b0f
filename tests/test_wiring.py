"""Wiring: which model goes on with a saved conversation, and what --local never lets happen."""

from __future__ import annotations

from pathlib import Path

import pytest

from haikuterm.adapters.config import state_folder
from haikuterm.adapters.store import SqliteStore
from haikuterm.core.errors import NoCredential, SettingsError
from haikuterm.core.messages import Message, Text, Thinking
from haikuterm.core.settings import Settings
from haikuterm.wiring import build

TALK = (
    Message("user", (Text("fix it"),)),
    Message("assistant", (Thinking("hm", "signed by the old model"), Text("Done."))),
)
PLAIN = (TALK[0], Message("assistant", (Text("Done."),)))


@pytest.fixture
def kept(repo: Path) -> SqliteStore:
    """The store that `build` will open."""
    return SqliteStore(state_folder() / "sessions.db")


def test_a_conversation_goes_on_with_its_own_model(kept: SqliteStore, repo: Path) -> None:
    kept.save("s1", str(repo), "claude-haiku-5-5", TALK, {})
    engine = build(Settings(api_key="k"), resume=True)
    assert (engine.session.model.id, engine.session.messages) == ("claude-haiku-5-5", list(TALK))


def test_another_model_gets_the_conversation_without_the_thoughts_of_the_first(kept: SqliteStore, repo: Path) -> None:
    kept.save("s1", str(repo), "claude-haiku-5-5", TALK, {})
    engine = build(Settings(api_key="k", model="sonnet"), resume=True)
    assert engine.session.model.family == "sonnet"
    assert (engine.session.id, engine.session.messages) == ("s1", list(PLAIN))


def test_a_saved_model_that_nobody_knows_any_more_is_left_for_the_wanted_one(kept: SqliteStore, repo: Path) -> None:
    kept.save("s1", str(repo), "model-of-yesterday", TALK, {})
    assert build(Settings(api_key="k"), resume=True).session.model.id == "model-of-yesterday"
    engine = build(Settings(api_key="k", model="haiku-4.5"), resume=True)
    assert (engine.session.model.id, engine.session.messages) == ("claude-haiku-4-5", list(PLAIN))


def test_local_beats_the_paid_model_of_a_saved_conversation(kept: SqliteStore, repo: Path) -> None:
    kept.save("s1", str(repo), "claude-haiku-5-5", TALK, {})
    engine = build(Settings(api_key="k", local=True), resume=True)
    assert engine.session.model.local
    assert engine.session.messages == list(PLAIN)


def test_local_goes_on_with_the_embedded_model_of_a_saved_conversation(kept: SqliteStore, repo: Path) -> None:
    kept.save("s1", str(repo), "qwen2.5-coder-1.5b", PLAIN, {})
    assert build(Settings(local=True), resume=True).session.model.id == "qwen2.5-coder-1.5b"


def test_the_address_of_anthropic_alone_is_nothing_to_talk_to(repo: Path) -> None:
    with pytest.raises(NoCredential):
        build(Settings(base_url="https://api.anthropic.com"))


def test_a_folder_that_is_gone_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(SettingsError, match="cannot be used"):
        build(Settings(api_key="k"))


def test_an_embedded_model_needs_no_credential_however_it_is_named(kept: SqliteStore, repo: Path) -> None:
    assert build(Settings(model="qwen-1.5b")).session.model.local
    kept.save("s1", str(repo), "qwen2.5-coder-1.5b", PLAIN, {})
    assert build(Settings(), resume=True).session.model.local
