"""Every attempt leaves one row that says what is known of it, however it ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest

from haikuterm.adapters.store import SqliteStore
from haikuterm.core.budget import Limit
from haikuterm.core.errors import ProviderError, StoreError
from haikuterm.core.events import Charged, Event, Retrying, TextDelta, ThinkingDelta
from haikuterm.core.ledger import Attempt, prove
from haikuterm.core.messages import Message, Text, ToolUse
from haikuterm.core.models import catalogue
from haikuterm.core.money import Total, Usage, cost
from haikuterm.core.request import Opened, Reply, Request, ToolInput
from haikuterm.engine.asking import Ask, Heard
from haikuterm.engine.budget import Books
from haikuterm.engine.session import Session
from tests.scripted import USAGE, Answer, ScriptedProvider, says

HAIKU = catalogue().resolve("haiku-4.5")
SECRET = "the prompt that nobody keeps"
BUSY = ProviderError("Overloaded.", "overloaded", retry_after=0.0, request_id="req_busy")
BROKEN = ProviderError("Broken.", "broken_stream", retry_after=0.0)


def request(model: str = "haiku-4.5") -> Request:
    """One question."""
    return Request(catalogue().resolve(model), "Be brief.", (Message("user", (Text(SECRET),)),), max_tokens=1000)


@dataclass
class Asked:
    """An Ask over a store in a file, with what the store said when it failed."""

    ask: Ask
    store: SqliteStore
    said: list[str] = field(default_factory=list)

    async def run(self, what: Request | None = None) -> list[Event | Reply]:
        """All events of one request."""
        async with aclosing(self.ask(what or request())) as events:
            return [event async for event in events]

    @property
    def rows(self) -> tuple[Attempt, ...]:
        """The ledger."""
        return self.store.attempts()

    @property
    def total(self) -> Total:
        """What the session counts."""
        return self.ask.session.total


Asking = Callable[..., Asked]


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    """Makes an Ask that hears these answers, in turn 7 of a session."""

    def make(*answers: Answer, model: str = "haiku-4.5", **more: object) -> Asked:
        store = SqliteStore(tmp_path / "state/sessions.db")
        session = Session("/root", catalogue().resolve(model), id="s1")
        said: list[str] = []
        books = Books(store, turn=7, say=said.append)
        ask = Ask(ScriptedProvider(list(answers)), session, books=books, **more)  # type: ignore[arg-type] # any field
        return Asked(ask, store, said)

    return make


def opened(**more: int) -> Opened:
    return Opened("claude-haiku-4-5-20251001", replace(Usage(input=1000, output=1), **more), "req_2")


async def test_a_whole_answer_is_a_row_of_all_that_is_known(asking: Asking) -> None:
    usage = Usage(1000, 100, 30, 20, 10, 40)
    r = asking(says("Hello.", usage=usage, served="claude-haiku-4-5-20251001"), purpose="fix")
    await r.run()
    (row,) = r.rows
    assert (row.session, row.root, row.turn, row.known, row.prices) == ("s1", "/root", 7, "said", catalogue().version)
    assert (row.charge.model, row.charge.served) == ("claude-haiku-4-5", "claude-haiku-4-5-20251001")
    assert (row.charge.usage, row.charge.purpose, row.charge.request_id) == (usage, "fix", "req_1")
    assert row.charge.usd == row.most == Decimal("0.001548") == prove(row).derived
    assert (row.stop, row.error, row.refusal, row.calls, row.done) == ("end_turn", "", "", 0, None)
    assert row.first is not None
    assert row.seconds is not None
    assert 0 <= row.first <= row.seconds


async def test_no_row_holds_a_word_that_was_said(asking: Asking, tmp_path: Path) -> None:
    answer = [opened(), TextDelta("its answer"), ProviderError(f"It said: {SECRET}", "rejected")]
    r = asking(says("its answer"), answer)
    await r.run()
    with pytest.raises(ProviderError):
        await r.run()
    r.store.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert SECRET.encode() not in kept
    assert b"its answer" not in kept


async def test_a_refused_attempt_costs_nothing_and_the_one_after_it_has_a_row_of_its_own(asking: Asking) -> None:
    r = asking([BUSY], [BUSY], says("ok"))
    events = await r.run()
    assert [type(event) for event in events] == [Retrying, Retrying, TextDelta, Charged, Reply]
    assert [(row.known, row.error, row.charge.usd, row.most) for row in r.rows] == [
        ("nothing", "overloaded", 0, 0),
        ("nothing", "overloaded", 0, 0),
        ("said", "", Decimal("0.0015"), Decimal("0.0015")),
    ]
    assert r.rows[0].charge.request_id == "req_busy"
    assert r.total.requests == 1


async def test_a_broken_answer_has_the_servers_prompt_and_our_count_of_the_rest(asking: Asking) -> None:
    r = asking([opened(), TextDelta("x" * 36), ToolInput("edit", 18), BROKEN])
    with pytest.raises(ProviderError):
        await r.run()
    (row,) = r.rows
    assert (row.known, row.error, row.charge.estimated, row.charge.request_id) == (
        "begun",
        "broken_stream",
        True,
        "req_2",
    )
    assert row.charge.usage == Usage(input=1000, output=15)
    assert r.total.usd == row.charge.usd == Decimal("0.001075")
    assert row.most == Decimal("0.001") + (36 + 18 + 512) * Decimal("0.000005"), "a byte can be a token"


async def test_what_may_have_been_reasoned_in_silence_counts_in_full_against_a_budget(asking: Asking) -> None:
    begun = Opened("claude-haiku-5-5", Usage(input=1000, output=1))
    r = asking([begun, TextDelta("x"), BROKEN], model="haiku-5.5")
    with pytest.raises(ProviderError):
        await r.run(request("haiku-5.5"))
    assert r.rows[0].charge.usage.output == 1
    assert r.rows[0].most == Decimal("0.0001") + Decimal("0.0005"), "1,000 tokens in, and max_tokens out"


async def test_reasoning_that_was_heard_is_counted_and_noted(asking: Asking) -> None:
    r = asking([opened(), ThinkingDelta("x" * 36), TextDelta("x" * 36), BROKEN])
    with pytest.raises(ProviderError):
        await r.run()
    assert r.rows[0].charge.usage == Usage(input=1000, output=20, thinking=10)


async def test_a_final_count_of_a_bad_answer_is_the_servers_own_word(asking: Asking) -> None:
    r = asking([opened(), ProviderError("No JSON.", "broken_stream", usage=USAGE)])
    with pytest.raises(ProviderError):
        await r.run()
    assert (r.rows[0].known, r.rows[0].charge.usage, r.rows[0].charge.estimated) == ("said", USAGE, False)


async def stop(r: Asked, when: asyncio.Event) -> None:
    """Cancel a request once it is there."""
    task = asyncio.create_task(r.run())
    while not when.is_set():
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class Reached(asyncio.Event):
    """Waited for by the provider: sets `here` when it is."""

    def __init__(self) -> None:
        super().__init__()
        self.here = asyncio.Event()

    async def wait(self) -> bool:  # type: ignore[override] # always True, as of Event
        self.here.set()
        return await super().wait()


async def test_a_cancelled_answer_is_written_down_with_what_was_heard(asking: Asking) -> None:
    never = Reached()
    r = asking([opened(), TextDelta("x" * 36), never])
    await stop(r, never.here)
    (row,) = r.rows
    assert (row.known, row.error, row.stop) == ("begun", "cancelled", "")
    assert row.charge.usage == Usage(input=1000, output=10)
    assert r.total == Total().plus(row.charge)
    assert r.total.estimated


async def test_what_was_cancelled_before_the_server_spoke_may_have_been_billed_and_says_so(asking: Asking) -> None:
    never = Reached()
    r = asking([never])
    await stop(r, never.here)
    (row,) = r.rows
    assert (row.known, row.error, row.charge.served, row.charge.estimated) == ("unknown", "cancelled", "", True)
    assert row.charge.usage.input > 5
    assert row.charge.usage.output == 0
    assert row.charge.usd is not None
    assert row.most is not None
    assert 0 < row.charge.usd < row.most
    assert r.total == Total().plus(row.charge)


async def test_a_connection_that_broke_before_the_first_event_is_as_unknown(asking: Asking) -> None:
    r = asking([BROKEN], says("ok"))
    await r.run()
    assert [row.known for row in r.rows] == ["unknown", "said"]


async def test_a_server_that_was_never_reached_bills_nothing(asking: Asking) -> None:
    r = asking([ProviderError("No network.", "unreachable", retry_after=0.0)], says("ok"))
    await r.run()
    assert [(row.known, row.error) for row in r.rows] == [("nothing", "unreachable"), ("said", "")]


async def test_a_server_that_took_the_request_and_stayed_silent_may_have_billed_it(asking: Asking) -> None:
    row = await asking().ask.books.open(request(), Session("/root", HAIKU), "turn", None)
    silent = ProviderError("No answer.", "unreachable")
    heard = [Heard(row, request(), began=time.monotonic() - waited, error=silent) for waited in (9.0, 60.0)]
    assert [each.settled().known for each in heard] == ["nothing", "unknown"]


async def test_a_row_stands_in_the_ledger_while_its_request_is_under_way(asking: Asking) -> None:
    never = Reached()
    r = asking([never])
    task = asyncio.create_task(r.run())
    await never.here.wait()
    assert [(row.known, row.charge.model) for row in r.rows] == [("open", "claude-haiku-4-5")]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_another_model_that_answered_is_priced_as_itself(asking: Asking) -> None:
    r = asking(says("hi", served="claude-sonnet-5"), says("hi", served="nobody-9"))
    await r.run()
    await r.run()
    assert [(row.charge.served, row.charge.usd) for row in r.rows] == [
        ("claude-sonnet-5", Decimal("0.003")),
        ("nobody-9", None),
    ]
    assert [row.rates is None for row in r.rows] == [False, True]


async def test_a_refusal_is_kept_by_its_category_and_never_by_its_words(asking: Asking) -> None:
    def refusal(category: str) -> Answer:
        reply = Reply(
            Message("assistant", ()),
            "refusal",
            USAGE,
            "claude-haiku-4-5",
            "r",
            f"{category}: {SECRET}",
            category=category,
        )
        return [opened(), reply]

    r = asking(refusal("cyber"), refusal(SECRET), refusal(""), refusal("bio"))
    for _ in range(4):
        await r.run()
    assert [row.refusal for row in r.rows] == ["cyber", "refused", "refused", "bio"]


async def test_how_the_tool_calls_went_is_noted_in_the_row_that_asked_for_them(asking: Asking) -> None:
    calls = (ToolUse("t1", "read", {}), ToolUse("t2", "edit", {}))
    r = asking([opened(), Reply(Message("assistant", calls), "tool_use", USAGE, "claude-haiku-4-5")], says("ok"))
    await r.run()
    r.ask.used(1, 1)
    await r.run()
    assert [(row.calls, row.done, row.failed) for row in r.rows] == [(2, 1, 1), (0, None, None)]


async def test_a_ledger_that_cannot_be_written_is_told_and_stops_nobody_without_a_budget(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said: list[str] = []
    books = Books(SqliteStore(tmp_path / "file/sessions.db"), say=said.append)
    ask = Ask(ScriptedProvider([says("ok")]), Session("/root", HAIKU), books=books)
    async with aclosing(ask(request())) as events:
        assert [type(event) async for event in events] == [TextDelta, Charged, Reply]
    assert len(said) == 2
    assert "cannot be used" in said[0]


async def test_with_a_budget_nothing_is_sent_that_cannot_be_written_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    books = Books(SqliteStore(tmp_path / "file/sessions.db"))
    books.budget.change("day", Decimal(1))
    provider = ScriptedProvider([says("ok")])
    with pytest.raises(StoreError):
        async with aclosing(Ask(provider, Session("/root", HAIKU), books=books)(request())) as events:
            assert [event async for event in events]
    assert provider.requests == []


async def test_an_answer_that_the_server_does_not_count_is_estimated_and_held_at_its_most(asking: Asking) -> None:
    asked = asking(says("Hello.", usage=Usage()))
    await asked.run()
    (row,) = asked.rows
    assert (row.known, row.charge.estimated, row.charge.usage.input) == ("begun", True, row.estimate)
    assert row.charge.usd is not None
    assert row.most is not None
    assert 0 < row.charge.usd < row.most
    assert asked.ask.books.measured is None


async def test_an_answer_of_a_model_that_nobody_knows_counts_against_budgets_as_the_one_asked(asking: Asking) -> None:
    asked = asking(says("Hello.", served="gateway/haiku"))
    await asked.run()
    (row,) = asked.rows
    assert row.charge.usd is None
    assert row.most == cost(USAGE, HAIKU.prices)
    (standing,) = asked.store.standings((Limit("day", Decimal(1)),))
    assert (standing.spent, standing.held) == (0, row.most)
