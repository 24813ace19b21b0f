"""/compact: shown and asked before anything goes, one request that is on the bill, and always a way back."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from haikuterm.core.errors import ProviderError
from haikuterm.core.events import Charged, Compacted, Event, Notice, TurnEnded
from haikuterm.core.messages import Text
from haikuterm.core.money import Usage
from haikuterm.engine.cache_report import report
from tests.scripted import USAGE, Answer, Rig, ScriptedAsker, calls, rig, says

BIG = replace(USAGE, input=20_000)
SUMMARY = "- the user wants tabs\n- app.py was read"


def noticed(events: list[Event]) -> str:
    return "\n".join(event.text for event in events if isinstance(event, Notice))


async def talked(repo: Path, *more: Answer) -> Rig:
    """Three exchanges: a file and a long answer, a long tool output, and a short one."""
    (repo / "long.py").write_text("x = 1  # one line of many\n" * 400)
    first = [
        says("Looked at it. " * 2_000),
        calls("read", {"path": "long.py"}),
        says("Read."),
        says("Fine.", usage=BIG),
    ]
    talk = rig(repo, *first, *more)
    await talk.run("look at @app.py")
    await talk.run("read the long one")
    await talk.run("and now?")
    return talk


async def test_the_plan_is_shown_and_nothing_changes_before_a_choice(repo: Path) -> None:
    talk, asker = await talked(repo), ScriptedAsker()
    before = list(talk.engine.session.messages)
    events = await talk.run("/compact", asker)
    assert "| older tool outputs | ~" in noticed(events)
    assert "| the last exchange | ~" in noticed(events)
    assert "Nothing was changed." in noticed(events)
    (question,) = asker.questions
    assert [option.value for option in question.options] == ["shorten", "summary", "no"]
    assert question.options[0].cells[0] == "free"
    assert question.options[1].cells[0].startswith("~$0.0")
    assert question.options[1].label == "Summary by haiku-4.5"
    assert talk.engine.session.messages == before
    assert len(talk.provider.requests) == 4


async def test_shortening_for_free_asks_no_model(repo: Path) -> None:
    talk = await talked(repo, says("on"))
    events = await talk.run("/compact", ScriptedAsker(choice="shorten"))
    (done,) = [event for event in events if isinstance(event, Compacted)]
    assert (done.how, done.usd) == ("shortened", Decimal(0))
    assert done.after < done.before == 20_100
    assert talk.engine.status.context_tokens == done.after
    assert not talk.engine.status.context_known
    assert len(talk.provider.requests) == 4
    assert (await talk.run("go on"))[-1] == TurnEnded("done")
    assert "x = 1  # one line of many\n" * 20 not in str(talk.provider.requests[-1].messages)
    assert 'path="app.py"' in talk.provider.requests[-1].messages[0].parts[0].text  # type: ignore[union-attr]


async def test_compact_free_needs_nobody_to_ask(repo: Path) -> None:
    talk, asker = await talked(repo), ScriptedAsker()
    (done,) = await talk.run("/compact free", asker)
    assert isinstance(done, Compacted)
    assert asker.questions == []


async def test_a_summary_is_one_request_on_the_bill_with_the_hint(repo: Path) -> None:
    talk = await talked(repo, says(SUMMARY, usage=Usage(input=500, output=40)), says("on"))
    events = await talk.run("/compact the tabs", ScriptedAsker(choice="summary"))
    (done,) = [event for event in events if isinstance(event, Compacted)]
    (charged,) = [event for event in events if isinstance(event, Charged)]
    assert done.how == "summary"
    assert done.summary == SUMMARY
    assert done.usd == charged.charge.usd == Decimal("0.0007")
    assert charged.charge.purpose == "compact"
    assert done.after < done.before / 2
    assert SUMMARY in noticed(events)
    assert [row.charge.purpose for row in talk.engine.ports.store.attempts()][-1] == "compact"
    asked = talk.provider.requests[-1]
    assert asked.messages[:-1] == tuple(talk.engine.session.shortened[0].before)
    assert asked.messages[-1].text.endswith("has to do with this: the tabs")
    assert asked.tools == talk.provider.requests[0].tools, "the cache is read"


async def test_after_a_summary_the_last_exchange_and_the_files_are_there_word_for_word(repo: Path) -> None:
    (repo / "AGENTS.md").write_text("Use tabs.\n")
    talk = await talked(repo, says(SUMMARY), says("on"))
    await talk.run("/compact", ScriptedAsker(choice="summary"))
    await talk.run("go on")
    request = talk.provider.requests[-1]
    assert "Use tabs." in request.system
    first, answer, last = request.messages
    assert SUMMARY in first.text
    assert first.text.endswith("and now?")
    assert answer.text == "Fine."
    assert last.parts[0] == Text('<file path="app.py">\n' + (repo / "app.py").read_text() + "\n</file>")


async def test_undo_puts_it_back_and_keeps_what_was_said_since(repo: Path) -> None:
    talk = await talked(repo, says(SUMMARY), says("on"))
    before = list(talk.engine.session.messages)
    await talk.run("/compact", ScriptedAsker(choice="summary"))
    await talk.run("go on")
    (back,) = await talk.run("/compact undo")
    assert isinstance(back, Compacted)
    assert back.how == "restored"
    assert back.after > back.before
    assert talk.engine.session.messages[:-2] == before
    assert talk.engine.session.messages[-1].text == "on"
    assert "was not shortened" in noticed(await talk.run("/compact undo"))


async def test_undone_at_once_files_are_not_sent_again(repo: Path) -> None:
    talk = await talked(repo, says(SUMMARY), says("on"))
    await talk.run("/compact", ScriptedAsker(choice="summary"))
    await talk.run("/compact undo")
    await talk.run("go on")
    assert talk.provider.requests[-1].messages[-1].parts == (Text("go on"),)
    assert talk.engine.session.attachments["app.py"].current


async def test_several_times_shortened_is_several_times_put_back(repo: Path) -> None:
    talk = await talked(repo, says(SUMMARY))
    before = list(talk.engine.session.messages)
    await talk.run("/compact free")
    between = list(talk.engine.session.messages)
    await talk.run("/compact", ScriptedAsker(choice="summary"))
    await talk.run("/compact undo")
    assert talk.engine.session.messages == between
    await talk.run("/compact undo")
    assert talk.engine.session.messages == before


async def test_where_only_a_summary_is_left_the_question_is_about_that(repo: Path) -> None:
    talk = await talked(repo)
    await talk.run("/compact free")
    asker = ScriptedAsker(choice="no")
    await talk.run("/compact", asker)
    (question,) = asker.questions
    assert [option.value for option in question.options] == ["summary", "no"]
    assert question.title == "Shorten the conversation?"


async def test_the_way_back_outlives_the_process(repo: Path) -> None:
    talk = await talked(repo, says(SUMMARY), says("on"))
    before = list(talk.engine.session.messages)
    await talk.run("/compact", ScriptedAsker(choice="summary"))
    await talk.run("go on")
    again = rig(repo)  # the first one never closed its store
    saved = again.engine.ports.store.last(str(repo))
    assert saved is not None
    assert saved.title == "look at app.py"
    again.engine.resume(saved)
    assert "/compact undo puts the rest back" in noticed(list(again.engine.prepare()))
    await again.run("/compact undo")
    assert again.engine.session.messages[:-2] == before
    third = rig(repo).engine.ports.store.last(str(repo))
    assert third is not None
    assert third.shortened == ()
    assert list(third.messages[:-2]) == before


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says(SUMMARY, stop="max_tokens"), "gave no whole summary (max_tokens)"),
        (says("", stop="refusal"), "gave no whole summary (refusal)"),
        (calls("read", {"path": "app.py"}, text="First I"), "gave no whole summary (tool_use)"),
        ([ProviderError("The key is wrong.", "authentication")], "The key is wrong."),
    ],
)
async def test_a_summary_that_fails_changes_nothing(repo: Path, answer: Answer, said: str) -> None:
    talk = await talked(repo, answer)
    before = talk.engine.session.moment()
    events = await talk.run("/compact", ScriptedAsker(choice="summary"))
    assert said in noticed(events)
    assert talk.engine.session.moment() == before
    assert talk.engine.session.shortened == ()


async def test_a_summary_that_is_stopped_changes_nothing_and_is_on_the_bill(repo: Path) -> None:
    talk = await talked(repo, [*says(SUMMARY)[:2], asyncio.Event()])
    before = talk.engine.session.moment()

    async def listen() -> None:
        async with aclosing(talk.engine.submit("/compact", ScriptedAsker(choice="summary"))) as events:
            async for event in events:
                if isinstance(event, Notice) and "can be stopped" in event.text:
                    asking.set()

    asking = asyncio.Event()
    task = asyncio.create_task(listen())
    await asking.wait()
    while talk.provider.answers:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert talk.engine.session.moment() == before
    assert talk.engine.ports.store.attempts()[-1].error == "cancelled"


async def test_the_budget_holds_for_a_summary_too(repo: Path) -> None:
    talk = await talked(repo)
    await talk.run("/budget session 0.05")
    before = talk.engine.session.moment()
    events = await talk.run("/compact", ScriptedAsker(choice="summary"))
    assert [event for event in events if isinstance(event, Notice) and event.level == "error"]
    assert talk.engine.session.moment() == before


async def test_why_nothing_is_shortened_is_said_as_it_is(repo: Path) -> None:
    talk = rig(repo, says("ok"), says("fine"), says("Long. " * 3_000), says("on"))
    await talk.run("hello")
    await talk.run("and you?")
    short = "There is little to shorten: a summary would be about as long as the 1 earlier exchange."
    assert short in noticed(await talk.run("/compact"))
    await talk.run("tell me more")
    await talk.run("thanks")
    offered = "No tool output or superseded file is worth shortening. /compact offers a summary of the 3 earlier"
    assert offered in noticed(await talk.run("/compact free"))


async def test_with_one_exchange_there_is_nothing_to_shorten(repo: Path) -> None:
    talk, asker = rig(repo, says("ok")), ScriptedAsker()
    await talk.run("hello")
    assert "There is nothing to shorten" in noticed(await talk.run("/compact", asker))
    assert "There is nothing to shorten" in noticed(await talk.run("/compact free", asker))
    assert asker.questions == []


async def test_context_says_that_the_conversation_was_shortened(repo: Path) -> None:
    talk = await talked(repo, says("on"), says("back"))
    await talk.run("/compact free")
    await talk.run("go on")
    assert "up to a change in the conversation (it was shortened)" in report(talk.engine.session)
    await talk.run("/compact undo")
    await talk.run("go on")
    assert "up to a change in the conversation (it was put back as it was)" in report(talk.engine.session)


async def test_clear_forgets_the_way_back(repo: Path) -> None:
    talk = await talked(repo)
    await talk.run("/compact free")
    await talk.run("/clear")
    assert "was not shortened" in noticed(await talk.run("/compact undo"))


async def test_a_full_window_offers_to_shorten_and_then_to_go_on(repo: Path) -> None:
    talk = await talked(repo, says("half an ans", stop="model_context_window_exceeded"))
    asker = ScriptedAsker(choice="shorten")
    events = await talk.run("a long question", asker)
    assert [event.how for event in events if isinstance(event, Compacted)] == ["shortened"]
    assert asker.questions[0].title.startswith("The context window of haiku-4.5 (200,000 tokens) is full")
    assert events[-1] == TurnEnded("cut_off", 'The answer is not whole. There is room again: say "go on" to continue.')
    assert talk.engine.session.messages[-1].text == "half an ans"


async def test_a_full_window_with_nobody_to_ask_is_only_said(repo: Path) -> None:
    talk = await talked(repo, says("half an ans", stop="model_context_window_exceeded"))
    end = (await talk.run("a long question"))[-1]
    assert isinstance(end, TurnEnded)
    assert end.stop == "cut_off"
    assert "/compact shortens the conversation" in end.reason


async def test_a_prompt_that_would_not_fit_is_told_before_it_is_sent(repo: Path) -> None:
    talk, asker = await talked(repo), ScriptedAsker()
    before = list(talk.engine.session.messages)
    events = await talk.run("word " * 300_000, asker)
    assert asker.questions[0].title.startswith("With this prompt it is ~")
    assert [option.value for option in asker.questions[0].options] == ["shorten", "summary", "send", "no"]
    end = events[-1]
    assert isinstance(end, TurnEnded)
    assert end.stop == "failed"
    assert end.reason.startswith("With this prompt it is ~")
    assert "The prompt was not sent." in end.reason
    assert talk.engine.session.messages == before
    assert len(talk.provider.requests) == 4


async def test_a_prompt_that_would_not_fit_can_be_sent_all_the_same(repo: Path) -> None:
    talk = await talked(repo, says("it fits"))
    assert (await talk.run("word " * 300_000, ScriptedAsker(choice="send")))[-1] == TurnEnded("done")


async def test_a_prompt_that_fits_once_the_conversation_is_shorter_goes_out(repo: Path) -> None:
    full = replace(USAGE, input=199_000)
    talk = await talked(repo, says("long", usage=full), says(SUMMARY), says("on"))
    await talk.run("one more")
    events = await talk.run("word " * 4_000, ScriptedAsker(choice="summary"))
    assert events[-1] == TurnEnded("done")
    assert [event.how for event in events if isinstance(event, Compacted)] == ["summary"]
    assert SUMMARY in talk.provider.requests[-1].messages[0].text
