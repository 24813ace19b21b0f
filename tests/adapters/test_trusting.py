"""A repository's settings file: taken as far as it can do no harm, and wholly once the user trusts what is in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from haikuterm.adapters import trusting
from haikuterm.adapters.config import keep_key, load
from haikuterm.adapters.consents import Consents
from haikuterm.core.errors import SettingsError
from haikuterm.core.settings import Origin, Settings

LINT = 'theme = "light"\nlint = "make lint"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the user's settings."""
    (tmp_path / "config").mkdir()
    return tmp_path / "config"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of a repository."""
    (tmp_path / "repo").mkdir()
    return tmp_path / "repo"


def write(root: Path, text: str) -> Path:
    (root / ".haikuterm.toml").write_text(text)
    return root / ".haikuterm.toml"


def started(root: Path, folder: Path, **environ: str) -> Settings:
    return load({}, environ, folder, root=root, state=folder / "state")


def test_a_repository_without_the_file_sets_nothing(root: Path, folder: Path) -> None:
    assert started(root, folder) == Settings()


def test_the_repository_lies_over_the_user_and_under_the_environment(root: Path, folder: Path) -> None:
    place = write(root, 'check = false\ntheme = "light"\n')
    (folder / "config.toml").write_text('theme = "dark"\ncheck = true\n')
    settings = started(root, folder, HAIKUTERM_THEME="ansi")
    assert settings == Settings(theme="ansi", check=False)
    assert settings.origin("check") == Origin("repository", f"{place}:1")


def test_trust_is_of_this_content_until_it_changes(root: Path, folder: Path) -> None:
    place = write(root, LINT)
    assert started(root, folder).lint == ""
    said = trusting.trust(root, folder / "state")
    assert f"{place} is trusted as it is now:\n  theme = 'light'\n  lint = 'make lint'\n" in said
    assert (started(root, folder).lint, started(root, folder).origins.notes) == ("make lint", ())
    write(root, LINT.replace("make", "curl evil; make"))
    assert started(root, folder).lint == ""
    write(root, LINT)
    assert started(root, folder).lint == "make lint"


def test_trust_can_be_taken_back(root: Path, folder: Path) -> None:
    write(root, LINT)
    state = folder / "state"
    assert "was not trusted" in trusting.distrust(root, state)
    trusting.trust(root, state)
    write(root, LINT + "retries = 1\n")
    trusting.trust(root, state)
    assert "no longer trusted" in trusting.distrust(root, state)
    for text in (LINT, LINT + "retries = 1\n"):
        write(root, text)
        assert started(root, folder).lint == ""


def test_trust_of_one_place_is_none_of_a_copy(root: Path, folder: Path, tmp_path: Path) -> None:
    write(root, LINT)
    trusting.trust(root, folder / "state")
    (tmp_path / "copy").mkdir()
    write(tmp_path / "copy", LINT)
    assert started(tmp_path / "copy", folder).lint == ""


@pytest.mark.parametrize("text", ["", "# only words\n"])
def test_there_is_nothing_to_trust_in_an_empty_file(root: Path, folder: Path, text: str) -> None:
    write(root, text)
    with pytest.raises(SettingsError, match="nothing to trust"):
        trusting.trust(root, folder / "state")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('theme = "dark\n', r"\.haikuterm\.toml is not valid TOML: .*line 1"),
        ("\ncolour = 1\n", r"\.haikuterm\.toml, line 2, has a setting 'colour'"),
        ("yes = true\n", "'yes' that does not belong"),
        ('# k\napi_key = "sk-ant-oops"\n', r"\.haikuterm\.toml, line 2: api_key must not be in a repository"),
        ("[endpoints.a]\nbase_url = 3\n", r"\.haikuterm\.toml, line 2: base_url must be a text"),
        ('retries = 99\nlint = "x"\n', r"\.haikuterm\.toml, line 1: retries must be 0 to 20"),
        ('"a\\u001b" = 1\n', r"has a setting 'a\\x1b'"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_key_and_never_trusted(
    root: Path, folder: Path, text: str, why: str
) -> None:
    write(root, text)
    for act in (lambda: started(root, folder), lambda: trusting.trust(root, folder / "state")):
        with pytest.raises(SettingsError, match=why) as told:
            act()
        assert "sk-ant" not in str(told.value)
    assert not (folder / "state").exists()


def test_a_link_a_pipe_and_a_folder_are_no_settings_files(root: Path, folder: Path, tmp_path: Path) -> None:
    place = root / ".haikuterm.toml"
    (tmp_path / "secret").write_text("password = 1\n")
    for make in (lambda: place.symlink_to(tmp_path / "secret"), lambda: os.mkfifo(place), place.mkdir):
        make()
        with pytest.raises(SettingsError, match="cannot be read"):
            started(root, folder)
        place.rmdir() if place.is_dir() and not place.is_symlink() else place.unlink()


@pytest.mark.parametrize("variable", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_an_endpoint_of_the_repository_gets_no_key_even_when_it_is_trusted(
    root: Path, folder: Path, variable: str
) -> None:
    keep_key("sk-ant-kept", folder)
    write(root, 'base_url = "http://localhost:9"\n')
    assert started(root, folder, **{variable: "mine"}).at_anthropic
    trusting.trust(root, folder / "state")
    settings = started(root, folder, **{variable: "mine"})
    assert (settings.base_url, settings.api_key, settings.auth_token) == ("http://localhost:9", "", "")
    (note,) = settings.origins.notes
    assert "gets no key of yours" in note
    own = started(root, folder, **{variable: "mine"}, ANTHROPIC_BASE_URL="http://localhost:8")
    assert (own.api_key or own.auth_token) == "mine"


def test_a_consent_and_its_end_leave_the_others_alone(tmp_path: Path) -> None:
    file = tmp_path / "consents.json"
    one, other = Consents("/one", file), Consents("/other", file)
    for consents in (one, other):
        consents.give("eslint")
    assert one.take_back()
    assert not one.take_back()
    assert (one.given("eslint"), other.given("eslint")) == (False, True)
