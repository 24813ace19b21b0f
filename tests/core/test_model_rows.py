"""The user's own rows of the catalogue change what they name and nothing else; a wrong one is said by file and key."""

from __future__ import annotations

from decimal import Decimal

import pytest

from haikuterm.core.errors import SettingsError
from haikuterm.core.model_rows import overlaid
from haikuterm.core.models import shipped
from haikuterm.core.money import FREE

BANDS = (
    'prices = [{ input = "0.5", output = 2, cache_write_5m = 1, cache_write_1h = 1.5, cache_read = "0.05" }]\n'
    'effective = "2026-11-01"\n'
)


def with_rows(text: str):
    return overlaid(shipped(), text, "The file models.toml")


def test_a_row_of_a_known_id_changes_what_it_names_and_keeps_the_rest() -> None:
    old = shipped().resolve("haiku-4.5")
    new = with_rows(f'[[model]]\nid = "claude-haiku-4-5"\nsource = "our contract"\n{BANDS}').resolve("haiku-4.5")
    assert new.prices is not None
    assert (new.prices.rates(5).input, new.prices.rates(5).cache_write_1h) == (Decimal("0.5"), Decimal("1.5"))
    assert (new.prices.effective, new.prices.source) == ("2026-11-01", "our contract")
    assert (new.context, new.thinking, new.snapshot) == (old.context, old.thinking, old.snapshot)
    assert FREE not in (old.prices, new.prices)


def test_a_row_may_name_its_model_by_alias_or_snapshot() -> None:
    for name in ("haiku-4.5", "claude-haiku-4-5-20251001"):
        known = with_rows(f'[[model]]\nid = "{name}"\nmax_output = 9000\n')
        assert (known.resolve("claude-haiku-4-5").max_output, len(known.models)) == (9000, len(shipped().models))


def test_a_new_id_is_a_model_of_careful_rules_and_takes_no_familys_name() -> None:
    known = with_rows('[[model]]\nid = "our/claude"\nfamily = "haiku"\nalias = "ours"\ncontext = 50_000\n')
    model = known.resolve("ours")
    assert (model.id, model.context, model.max_output, model.prices) == ("our/claude", 50_000, 8_192, None)
    assert (model.thinking, model.efforts, model.images) == ((), (), False)
    assert known.resolve("haiku").id == "claude-haiku-5-5"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("context = 5", "id of model 1"),
        ('id = "x"\ncolour = "red"', "unknown key 'colour'"),
        ('id = "x"\ncontext = "much"', "context of x must be a whole number of tokens"),
        ('id = "x"\ncontext = 0', "context of x"),
        ('id = "x"\nthinking = ["loud"]', "thinking of x must be a list of adaptive"),
        ('id = "x"\nefforts = ["huge"]', "efforts of x"),
        ('id = "x"\nthinks = 1', "thinks of x must be true or false"),
        ('id = "x"\nretires = "soon"', "retires of x must be a day"),
        ('id = "x"\nretires = 2026-11-30', "retires of x must be a day"),
        ('id = "x"\ntext_factor = "0"', "text_factor of x"),
        ('id = "x"\nalias = "two words"', "alias of x must be one word"),
        (f'id = "x"\n{BANDS}'.replace('effective = "2026-11-01"', ""), "prices but no effective"),
        ('id = "x"\neffective = "2026-11-01"\nprices = [{ input = 1, output = 2 }]', "prices of x must be a list"),
        (f'id = "x"\n{BANDS}'.replace('"0.5"', "-1"), "prices of x"),
        (f'id = "x"\n{BANDS}'.replace('"0.5"', "nan"), "prices of x"),
        (f'id = "x"\n{BANDS}'.replace("cache_read", "up_to = 100, cache_read"), "growing up_to"),
    ],
)
def test_a_wrong_row_is_said_with_its_file_and_key(row: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        with_rows(f"[[model]]\n{row}\n")
    assert str(caught.value).startswith("The file models.toml")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [("[[model]\n", "not valid TOML"), ("[models]\n", "'models'"), ('model = "x"\n', "two brackets")],
)
def test_a_file_of_another_form_is_said(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        with_rows(text)
    assert words in str(caught.value)


def test_the_catalogue_that_ships_keeps_its_own_rules() -> None:
    """What a user's row may hold, ours hold too: the same checks, but for what only we may say."""
    import tomllib
    from pathlib import Path

    import haikuterm.core.models as home
    from haikuterm.core.model_rows import CHECKS

    data = tomllib.loads(Path(home.__file__).with_name("models.toml").read_text(encoding="utf-8"))
    for row in data["model"]:
        wrong = {k: CHECKS[k](v) for k, v in row.items() if k not in ("fast", "local")}
        assert not any(wrong.values()), row["id"]
