"""The hard budget: asked before each request, never passed, raised only by the user, warned of once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from haikuterm.adapters.store import SqliteStore
from haikuterm.core.budget import Limit, Period, Standing
from haikuterm.core.errors import BudgetReached, ProviderError, SettingsError
from haikuterm.core.events import Event, Notice, TextDelta
from haikuterm.core.messages import Message, Text, to_wire
from haikuterm.core.models import Model, catalogue
from haikuterm.core.money import Prices, Rates, Total, Usage, cost
from haikuterm.core.ports import Asker
from haikuterm.core.request import Opened, RemoteModel, Reply, Request, StreamEvent
from haikuterm.core.settings import Settings
from haikuterm.engine.asking import Ask
from haikuterm.engine.budget import Books, Budget, budgets, change, table
from haikuterm.engine.session import Session
from tests.scripted import ScriptedAsker, ScriptedProvider, says

HAIKU = catalogue().resolve("haiku-4.5")
USAGE = Usage(input=1000, output=1000)  # costs $0.006 on Haiku 4.5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "sessions.db"


def request(model: Model = HAIKU, text: str = "hi", max_tokens: int = 1000, *, cached: bool = False) -> Request:
    """One question; on Haiku 4.5 it can cost about $0.0064."""
    at = (0,) if cached else ()
    return Request(model, "Be brief.", (Message("user", (Text(text),)),), max_tokens=max_tokens, cache_at=at)


def asks(path: Path, count: int, caps: dict[Period, str], asker: Asker | None = None, name: str = "s1") -> Ask:
    """An Ask of one session with these budgets, that hears `count` answers."""
    budget = Budget({period: Decimal(usd) for period, usd in caps.items()})
    provider = ScriptedProvider([says("ok", usage=USAGE)] * count)
    return Ask(
        provider, Session("/root", HAIKU, id=name), retries=0, books=Books(SqliteStore(path), budget), asker=asker
    )


async def run(ask: Ask, what: Request | None = None) -> list[Event | Reply]:
    """All events of one request."""
    async with aclosing(ask(what or request())) as events:
        return [event async for event in events]


async def test_a_request_that_could_pass_the_cap_is_not_sent(path: Path) -> None:
    ask = asks(path, 1, {"session": "0.006"})
    with pytest.raises(
        BudgetReached, match=r"could cost up to \$0\.006\d; \$0\.0000 of the \$0\.0060 for this session"
    ):
        await run(ask)
    assert ask.provider.requests == []  # type: ignore[attr-defined] # it is the scripted one
    assert ask.books.ledger.attempts() == ()


async def test_sessions_share_the_day_and_not_each_others_session(path: Path) -> None:
    one, other = (
        asks(path, 2, {"session": "0.01", "day": "0.015"}),
        asks(path, 2, {"session": "0.01", "day": "0.015"}, name="s2"),
    )
    await run(one)
    await run(other)
    with pytest.raises(BudgetReached, match="for today"):
        await run(asks(path, 1, {"day": "0.015"}, name="s3"))
    with pytest.raises(BudgetReached, match="for this session"):
        await run(one)


async def test_a_budget_of_nothing_lets_a_local_model_answer(path: Path) -> None:
    local = catalogue().resolve("qwen2.5-coder-0.5b")
    assert isinstance((await run(asks(path, 1, {"session": "0", "day": "0"}), request(local)))[-1], Reply)


async def test_an_unpriced_model_cannot_keep_a_budget(path: Path) -> None:
    with pytest.raises(BudgetReached, match="no known price"):
        await run(asks(path, 1, {"month": "5"}), request(catalogue().resolve("claude-nobody-9")))


async def test_at_the_cap_the_user_may_raise_it_once_by_what_is_missing(path: Path) -> None:
    asker = ScriptedAsker(choice="raise")
    ask = asks(path, 3, {"session": "0.007"}, asker)
    for _ in range(3):
        await run(ask)
    titles = [(question.title.split(".  ")[0], question.options[1].label) for question in asker.questions]
    assert len(titles) == 2
    assert titles[0][0].startswith("Budget of $0.0070 for this session reached. The next request could cost up to ")
    assert titles[0][1].startswith("Raise once by $0.005"), "$0.006 and what the request can cost, less $0.007"
    assert ask.books.budget.caps == {"session": Decimal("0.007")}, "the setting stays"


@pytest.mark.parametrize("choice", ["stop", None])
async def test_at_the_cap_the_user_may_stop_and_headless_nobody_is_asked_twice(path: Path, choice: str | None) -> None:
    asker = ScriptedAsker(choice=choice)
    with pytest.raises(BudgetReached):
        await run(asks(path, 1, {"day": "0.001"}, asker))
    assert len(asker.questions) == 1


async def test_what_was_raised_today_does_not_count_tomorrow() -> None:
    budget = Budget({"day": Decimal(1)})
    budget.raise_once([Standing(Limit("day", Decimal(1), since=100.0), Decimal(1))], Decimal("0.5"))
    assert budget.limits("s1")[0].usd == 1
    today = budget.limits("s1")[0]
    budget.raise_once([Standing(today, Decimal(1))], Decimal("0.5"))
    assert budget.limits("s1")[0].usd == Decimal("1.5")


async def test_a_warning_comes_at_four_fifths_and_once(path: Path) -> None:
    ask = asks(path, 4, {"session": "0.03", "day": "9"})
    notices = [[event for event in await run(ask) if isinstance(event, Notice)] for _ in range(4)]
    assert [len(said) for said in notices] == [0, 0, 0, 1]
    text = "$0.0240 of the budget of $0.0300 for this session is spent. /budget shows and changes it."
    assert notices[3] == [Notice(text, "warning")]
    assert [standing.soft for standing in ask.books.budget.now] == [True, False]


def test_the_settings_name_three_budgets() -> None:
    settings = Settings(max_budget_usd=Decimal(1), max_month_usd=Decimal(20))
    assert Budget.of(settings).caps == {"session": Decimal(1), "month": Decimal(20)}
    assert Budget.of(Settings()).caps == {}


def test_the_command_sets_and_takes_away() -> None:
    budget = Budget()
    assert change(budget, ["day", "2.50"]) == ("day", Decimal("2.50"))
    assert change(budget, ["$1"]) == ("session", Decimal(1))
    assert change(budget, ["day", "off"]) == ("day", None)
    assert budget.caps == {"session": Decimal(1)}
    for words in (["day"], ["week", "1"], ["day", "-1"], ["day", "NaN"], ["day", "1", "2"]):
        with pytest.raises(SettingsError, match="session, day or month and an amount"):
            change(budget, words)
    assert budget.caps == {"session": Decimal(1)}


def test_the_table_says_cap_spent_held_and_left() -> None:
    standing = Standing(Limit("day", Decimal(2), since=5.0), Decimal("0.5"), Decimal("0.25"))
    text = table(Budget({"day": Decimal(1)}, raised={("day", 5.0): Decimal(1)}), [standing], Total())
    assert "| today | $2.0000 (raised by $1.0000) | $0.5000 | $0.2500 | $1.2500 |" in text
    assert table(Budget(), [], Total()).startswith("No budget is set.")


def test_what_is_set_for_the_day_is_kept_and_for_the_session_is_not(path: Path) -> None:
    kept: list[tuple[str, str]] = []

    def keep(name: str, value: str) -> str:
        kept.append((name, value))
        return f"{name} is kept."

    def forget(name: str) -> str:
        kept.append((name, ""))
        return f"{name} is gone."

    books, session = Books(SqliteStore(path)), Session("/root", HAIKU)
    assert budgets(books, session, [], keep, forget).startswith("No budget is set.")
    assert "| this session | $1.0000 |" in budgets(books, session, ["1"], keep, forget)
    assert budgets(books, session, ["day", "2.50"], keep, forget).startswith("max_day_usd is kept.\n\n| budget |")
    assert budgets(books, session, ["day", "off"], keep, forget).startswith("Off. max_day_usd is gone.\n\n")
    assert kept == [("max_day_usd", "2.50"), ("max_day_usd", "")]


# The property: a server that bills as it likes, within what is possible, and sessions beside each other.


@dataclass
class Billing:
    """A server that makes up how many tokens a prompt has and an answer takes, and adds up its own bill.

    ends: what becomes of each request: "whole", "broken" after some text, "refused", "silent" (nothing comes back,
    though the prompt is billed).
    """

    chance: random.Random
    ends: list[str]
    greedy: bool = False  # bills the most that is possible
    bill: Decimal = Decimal(0)
    sent: int = 0

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        end = self.ends.pop() if self.ends else "whole"
        await asyncio.sleep(0)
        if end == "refused":
            raise ProviderError("Busy.", "rate_limited")
        size = len(str([to_wire(message) for message in request.messages]).encode())
        prompt = size if self.greedy else self.chance.choice((1, size // 2, size))
        cut = self.chance.choice((0, prompt // 3, prompt)) if request.cache_at else 0
        usage = (
            Usage(prompt - cut, cache_write_5m=cut)
            if self.chance.random() < 0.5
            else Usage(prompt - cut, cache_read=cut)
        )
        output = request.max_tokens if self.greedy else self.chance.choice((1, request.max_tokens))
        self.sent += 1
        text = "x" * max(0, output - 500)  # what was made and never arrived
        if end == "silent":
            output = min(output, 500)
        usd = cost(replace(usage, output=output), request.model.prices)
        assert usd is not None
        self.bill += usd
        await asyncio.sleep(0)
        if end == "silent":
            raise ProviderError("Gone.", "broken_stream")
        yield Opened(request.model.id, replace(usage, output=1))
        await asyncio.sleep(0)
        if end == "broken":
            yield TextDelta(text)
            raise ProviderError("Gone.", "broken_stream")
        yield Reply(Message("assistant", (Text("ok"),)), "end_turn", replace(usage, output=output), request.model.id)

    async def count(self, request: Request) -> int | None:
        return None

    async def models(self) -> tuple[RemoteModel, ...]:
        return ()

    def warm(self) -> None:
        """There is nothing to warm."""

    async def close(self) -> None:
        """There is nothing to close."""


RATES = st.builds(Rates, *[st.decimals(min_value=0, max_value=50, places=2)] * 5)
ENDS = st.lists(st.sampled_from(("whole", "broken", "refused", "silent")), max_size=12)
TEXTS = st.lists(st.text(max_size=2000), min_size=1, max_size=5)


@examples(max_examples=60, deadline=None)
@given(
    rates=st.lists(RATES, min_size=1, max_size=2),
    cap=st.decimals(min_value=0, max_value=2, places=3),
    talks=st.lists(TEXTS, min_size=1, max_size=4),
    ends=ENDS,
    seed=st.integers(),
    length=st.integers(min_value=1, max_value=20_000),
)
def test_the_cap_is_never_passed(
    rates: list[Rates], cap: Decimal, talks: list[list[str]], ends: list[str], seed: int, length: int
) -> None:
    """Random prices, prompts, answers and failures, in sessions beside each other that share one day."""
    bands = (replace(rates[0], up_to=1500), rates[1]) if len(rates) > 1 else (rates[0],)
    model = replace(HAIKU, prices=Prices(bands, "", ""))
    server = Billing(random.Random(seed), ends)

    async def talk(path: Path, number: int, texts: list[str]) -> None:
        store = SqliteStore(path)
        books = Books(store, Budget({"day": cap}))
        ask = Ask(server, Session("/root", model, id=f"s{number}"), retries=0, books=books)
        said: tuple[Message, ...] = ()
        for text in texts:
            said = (*said, Message("user", (Text(text),)))
            what = Request(model, "", said, max_tokens=length, cache_at=(0,) if number % 2 else ())
            try:
                await run(ask, what)
                said = (*said, Message("assistant", (Text("ok"),)))
            except (BudgetReached, ProviderError):
                said = said[:-1]
            assert server.bill <= cap
        store.close()

    async def all_of_them() -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "sessions.db"
            await asyncio.gather(*(talk(path, number, texts) for number, texts in enumerate(talks)))

    asyncio.run(all_of_them())
    assert server.bill <= cap


@examples(max_examples=60, deadline=None)
@given(
    rates=RATES,
    ends=ENDS,
    seed=st.integers(),
    times=st.decimals(min_value=1, max_value=8, places=3),
    cached=st.booleans(),
    text=st.sampled_from((1, 60_000)),
    length=st.sampled_from((1, 600, 5000)),
)
def test_the_cap_is_not_passed_by_a_hair_either(
    rates: Rates, ends: list[str], seed: int, times: Decimal, cached: bool, text: int, length: int
) -> None:
    """A server that bills all it can, asked again and again until nothing more fits."""
    model = replace(HAIKU, prices=Prices((rates,), "", ""))
    server = Billing(random.Random(seed), ends, greedy=True)
    what = request(model, "x" * text, length, cached=cached)
    one = cost(Usage(cache_write_5m=text, output=length), model.prices)
    assert one is not None
    cap = one * times

    async def until_it_stops(path: Path) -> None:
        books = Books(SqliteStore(path), Budget({"session": cap}))
        ask = Ask(server, Session("/root", model), retries=0, books=books)
        for _ in range(12):
            try:
                await run(ask, what)
            except ProviderError:
                continue
            except BudgetReached:
                break

    with TemporaryDirectory() as folder:
        asyncio.run(until_it_stops(Path(folder) / "sessions.db"))
    assert server.bill <= cap


def test_some_of_what_the_property_tries_is_sent(path: Path) -> None:
    """A budget that let nothing through would keep every cap."""
    server = Billing(random.Random(1), [])
    books = Books(SqliteStore(path), Budget({"day": Decimal("0.05")}))
    ask = Ask(server, Session("/root", HAIKU), retries=0, books=books)

    async def until_it_stops() -> int:
        sent = 0
        while True:
            try:
                await run(ask)
            except BudgetReached:
                return sent
            sent += 1

    assert asyncio.run(until_it_stops()) > 8
    assert Decimal("0.04") < server.bill <= Decimal("0.05")
