"""`haikuterm doctor`: what was found, line by line, with what to do; as text or as JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict
from textwrap import wrap
from typing import TextIO

from haikuterm.core.checkup import Check
from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Charged, Event, Notice
from haikuterm.core.guard import visible_line
from haikuterm.core.models import catalogue
from haikuterm.engine.asking import Ask
from haikuterm.engine.engine import Engine
from haikuterm.engine.probing import probe
from haikuterm.ui.present import usd

SIGNS = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}
INK = {"ok": "32", "warning": "33", "problem": "31"}  # green, yellow, red


async def run(
    examine: Callable[[], Awaitable[Sequence[Check]]], out: TextIO, *, as_json: bool = False, plain: bool = False
) -> int:
    """Print what `examine` finds; returns 1 if anything of it is a problem, else 0. Raises what `examine` raises."""
    checks = await examine()
    failed = any(check.level == "problem" for check in checks)
    if as_json:
        print(json.dumps({"ok": not failed, "checks": [asdict(check) for check in checks]}, indent=1), file=out)
    else:
        print("\n".join(lines(checks, plain=plain)), file=out)
    return int(failed)


def lines(checks: Sequence[Check], *, plain: bool = False, columns: int = 100) -> list[str]:
    """The checks as aligned lines, advice below its own, in so many columns; and the sum."""
    width = max((len(visible_line(check.name)) for check in checks), default=0)
    margin = " " * (len(SIGNS["ok"]) + width + 4)
    found = []
    for check in checks:
        sign = SIGNS[check.level] if plain else f"\x1b[{INK[check.level]}m{SIGNS[check.level]}\x1b[0m"
        found.append(f"{sign}  {visible_line(check.name).ljust(width)}  {visible_line(check.said)}")
        found += wrap(visible_line(check.advice), columns, initial_indent=margin, subsequent_indent=margin)
    counts = [(level, sum(check.level == level for check in checks)) for level in ("problem", "warning")]
    bad = ", ".join(f"{count} {level}{'s' * (count != 1)}" for level, count in counts if count)
    return [*found, "", bad or "All is well."]


async def probe_again(engine: Engine, name: str, out: TextIO) -> int:
    """Ask a model of a named endpoint once more what it can do; returns the exit code.

    Raises SettingsError for a model that is not at one, ProviderError, BudgetReached.
    """
    model = catalogue().resolve(name)
    if not (model.endpoint and model.sent):
        raise SettingsError(f"{name} is no model of a named endpoint. Only those are probed: --probe ENDPOINT/MODEL.")
    work: AsyncGenerator[Event, None] = probe(
        Ask(engine.ports.provider, engine.session, engine.books), model, engine.ports.probes
    )
    try:
        async with aclosing(work) as events:
            async for event in events:
                match event:
                    case Notice(text):
                        print(visible_line(text), file=out, flush=True)
                    case Charged(charge):
                        print(f"  {usd(charge.usd, charge.estimated)}", file=out, flush=True)
    finally:
        await engine.close()
    return 0
