"""The two files of the catalogue beside the settings, and the one request that writes the second."""

# ruff: noqa: F811 - the fixture is imported, and asked for by its name

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from io import StringIO
from pathlib import Path

import pytest

from haikuterm.adapters import models_file
from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.core.errors import SettingsError
from haikuterm.core.models import DEFAULT_MODEL, adopt, catalogue, shipped
from haikuterm.engine.refreshing import refresh
from haikuterm.ui import models
from tests.adapters.asking_claude import claude  # noqa: F401 - a fixture
from tests.messages_api import MessagesApi

TODAY = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def own_catalogue() -> Iterator[None]:
    """What a test adopts is gone after it."""
    yield
    adopt(None)


def test_without_files_nothing_is_overlaid(tmp_path: Path) -> None:
    assert models_file.read(tmp_path) is None
    assert catalogue() is shipped()


def test_the_users_rows_win_over_what_was_listed(tmp_path: Path) -> None:
    models_file.keep_listed('[[model]]\nid = "claude-haiku-4-5"\ncontext = 7\nmax_output = 8\n', tmp_path)
    models_file.own_file(tmp_path).write_text('[[model]]\nid = "haiku-4.5"\ncontext = 9\n')
    known = models_file.read(tmp_path)
    assert known is not None
    assert (known.resolve("haiku-4.5").context, known.resolve("haiku-4.5").max_output) == (9, 8)


def test_a_wrong_file_is_said_with_its_place(tmp_path: Path) -> None:
    own = models_file.own_file(tmp_path)
    own.write_text('[[model]]\nid = "x"\ncontext = "y"\n')
    with pytest.raises(SettingsError, match="context of x") as caught:
        models_file.read(tmp_path)
    assert str(own) in str(caught.value)
    own.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="not UTF-8"):
        models_file.read(tmp_path)


async def test_refreshing_asks_once_keeps_what_it_hears_and_lists_it(
    api: MessagesApi, claude: ClaudeProvider, tmp_path: Path
) -> None:
    api.models[0]["max_input_tokens"] = 250_000
    api.models.append({"id": "claude-haiku-6", "display_name": "Claude Haiku 6", "line": "haiku",
                       "created_at": "2026-12-01T00:00:00Z", "capabilities": {}})  # fmt: skip
    keep, read = partial(models_file.keep_listed, folder=tmp_path), partial(models_file.read, tmp_path)
    out = StringIO()
    current = catalogue().resolve(DEFAULT_MODEL)
    assert await models.run(current, TODAY, out, partial(refresh, claude, keep, read, TODAY)) == 0
    text = out.getvalue()
    assert catalogue().resolve("haiku-4.5").context == 250_000
    assert "The endpoint lists 3 models, 1 of them new here. Kept in " in text
    assert "claude-haiku-6" in text
    assert "claude-haiku-6 is newer: unpriced per million tokens in/out, against $1/$5" in text
    assert api.requests == [], "a list is no message"


async def test_the_list_has_every_model_with_its_price_and_leaves_out_the_retired() -> None:
    out = StringIO()
    assert await models.run(catalogue().resolve(DEFAULT_MODEL), TODAY, out) == 0
    rows = {line.split("  ")[0]: line for line in out.getvalue().splitlines()}
    assert "1M      128k    yes, can be off  low..max (medium)  0.10/0.50   0.01" in rows["haiku-5.5"]
    assert "unpriced" in rows["mythos-5.2"]
    assert "mythos-preview" not in rows
    assert "free" in rows["qwen-0.5b"]
    assert "  retires on 2026-11-30\n" in out.getvalue()
    assert "claude-haiku-5-5 is newer and cheaper: $0.10/$0.50" in out.getvalue()


async def test_after_its_last_day_a_model_is_listed_no_more() -> None:
    out = StringIO()
    await models.run(catalogue().resolve("sonnet-4.5"), date(2026, 12, 1), out)
    assert "claude-sonnet-4-5 " not in out.getvalue()
    assert "was retired on 2026-11-30" in out.getvalue()
