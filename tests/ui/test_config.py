"""`haikuterm config`: a table, JSON, and changes to the user's own file."""

from __future__ import annotations

import io
import json
from functools import partial
from pathlib import Path

import pytest

from haikuterm.adapters import keys, trusting
from haikuterm.adapters.config import load, set_default, settings_file, unset_default
from haikuterm.core.errors import SettingsError
from haikuterm.core.settings import Settings
from haikuterm.engine.configuring import table
from haikuterm.ui.config import Doors, run


@pytest.fixture
def config(tmp_path: Path):
    """Runs the command over a folder of settings; returns what it prints."""
    folder, root = tmp_path / "config", tmp_path / "repo"
    root.mkdir()

    def go(*words: str, typed: str = "", **environ: str) -> str:
        doors = Doors(
            load=partial(load, {}, environ, folder, root=root, state=tmp_path / "state"),
            keep=partial(set_default, folder=folder),
            forget=partial(unset_default, folder=folder),
            keep_key=partial(keys.keep_key, folder=folder),
            forget_key=partial(keys.forget_key, folder=folder),
            ask=lambda _: typed,
            trust=partial(trusting.trust, root, tmp_path / "state"),
            distrust=partial(trusting.distrust, root, tmp_path / "state"),
            files={"settings": str(settings_file(folder))},
        )
        out = io.StringIO()
        assert run(words, doors, out) == 0
        return out.getvalue()

    return go


def row(said: str, name: str) -> list[str]:
    return next(line.split() for line in said.splitlines() if line.startswith(f"{name} "))


def test_the_table_says_value_source_and_choices(config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    config("set", "retries", "2")
    (tmp_path / "repo/.haikuterm.toml").write_text('\ntheme = "light"\nlint = "x"\n')
    said = config(ANTHROPIC_API_KEY="sk-ant-1", HAIKUTERM_OFFLINE="yes")
    assert row(said, "retries") == ["retries", "2", "user", "file:1", "0", "to", "20"]
    assert row(said, "theme")[:4] == ["theme", "light", "repository", "file:2"]
    assert row(said, "api_key")[:3] == ["api_key", "set", "ANTHROPIC_API_KEY"]
    assert row(said, "offline")[:3] == ["offline", "true", "HAIKUTERM_OFFLINE"]
    assert row(said, "model")[:3] == ["model", "claude-haiku-4-5", "default"]
    assert "(that of .haikuterm.toml is not trusted yet)" in said
    assert "haikuterm config trust" in said
    assert "sk-ant" not in said
    assert max(len(line) for line in said.split("\n\n")[0].splitlines()) <= 80


def test_the_table_as_json(config) -> None:
    said = json.loads(config("--json", ANTHROPIC_AUTH_TOKEN="secret"))
    assert said["settings"]["auth_token"] == {
        "value": "set",
        "layer": "environment",
        "place": "ANTHROPIC_AUTH_TOKEN",
        "note": "",
    }
    assert "secret" not in json.dumps(said)
    assert said["notes"] == []


def test_a_setting_is_set_and_unset_and_the_file_stays_as_it_was(config, tmp_path: Path) -> None:
    place = tmp_path / "config/config.toml"
    place.parent.mkdir()
    before = b"# mine\r\nmouse = false # really\r\n\r\n[endpoints.a]\r\nbase_url = 'http://a.example'\r\n"
    place.write_bytes(before)
    assert "max_day_usd = 2.50 is kept" in config("set", "max_day_usd", "2.50")
    assert b"max_day_usd = 2.50\r\n" in place.read_bytes()
    assert "no longer set" in config("unset", "max_day_usd")
    assert place.read_bytes() == before
    assert "is not set" in config("unset", "max_day_usd")


def test_a_set_value_that_another_layer_covers_is_told_so(config) -> None:
    assert config("set", "model", "opus", ANTHROPIC_MODEL="sonnet").endswith("But ANTHROPIC_MODEL covers it now.\n")
    assert config("set", "model", "opus").endswith("config.toml.\n")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("set", "colour", "x"), "There is no setting 'colour'"),
        (("unset", "colour"), "There is no setting 'colour'"),
        (("set", "retries", "many"), "retries must be a whole number, not 'many'"),
        (("set", "retries", "99"), "retries must be 0 to 20"),
        (("set", "model"), "Say the value too"),
        (("set", "yes", "true"), "yes is not kept"),
        (("set", "auth_token", "t"), "auth_token is not kept"),
        (("set", "endpoints", "x"), "endpoints are tables"),
        (("set", "api_key", "sk-ant-1"), "does not go on the command line"),
        (("trust",), "nothing to trust"),
    ],
)
def test_what_makes_no_sense_is_told(config, words: tuple[str, ...], why: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=why) as told:
        config(*words)
    assert "sk-ant" not in str(told.value)
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize("words", [("set",), ("path", "x"), ("unset", "model", "x"), ("nonsense",)])
def test_wrong_words_are_a_wrong_usage(config, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        config(*words)
    assert ended.value.code == 2
    assert "`haikuterm config --help` lists what there is.\n" in capsys.readouterr().err


def test_a_key_is_asked_for_and_forgotten(config) -> None:
    assert "sk-ant" not in config("set", "api_key", typed="sk-ant-1\n")
    assert row(config(), "api_key")[:4] == ["api_key", "set", "key", "file"]
    assert config("unset", "api_key").startswith("The kept key is forgotten. api_key is not set in ")
    assert row(config(), "api_key")[:3] == ["api_key", "-", "default"]


def test_trust_and_distrust(config, tmp_path: Path) -> None:
    (tmp_path / "repo/.haikuterm.toml").write_text('model = "opus"\n')
    config("trust")
    assert row(config(), "model")[1:4] == ["opus", "repository", "file:1"]
    config("distrust")
    assert row(config(), "model")[2] == "default"


def test_the_path_is_all_that_path_says(config, tmp_path: Path) -> None:
    assert config("path") == f"{tmp_path}/config/config.toml\n"


def test_the_conversation_shows_the_same_as_markdown(tmp_path: Path) -> None:
    (tmp_path / ".haikuterm.toml").write_text('model = "opus"\n')
    settings: Settings = load(
        {"lint": "a | b `c`"}, {"ANTHROPIC_API_KEY": "sk-ant-1"}, tmp_path, root=tmp_path, state=tmp_path
    )
    said = table(settings)
    assert "| `lint` | `a \\| b 'c'` | --lint | a command |" in said
    assert "| `api_key` | `set` | ANTHROPIC_API_KEY | a key |" in said
    assert "| `model` | `claude-haiku-4-5` | default; that of .haikuterm.toml is not trusted yet |" in said
    assert "haikuterm config trust" in said
    assert "sk-ant" not in said


def test_a_key_in_the_settings_file_is_forgotten_too(config, tmp_path: Path) -> None:
    place = tmp_path / "config/config.toml"
    place.parent.mkdir()
    place.write_text('api_key = "sk-ant-1"\nmouse = false\n')
    assert "api_key is no longer set" in config("unset", "api_key")
    assert place.read_text() == "mouse = false\n"
