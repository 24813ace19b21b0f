"""The layers of settings, and what is written down for the next start."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import haikuterm
from haikuterm.adapters.config import config_folder, keep_key, key_file, load, set_default, settings_file, state_folder
from haikuterm.core.errors import SettingsError
from haikuterm.core.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of settings, not yet made."""
    return tmp_path / "config/haikuterm"


def write(folder: Path, text: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "config.toml"
    place.write_bytes(text.encode() if isinstance(text, str) else text)
    return place


def test_nothing_given_means_the_defaults(folder: Path) -> None:
    assert load({}, {}, folder) == Settings()
    assert not folder.exists()


def test_each_layer_covers_the_ones_below(folder: Path) -> None:
    write(folder, 'model = "file"\ntheme = "file"\neffort = "low"\nretries = 1\n')
    environ = {"ANTHROPIC_MODEL": "environment", "HAIKUTERM_THEME": "environment", "PATH": "/bin"}
    settings = load({"model": "flag", "effort": None, "yes": True}, environ, folder)
    assert settings == Settings(model="flag", theme="environment", effort="low", retries=1, yes=True)


def test_the_files_are_where_the_system_keeps_them(isolated: Path) -> None:
    assert config_folder() == isolated / "config/haikuterm"
    assert state_folder() == isolated / "state/haikuterm"
    write(config_folder(), 'theme = "light"\n')
    assert load({}, {}).theme == "light"
    assert settings_file() == config_folder() / "config.toml"


def test_every_variable_of_the_environment_is_read(folder: Path) -> None:
    environ = {
        "ANTHROPIC_API_KEY": "k",
        "ANTHROPIC_AUTH_TOKEN": "t",
        "ANTHROPIC_BASE_URL": "http://localhost:1",
        "ANTHROPIC_MODEL": "sonnet",
        "HAIKUTERM_THEME": "light",
    }
    settings = load({}, environ, folder)
    assert settings == Settings(
        api_key="k", auth_token="t", base_url="http://localhost:1", model="sonnet", theme="light"
    )


def test_an_empty_variable_is_none(folder: Path) -> None:
    write(folder, 'model = "opus"\n')
    assert load({}, {"ANTHROPIC_MODEL": "", "ANTHROPIC_API_KEY": ""}, folder) == Settings(model="opus")


def test_values_of_every_kind_are_read(folder: Path) -> None:
    write(folder, b"\xef\xbb\xbfmouse = false\r\nmax_budget_usd = 0.10\r\ntimeout = 5\r\nmax_tokens = 100 # few\r\n")
    assert load({}, {}, folder) == Settings(mouse=False, max_budget_usd=Decimal("0.1"), timeout=5.0, max_tokens=100)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('theme = "dark\n', r"config\.toml is not valid TOML: .*line 1"),
        ("a = 1\nb =\n", r"config\.toml is not valid TOML: .*line 2.* Correct that line"),
        ("colour = 1\n", r"config\.toml, line 1, has a setting 'colour' that does not belong there\. Known are: api"),
        ("yes = true\n", "'yes' that does not belong"),
        ("local = true\n", "'local' that does not belong"),
        ("[theme]\n", r"config\.toml, line 1: theme must be a text"),
        ("# odd\n\nretries = true\n", r"config\.toml, line 3: retries must be a whole number"),
        ("timeout = -1\n", "timeout must not be negative"),
        ('effort = "huge"\n', "effort must be one of"),
        (b"theme = '\xff'\n", r"config\.toml is not UTF-8 \(byte 9\)"),
    ],
)
def test_a_wrong_file_is_told_with_its_name_and_place(folder: Path, text: str | bytes, why: str) -> None:
    write(folder, text)
    with pytest.raises(SettingsError, match=why):
        load({}, {}, folder)


def test_a_folder_in_the_place_of_the_file_is_told(folder: Path) -> None:
    settings_file(folder).mkdir(parents=True)
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load({}, {}, folder)


def test_a_wrong_flag_names_the_command_line(folder: Path) -> None:
    with pytest.raises(SettingsError, match="The command line: effort must be one of"):
        load({"effort": "huge"}, {}, folder)


def test_a_kept_key_is_read_at_the_next_start_and_only_by_its_user(folder: Path) -> None:
    sentence = keep_key(" sk-ant-abc\n", folder)
    assert str(key_file(folder)) in sentence
    assert "sk-ant" not in sentence
    assert stat.S_IMODE(key_file(folder).stat().st_mode) == 0o600
    assert load({}, {}, folder).api_key == "sk-ant-abc"
    keep_key("sk-ant-new", folder)
    assert load({}, {}, folder).api_key == "sk-ant-new"


def test_a_key_that_others_could_read_is_locked_away(folder: Path) -> None:
    folder.mkdir(parents=True)
    key_file(folder).write_text('api_key = "old"\n')
    key_file(folder).chmod(0o644)
    keep_key("new", folder)
    assert stat.S_IMODE(key_file(folder).stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["", "  ", "two words", "new\nline", "tab\there", "ключ", "a\x1b[0m"])
def test_what_cannot_be_a_key_is_not_kept(folder: Path, key: str) -> None:
    with pytest.raises(SettingsError, match="no API key"):
        keep_key(key, folder)
    assert not folder.exists()


def test_a_layer_that_names_a_credential_replaces_the_other_kind_below(folder: Path) -> None:
    keep_key("kept", folder)
    assert load({}, {"ANTHROPIC_API_KEY": "k"}, folder).api_key == "k"
    settings = load({}, {"ANTHROPIC_AUTH_TOKEN": "t"}, folder)
    assert (settings.api_key, settings.auth_token) == ("", "t")
    settings = load({"api_key": "flag", "auth_token": None}, {"ANTHROPIC_AUTH_TOKEN": "t"}, folder)
    assert (settings.api_key, settings.auth_token) == ("flag", "")


def test_the_credentials_file_holds_nothing_else(folder: Path) -> None:
    folder.mkdir(parents=True)
    key_file(folder).write_text('theme = "dark"\n')
    with pytest.raises(SettingsError, match=r"credentials\.toml, line 1, has a setting 'theme'.* api_key, auth_token"):
        load({}, {}, folder)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'theme = "light"\n'),
        ("# mine\n", '# mine\ntheme = "light"\n'),
        ('model = "opus"', 'model = "opus"\ntheme = "light"\n'),
        ('theme = "dark"\n', 'theme = "light"\n'),
        (
            '  theme="dark"   # at night # really\nmouse = true\n',
            'theme = "light"   # at night # really\nmouse = true\n',
        ),
        ("theme = 'da#rk' # x\n", 'theme = "light" # x\n'),
        ('theme = "da\\"#rk"\n', 'theme = "light"\n'),
        ('# theme = "x"\nmodel = "theme = 1"\n', '# theme = "x"\nmodel = "theme = 1"\ntheme = "light"\n'),
        ('# a\r\ntheme = "dark" # b\r\nmouse = true\r\n', '# a\r\ntheme = "light" # b\r\nmouse = true\r\n'),
        ("mouse = true\r\n", 'mouse = true\r\ntheme = "light"\r\n'),
    ],
)
def test_a_default_is_set_and_the_rest_of_the_file_stays(folder: Path, before: str, after: str) -> None:
    place = write(folder, before)
    assert str(place) in set_default("theme", "light", folder)
    assert place.read_bytes().decode() == after
    assert load({}, {}, folder).theme == "light"


def test_a_default_makes_the_file_where_there_is_none(folder: Path) -> None:
    set_default("model", 'odd "name" \\ ☃', folder)
    set_default("max_budget_usd", Decimal("0.50"), folder)
    set_default("mouse", False, folder)
    set_default("retries", 7, folder)
    expected = Settings(model='odd "name" \\ ☃', max_budget_usd=Decimal("0.5"), mouse=False, retries=7)
    assert load({}, {}, folder) == expected


def test_settings_that_are_set_at_once_are_all_kept(folder: Path) -> None:
    values = {"theme": "light", "model": "opus", "retries": 7, "mouse": False, "effort": "high", "check": False}
    begin = Barrier(len(values))

    def keep(name: str) -> None:
        begin.wait()
        set_default(name, values[name], folder)

    with ThreadPoolExecutor(len(values)) as pool:
        list(pool.map(keep, values))
    assert tomllib.loads(settings_file(folder).read_text()) == values


def test_a_file_that_is_a_link_stays_one(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles.toml").write_text("# mine\n")
    folder.mkdir(parents=True)
    settings_file(folder).symlink_to(tmp_path / "dotfiles.toml")
    set_default("theme", "light", folder)
    assert settings_file(folder).is_symlink()
    assert (tmp_path / "dotfiles.toml").read_text() == '# mine\ntheme = "light"\n'


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("colour", "x", "unknown setting 'colour'"),
        ("api_key", "x", "api_key is not kept"),
        ("yes", True, "yes is not kept"),
        ("theme", 3, "theme must be a text"),
        ("effort", "huge", "effort must be one of"),
        ("model", "\ud800", "cannot be written: it would hold what is no character"),
    ],
)
def test_a_default_that_makes_no_sense_is_refused(folder: Path, name: str, value: object, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        set_default(name, value, folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    "text",
    ['model = """\ntheme = "x"\n"""\n', 'theme = """\ndark"""\n', '"theme" = "dark"\n'],
)
def test_a_file_that_cannot_be_edited_by_lines_is_left_alone(folder: Path, text: str) -> None:
    place = write(folder, text)
    with pytest.raises(SettingsError, match="Set it there by hand"):
        set_default("theme", "light", folder)
    assert place.read_text() == text


def test_a_broken_file_is_not_written_over(folder: Path) -> None:
    place = write(folder, "theme = \n")
    with pytest.raises(SettingsError, match="not valid TOML"):
        set_default("theme", "light", folder)
    assert place.read_text() == "theme = \n"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"cannot be (read|written): "):
        keep_key("k", tmp_path / "file")
    with pytest.raises(SettingsError, match=r"cannot be (read|written): "):
        set_default("theme", "light", tmp_path / "file")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(value=st.text(max_size=30), before=st.text(max_size=30))
def test_any_text_that_was_set_is_read_again(folder: Path, value: str, before: str) -> None:
    write(folder, f"# {'x' * len(before)}\n")
    for text in (before, value):
        set_default("model", text, folder)
        assert load({}, {}, folder).model == text


def test_reading_settings_imports_nothing_slow(folder: Path) -> None:
    code = "import sys; from haikuterm.adapters.config import load; load({}, {}); print(sorted(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(Path(haikuterm.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert not {"'anthropic'", "'git'", "'textual'", "'sqlite3'", "'asyncio'"} & set(
        done.stdout.strip("[]\n").split(", ")
    )


def test_the_kept_key_goes_to_no_other_endpoint(tmp_path: Path) -> None:
    keep_key("sk-ant-kept", tmp_path)
    assert load({}, {}, tmp_path).api_key == "sk-ant-kept"
    assert load({"base_url": "http://localhost:8080"}, {}, tmp_path).api_key == ""
    named = load({"base_url": "http://localhost:8080"}, {"ANTHROPIC_API_KEY": "mine"}, tmp_path)
    assert named.api_key == "mine"


@pytest.mark.parametrize("url", ["https://api.anthropic.com", "https://api.anthropic.com/"])
def test_the_kept_key_goes_to_its_own_endpoint_by_name_too(tmp_path: Path, url: str) -> None:
    keep_key("sk-ant-kept", tmp_path)
    assert load({}, {"ANTHROPIC_BASE_URL": url}, tmp_path).api_key == "sk-ant-kept"


def test_a_key_from_a_file_of_secrets_may_end_its_line(folder: Path) -> None:
    assert load({}, {"ANTHROPIC_API_KEY": "sk-ant-1\r\n"}, folder).api_key == "sk-ant-1"
    assert load({}, {"ANTHROPIC_API_KEY": "sk-ant-1", "ANTHROPIC_AUTH_TOKEN": "\n"}, folder).api_key == "sk-ant-1"


def test_local_beats_the_model_of_every_lower_layer(folder: Path) -> None:
    write(folder, 'model = "opus"\n')
    assert load({"local": True}, {}, folder).model_name == "qwen2.5-coder-0.5b"
    assert load({"local": True}, {"ANTHROPIC_MODEL": "sonnet"}, folder).model_name == "qwen2.5-coder-0.5b"
    assert load({"local": True}, {"ANTHROPIC_MODEL": "qwen-1.5b"}, folder).model == "qwen-1.5b"
    assert load({"local": True, "model": "qwen-1.5b"}, {}, folder).model == "qwen-1.5b"
    assert load({}, {}, folder).model_name == "opus"


def test_local_with_a_paid_model_on_the_command_line_is_refused(folder: Path) -> None:
    with pytest.raises(SettingsError, match=r"'sonnet' is none\. Choose one of qwen-0\.5b, qwen-1\.5b, or leave"):
        load({"local": True, "model": "sonnet"}, {}, folder)


@pytest.mark.parametrize("name", ["REDUCE_MOTION", "NO_MOTION"])
def test_who_wants_no_motion_in_the_environment_gets_none(name: str) -> None:
    settings = load({}, {name: "1"})
    assert not settings.motion
    assert settings.origin("motion").place == name
    assert load({}, {name: "0"}).motion
