"""What `/config` says: every setting with its value and where it comes from, as Markdown."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from haikuterm.core.events import Event, Notice
from haikuterm.core.settings import Settings
from haikuterm.core.settings_table import Row, rows

HINT = (
    "These hold from the start of this conversation; `/model`, `/effort`, `/thinking` and `/budget` change some of "
    "them here. To keep one: `haikuterm config set NAME VALUE`."
)


async def show(settings: Settings) -> AsyncGenerator[Event, None]:
    """The events of `/config`."""
    yield Notice(table(settings), markdown=True)


def table(settings: Settings) -> str:
    """All settings as a table, and below it the notes of the start."""
    lines = ["| setting | value | comes from | may be |", "|---|---|---|---|"]
    lines += [_line(row) for row in rows(settings)]
    return "\n\n".join(["\n".join(lines), *settings.origins.notes, HINT])


def _line(row: Row) -> str:
    source = f"{row.source}; {row.note}" if row.note else row.source
    cells = (f"`{row.name}`", _code(row.value), _cell(source), _cell(row.may_be))
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """A value as it is written, whatever Markdown would make of its signs."""
    return f"`{_cell(text.replace('`', chr(39)))}`" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")  # a bare bar would end the table's cell
