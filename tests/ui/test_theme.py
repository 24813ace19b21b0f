"""Themes: every shipped one is complete and readable; one of the user's may leave things out, but not be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from haikuterm.core.errors import SettingsError
from haikuterm.ui.theme import ANSI, BACKGROUNDS, ROLES, Theme, Wardrobe, fitting, load, names

COLORED = [name for name in names() if not load(name).ansi]


def luminance(color: str) -> float:
    """Relative luminance of "#rrggbb", 0 to 1 (WCAG 2.2)."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, 1 to 21 (WCAG 2.2)."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def texts(theme: Theme) -> dict[str, str]:
    """Every colour that text is written in."""
    roles = {role: color for role, color in theme.colors.items() if role not in BACKGROUNDS | {"border"}}
    return roles | {kind: style.split()[-1] for kind, style in theme.syntax.items()}


def test_at_least_eight_themes_are_shipped_and_the_four_needed_ones_among_them() -> None:
    assert len(names()) >= 8
    assert {"dark", "light", "ansi", "high-contrast"} <= set(names())


@pytest.mark.parametrize("name", names())
def test_a_shipped_theme_has_every_role(name: str) -> None:
    theme = load(name)
    assert theme.name == name
    assert set(theme.colors) == set(ROLES)
    assert {"Keyword", "Comment", "String", "Number", "Name.Function"} <= set(theme.syntax)


@pytest.mark.parametrize("name", COLORED)
def test_all_text_can_be_read_on_the_background_and_on_code(name: str) -> None:
    theme = load(name)
    least = 7.0 if name == "high-contrast" else 4.5
    for ground in ("background", "surface"):
        bad = {role: color for role, color in texts(theme).items() if contrast(color, theme.colors[ground]) < least}
        assert not bad
    assert contrast(theme.colors["text"], theme.colors["selection"]) >= least


@pytest.mark.parametrize("name", COLORED)
def test_dark_says_which_side_is_bright(name: str) -> None:
    theme = load(name)
    assert theme.dark == (luminance(theme.colors["background"]) < luminance(theme.colors["text"]))


def test_the_ansi_theme_uses_only_the_palette_of_the_terminal() -> None:
    theme = load("ansi")
    assert theme.ansi
    assert set(texts(theme).values()) <= ANSI
    assert theme.css("muted") == "ansi_bright_black"
    assert theme.style("selection") == "reverse default on default"


def test_a_role_says_with_more_than_colour_what_it_means() -> None:
    theme = load("dark")
    assert theme.style("link") == f"underline {theme.colors['link']}"
    assert theme.style("surface") == f"{theme.colors['text']} on {theme.colors['surface']}"
    assert theme.css("text") == theme.colors["text"]


def test_a_theme_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        load("dark").colors["text"] = "#ffffff"  # type: ignore[index]  # that it cannot be written is the point


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no theme 'drak'.*dark.*light"):
        load("drak")


def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("dark = true\n")
    with pytest.raises(SettingsError):
        load(f"../{tmp_path.name}/mine", tmp_path)


def test_a_theme_of_the_user_takes_what_it_leaves_out_from_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'dark = false\n[colors]\naccent = "#aa0055"\n[syntax]\nKeyword = "bold #aa0055"\n'
    )
    theme = load("mine", tmp_path)
    assert "mine" in names(tmp_path)
    assert theme.colors["accent"] == "#aa0055"
    assert theme.colors["text"] == load("light").colors["text"]
    assert theme.syntax["Keyword"] == "bold #aa0055"


def test_a_file_of_the_user_wins_over_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "dark.toml").write_text('[colors]\ntext = "#ffffff"\n')
    assert load("dark", tmp_path).colors["text"] == "#ffffff"
    assert load("dark", tmp_path).colors["muted"] == load("dark").colors["muted"]


@pytest.mark.parametrize(
    "content",
    [
        "dark = maybe",
        'dark = "yes"',
        'colors = "red"',
        '[colors]\ntext = "reddish"',
        '[colors]\ntxet = "#ffffff"',
        '[colors]\ntext = "blue"',
        'ansi = true\n[colors]\ntext = "#ffffff"',
        '[syntax]\nKeyword = "loud #ffffff"',
        '[syntax]\nKeyword = "bold on #ffffff"',
        "[syntax]\nKeyword = 7",
        'colours = { text = "#ffffff" }',
        'name = "mine"',
    ],
)
def test_a_theme_that_cannot_be_used_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "mine.toml").write_text(content)
    with pytest.raises(SettingsError, match=r"mine\.toml"):
        load("mine", tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            'dark = true\n\n[colors]\ntext = "#ffffff"\nlink = "red"\n',
            r"mine\.toml, line 5, link = 'red' in \[colors\]",
        ),
        ('[colors]\ntxet = "#ffffff"\n', r"line 2, txet = .* The roles are: background"),
        ('[colors]\ntext = "#ffffff"\n[syntax]\n"Name.Tag" = "loud"\n', r"line 4, Name\.Tag = 'loud' in \[syntax\]"),
        ('dark = "yes"\n', r"line 1, dark = 'yes'"),
        ("dark = true\n[colours]\n", r"line 2, colours = "),
        ("dark = true\ndark = maybe\n", r"line 2"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_what_may_stand_there(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "mine.toml").write_text(content)
    with pytest.raises(SettingsError, match=said):
        load("mine", tmp_path)


def test_auto_is_whichever_theme_fits_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[colors]\ntext = "#ffffff"\n')
    assert Wardrobe((tmp_path,), "mine").load("auto").name == "mine"
    assert Wardrobe((tmp_path,), "mine").load("light").name == "light"
    assert Wardrobe().load("auto").name == "dark"


@pytest.mark.parametrize(
    ("ground", "few", "name"),
    [(True, False, "ink"), (False, False, "paper"), (None, False, "ink"), (True, True, "ansi"), (False, True, "ansi")],
)
def test_the_theme_that_fits_depends_on_the_ground_and_on_how_many_colours_there_are(
    ground: bool | None, few: bool, name: str
) -> None:
    assert fitting("ink", "paper", ground, few_colours=few) == name


def test_a_theme_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"mine\.toml"):
        load("mine", tmp_path)


def test_the_theme_of_the_manual_can_be_worn(tmp_path: Path) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "looks.md").read_text(encoding="utf-8")
    (tmp_path / "dusk.toml").write_text(manual.partition("```toml\n")[2].partition("```")[0])
    assert load("dusk", tmp_path).colors["accent"] == "#e0a3c8"
