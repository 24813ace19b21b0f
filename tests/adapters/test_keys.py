"""Where a key is kept: the system's keyring if it works, else a file of mode 0600; never a hang, never in a text."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from haikuterm.adapters import keys
from haikuterm.adapters.config import load
from haikuterm.adapters.keys import Found, forget_key, from_keyring, keep_key, key_file
from haikuterm.adapters.withheld import without_keys
from haikuterm.core.errors import SettingsError
from haikuterm.core.settings import Origin, Settings

pytest.importorskip("keyring", reason="the extra [keyring] is not installed")
LONG = 60.0  # seconds; a keyring that answers is waited for, however slow the machine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of settings, not yet made."""
    return tmp_path / "config"


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Chooses the keyring of this machine."""
    monkeypatch.setenv("TEST_KEYRING", str(tmp_path / "keyring.json"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))

    def choose(name: str) -> None:
        path = name if "." in name else f"tests.keyrings.{name}"
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", path)

    return choose


def started(folder: Path, **environ: str) -> Settings:
    return load({}, environ, folder, keyring=lambda: from_keyring(LONG))


def test_a_key_goes_to_the_keyring_and_not_into_a_file(folder: Path, backend) -> None:
    backend("InFile")
    sentence = keep_key(" sk-ant-abc\n", folder, seconds=LONG)
    assert "keyring" in sentence
    assert "sk-ant" not in sentence + key_file(folder).read_text()
    settings = started(folder)
    assert (settings.api_key, settings.origin("api_key").layer) == ("sk-ant-abc", "keyring")


@pytest.mark.parametrize("name", ["Locked", "Broken", "keyring.backends.null.Keyring", "keyring.backends.fail.Keyring"])
def test_where_the_keyring_keeps_nothing_the_file_does(folder: Path, backend, name: str) -> None:
    backend(name)
    assert str(key_file(folder)) in keep_key("sk-ant-abc", folder, seconds=LONG)
    assert stat.S_IMODE(key_file(folder).stat().st_mode) == 0o600
    settings = started(folder)
    assert (settings.api_key, settings.origins.notes) == ("sk-ant-abc", ())


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Locked", "is locked. Unlock it and start again. Set ANTHROPIC_API_KEY meanwhile."),
        ("Broken", "failed (ZeroDivisionError)."),
        ("keyring.backends.fail.Keyring", "no keyring on this system"),
    ],
)
def test_a_keyring_that_holds_our_key_and_fails_is_said_in_a_sentence(
    folder: Path, backend, name: str, why: str
) -> None:
    backend("InFile")
    keep_key("sk-ant-abc", folder, seconds=LONG)
    backend(name)
    (note,) = started(folder).origins.notes
    assert why in note
    assert "sk-ant" not in note


def test_a_keyring_that_hangs_is_left_after_a_while(folder: Path, backend) -> None:
    backend("Hanging")
    found = from_keyring(0.5)
    assert (found.key, "did not answer in 0.5 seconds" in found.trouble) == ("", True)
    assert str(key_file(folder)) in keep_key("sk-ant-abc", folder, seconds=0.5)


@pytest.mark.parametrize("name", ["Locked", "Broken"])
def test_a_keyring_that_nobody_put_a_key_into_fails_without_a_word(folder: Path, backend, name: str) -> None:
    backend(name)
    assert started(folder) == Settings()
    assert started(folder).origins.notes == ()


def test_a_key_put_into_the_keyring_by_hand_is_found(folder: Path, backend, tmp_path: Path) -> None:
    backend("InFile")
    (tmp_path / "keyring.json").write_text('{"haikuterm api_key": "sk-ant-hand"}')
    assert started(folder).api_key == "sk-ant-hand"


def test_the_keyring_is_not_asked_where_its_key_would_not_be_used(folder: Path) -> None:
    asked: list[str] = []

    def ask() -> Found:
        asked.append("asked")
        return Found("sk-ant-1")

    load({}, {"ANTHROPIC_API_KEY": "mine"}, folder, keyring=ask)
    load({}, {"ANTHROPIC_BASE_URL": "http://localhost:1"}, folder, keyring=ask)
    load({}, {"HAIKUTERM_OFFLINE": "1"}, folder, keyring=ask)
    load({}, {"CLAUDE_CODE_USE_BEDROCK": "1"}, folder, keyring=ask)
    load({"local": True}, {}, folder, keyring=ask)
    assert asked == []
    settings = load({}, {}, folder, keyring=ask)
    assert (settings.api_key, settings.origin("api_key")) == ("sk-ant-1", Origin("keyring", "the system's keyring"))


def test_the_keyring_beats_the_file(folder: Path, backend) -> None:
    folder.mkdir()
    key_file(folder).write_text('api_key = "sk-ant-file"\n')
    key_file(folder).chmod(0o600)
    assert load({}, {}, folder, keyring=lambda: Found("sk-ant-ring")).api_key == "sk-ant-ring"
    assert load({}, {}, folder, keyring=Found).api_key == "sk-ant-file"


@pytest.mark.parametrize("name", ["InFile", "keyring.backends.null.Keyring"])
def test_a_kept_key_can_be_forgotten(folder: Path, backend, name: str) -> None:
    backend(name)
    assert forget_key(folder, seconds=LONG) == "No key is kept."
    keep_key("sk-ant-abc", folder, seconds=LONG)
    assert forget_key(folder, seconds=LONG) == "The kept key is forgotten."
    assert started(folder) == Settings()


def test_a_key_in_a_locked_keyring_is_not_said_to_be_forgotten(folder: Path, backend) -> None:
    backend("InFile")
    keep_key("sk-ant-abc", folder, seconds=LONG)
    backend("Locked")
    with pytest.raises(SettingsError, match=r"is locked.*still in it"):
        forget_key(folder, seconds=LONG)
    assert key_file(folder).exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_file_that_others_may_read_is_told_with_what_to_do(folder: Path, mode: int) -> None:
    folder.mkdir()
    for place, text in ((key_file(folder), 'api_key = "sk-ant-1"\n'), (folder / "config.toml", 'auth_token = "t"\n')):
        place.write_text(text)
        place.chmod(mode)
    notes = load({}, {}, folder).origins.notes
    assert [note.rpartition("Run: ")[2] for note in notes] == [
        f"chmod 600 {key_file(folder)}",
        f"chmod 600 {folder / 'config.toml'}",
    ]


def test_a_settings_file_without_keys_may_be_read_by_all(folder: Path) -> None:
    folder.mkdir()
    (folder / "config.toml").write_text('theme = "light"\n')
    (folder / "config.toml").chmod(0o644)
    assert load({}, {}, folder).origins.notes == ()


def test_a_program_of_ours_gets_no_keys() -> None:
    environ = {"PATH": "/bin", "ANTHROPIC_API_KEY": "k", "ANTHROPIC_AUTH_TOKEN": "t", "CLAUDE_CODE_OAUTH_TOKEN": "o"}
    assert without_keys({**environ, "AWS_BEARER_TOKEN_BEDROCK": "b"}) == {"PATH": "/bin"}


def test_a_keyring_py_of_the_project_is_not_run(
    tmp_path: Path, backend, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    backend("InFile")
    (tmp_path / "keyring.py").write_text("raise SystemExit('the project was run')\n")
    monkeypatch.chdir(tmp_path)
    assert "keyring" in keep_key("sk-ant-abc", folder, seconds=LONG)
    assert keys.from_keyring(LONG) == Found("sk-ant-abc")
