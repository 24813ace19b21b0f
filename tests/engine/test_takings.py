"""What the status line says of money, of the cache and of who answers is what the ledger and the answers say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from time import monotonic

from haikuterm.core.budget import Limit, Standing
from haikuterm.core.models import catalogue
from haikuterm.core.money import Usage
from haikuterm.core.prefix import LIFE, CacheLook, Prefix
from haikuterm.core.settings import Settings
from haikuterm.engine.takings import cache_until, nearest
from tests.scripted import rig, says

HAIKU, SONNET = catalogue().resolve("haiku-4.5"), catalogue().resolve("sonnet-5.5")
CACHED = Usage(input=10, output=5, cache_write_5m=5000)


def seen(usage: Usage, *, marked: bool = True, model: str = HAIKU.id) -> CacheLook:
    return CacheLook(Prefix(model, (), marked), usage, at=100.0)


async def test_today_is_what_all_conversations_cost_and_is_known_after_each_charge(repo: Path) -> None:
    first, second = rig(repo, says("one")), rig(repo, says("two"))
    assert first.engine.status.today is None
    first.engine.refresh()
    assert first.engine.status.today == 0
    await first.run("hi")
    spent = first.engine.status.session.usd
    assert first.engine.status.today == spent > 0
    await second.run("hi")
    assert second.engine.status.today == spent * 2
    assert first.engine.status.today == spent
    first.engine.refresh()
    assert first.engine.status.today == spent * 2


async def test_the_nearest_budget_is_told_and_changes_with_the_command(repo: Path) -> None:
    settings = Settings(api_key="test", max_day_usd=Decimal(5), max_budget_usd=Decimal(1))
    r = rig(repo, says("one"), settings=settings)
    assert r.engine.status.budget is None
    r.engine.refresh()
    await r.run("hi")
    told = r.engine.status.budget
    assert told is not None
    assert (told.limit.period, told.spent) == ("session", r.engine.status.session.usd)
    await r.run("/budget session off")
    assert (told := r.engine.status.budget) is not None
    assert told.limit.period == "day"


async def test_a_turn_that_a_budget_ended_is_told_until_the_budget_changes(repo: Path) -> None:
    r = rig(repo, says("one"), settings=Settings(api_key="test", max_budget_usd=Decimal("0.0001")))
    await r.run("hi")
    assert r.provider.requests == []
    assert r.engine.status.stopped
    await r.run("/budget 3")
    assert not r.engine.status.stopped
    await r.run("hi")
    assert not r.engine.status.stopped


async def test_a_model_that_answered_in_place_of_the_one_asked_is_told_until_another_is_chosen(repo: Path) -> None:
    r = rig(repo, says("one", served="claude-sonnet-5-5"), says("two"))
    await r.run("hi")
    assert r.engine.status.served == "claude-sonnet-5-5"
    await r.run("hi")
    assert r.engine.status.served == ""


async def test_a_snapshot_is_the_model_that_was_asked(repo: Path) -> None:
    r = rig(repo, says("one", served=HAIKU.snapshot))
    await r.run("hi")
    assert r.engine.status.served == ""


def test_the_greatest_share_is_the_nearest_budget() -> None:
    day, month = (Standing(Limit(p, Decimal(usd)), Decimal(1)) for p, usd in (("day", 2), ("month", 3)))
    none = Standing(Limit("session", Decimal(0)))
    assert nearest(()) is None
    assert nearest((month, day)) == day
    assert nearest((day, none)) == none


def test_a_cache_lives_for_its_five_minutes_where_there_is_one() -> None:
    assert cache_until(None, HAIKU) is None
    assert cache_until(seen(CACHED), HAIKU) == 100.0 + LIFE
    assert cache_until(seen(replace(CACHED, cache_write_5m=0, cache_read=5000)), HAIKU) == 100.0 + LIFE
    assert cache_until(seen(Usage(input=9000)), HAIKU) is None
    assert cache_until(seen(CACHED, marked=False), HAIKU) is None
    assert cache_until(seen(CACHED), SONNET) is None


async def test_the_cache_of_a_long_prompt_is_counted_down_and_not_after_clear(repo: Path) -> None:
    r = rig(repo, says("one", usage=CACHED))
    before = monotonic()
    await r.run("hi " + "word " * 6000)
    assert (until := r.engine.status.cache_until) is not None
    assert before + LIFE <= until <= monotonic() + LIFE
    await r.run("/clear")
    assert r.engine.status.cache_until is None
