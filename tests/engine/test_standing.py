"""What a model does not take, and that it ends soon, is said once a session and before anything is sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from haikuterm.core.events import Event, Notice, TurnStarted
from haikuterm.engine.standing import unmet
from tests.scripted import rig, says

TODAY = date(2026, 11, 21)


def lines(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


async def test_an_effort_that_the_model_has_not_is_dropped_with_one_line(repo: Path) -> None:
    r = rig(repo, says("a"), says("b"), says("c"))
    r.engine.session.effort = "low"
    first, second = await r.run("one"), await r.run("two")
    assert isinstance(first[0], TurnStarted)
    assert lines(first) == ["haiku-4.5 does not take effort low (it takes none); none is sent."]
    assert lines(second) == []
    assert [request.effort for request in r.provider.requests] == ["", ""]
    r.engine.session.effort = "high"
    assert "effort high" in lines(await r.run("three"))[0]


async def test_thinking_goes_as_the_model_takes_it(repo: Path) -> None:
    r = rig(repo, says("a"), says("b"), model="claude-sonnet-5-5")
    r.engine.session.thinking = "show"
    assert lines(await r.run("one")) == ["claude-sonnet-5-5 was asked, claude-haiku-4-5 answered."]
    r.engine.session.thinking = "off"
    assert lines(await r.run("two"))[0].startswith("sonnet-5.5 always thinks")
    assert [(q.thinking, q.display) for q in r.provider.requests] == [("adaptive", "summarized"), ("", "")]


async def test_a_model_near_its_end_says_so_once_where_the_day_is_known(repo: Path) -> None:
    answers = [says("a", served="claude-sonnet-4-5") for _ in range(3)]
    r = rig(repo, *answers, model="claude-sonnet-4-5")
    assert lines(await r.run("no day")) == []
    r.engine.today = lambda: TODAY
    ending = ["sonnet-4.5 is retired on 2026-11-30, in 9 days. Choose another with /model."]
    assert (lines(await r.run("one")), lines(await r.run("two"))) == (ending, [])


async def test_an_old_price_table_says_so_once_and_not_of_a_free_model(repo: Path) -> None:
    r = rig(repo, says("a"), says("b"))
    r.engine.today = lambda: date(2027, 3, 1)
    assert "101 days old" in lines(await r.run("one"))[0]
    assert lines(await r.run("two")) == []


async def test_a_command_that_asks_for_more_is_answered_each_time_and_the_turn_says_it_no_more(repo: Path) -> None:
    r = rig(repo, says("a"))
    r.engine.session.thinking, r.engine.session.effort = "show", "max"
    twice = [unmet(r.engine.session), unmet(r.engine.session)]
    assert [[notice.text for notice in said] for said in twice] == [
        ["haiku-4.5 does not take effort max (it takes none); none is sent."]
    ] * 2
    assert lines(await r.run("one")) == []
    assert r.provider.requests[0].thinking == "enabled"
