"""However a turn ends, its events tell the truth and the session is valid for the next prompt."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path

import pytest

from haikuterm.core.changes import Rejection
from haikuterm.core.errors import ProviderError
from haikuterm.core.events import (
    Charged,
    Checked,
    EditsApplied,
    EditsProposed,
    EditsRefused,
    Notice,
    Retrying,
    TextDelta,
    ToolEnded,
    ToolStarted,
    TurnEnded,
    TurnStarted,
)
from haikuterm.core.messages import Message, Opaque, Text, Thinking, ToolUse
from haikuterm.core.money import Usage
from haikuterm.core.request import Opened, Reply
from haikuterm.core.settings import Settings
from tests.scripted import USAGE, ScriptedAsker, calls, refuse, rig, says

EDIT = {"edits": [{"path": "app.py", "old": "import os\nimport sys\n", "new": "import sys\n"}]}
FIXED = b"import sys\n\n\ndef main() -> int:\n    return len(sys.argv)\n"


def kinds(events: list[object]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_a_plain_answer_is_said_charged_and_over(repo: Path) -> None:
    r = rig(repo, says("Hello."))
    events = await r.run("hi")
    assert kinds(events) == ["TurnStarted", "TextDelta", "Charged", "TurnEnded"]
    assert events[0] == TurnStarted("hi", "claude-haiku-4-5")
    assert events[-1] == TurnEnded("done")
    assert events[2].charge.usd == Decimal("0.0015")
    assert [m.text for m in r.engine.session.messages] == ["hi", "Hello."]


async def test_the_main_job_edits_checks_and_undoes(repo: Path) -> None:
    """The whole life of a fix: propose, approve, write, check, charge; then every byte comes back."""
    before = (repo / "app.py").read_bytes()
    r = rig(repo, calls("edit", EDIT), says("Removed."))
    asker = ScriptedAsker()
    events = await r.run("Remove the unused import in @app.py", asker)
    assert kinds(events) == [
        "AttachmentsChanged", "TurnStarted", "Charged", "ToolStarted", "EditsProposed", "EditsApplied", "Checked",
        "ToolEnded", "TextDelta", "Charged", "TurnEnded",
    ]  # fmt: skip
    assert (repo / "app.py").read_bytes() == FIXED
    checked = next(e for e in events if isinstance(e, Checked))
    assert (checked.before, checked.report.clean) == (1, True)
    assert [f.code for f in asker.proposals[0].findings] == ["F401"]
    result = r.provider.requests[1].messages[-1].parts[0]
    assert "Written: app.py." in result.text
    assert "ruff: no new findings." in result.text
    await r.run("/undo")
    assert (repo / "app.py").read_bytes() == before
    await r.run("/redo")
    assert (repo / "app.py").read_bytes() == FIXED


async def test_a_refused_edit_writes_nothing_and_the_model_hears_the_word(repo: Path) -> None:
    before = (repo / "app.py").read_bytes()
    r = rig(repo, calls("edit", EDIT), says("I see."))
    events = await r.run("fix @app.py", refuse("keep os, it is used by a plug-in"))
    assert EditsRefused((Rejection("app.py"),), "keep os, it is used by a plug-in") in events
    assert not any(isinstance(e, EditsApplied | Checked) for e in events)
    assert (repo / "app.py").read_bytes() == before
    assert "plug-in" in r.provider.requests[1].messages[-1].parts[0].text


async def test_yes_writes_without_asking(repo: Path) -> None:
    r = rig(repo, calls("edit", EDIT), says("ok"), settings=Settings(api_key="t", yes=True))
    asker = refuse()
    events = await r.run("fix @app.py", asker)
    assert any(isinstance(e, EditsProposed) for e in events)
    assert asker.proposals == []
    assert (repo / "app.py").read_bytes() == FIXED


async def test_a_file_that_changed_while_the_diff_was_shown_is_not_overwritten(repo: Path) -> None:
    def meanwhile(proposal):
        (repo / "app.py").write_text("somebody else was here\n")
        return ScriptedAsker().accept(proposal)

    r = rig(repo, calls("edit", EDIT), says("ok"))
    events = await r.run("fix @app.py", ScriptedAsker(accept=meanwhile))
    assert (repo / "app.py").read_text() == "somebody else was here\n"
    assert "changed on disk" in next(e for e in events if isinstance(e, ToolEnded)).output


async def test_an_edit_that_does_not_match_is_told_to_the_model(repo: Path) -> None:
    wrong = {"edits": [{"path": "app.py", "old": "import nothing\n", "new": ""}]}
    r = rig(repo, calls("edit", wrong), says("Sorry."))
    events = await r.run("fix @app.py")
    ended = next(e for e in events if isinstance(e, ToolEnded))
    assert not ended.ok
    assert "Nothing was written" in ended.output


async def test_the_same_failed_call_twice_ends_the_turn(repo: Path) -> None:
    wrong = {"edits": [{"path": "app.py", "old": "no such text", "new": ""}]}
    r = rig(repo, calls("edit", wrong), calls("edit", wrong, id="t2"), says("next"))
    events = await r.run("fix @app.py")
    assert events[-1].stop == "cut_off"
    assert (await r.run("again"))[-1] == TurnEnded("done")


async def test_a_failure_before_the_first_word_is_retried_in_sight(repo: Path) -> None:
    busy = ProviderError("overloaded", "overloaded", retry_after=0.0)
    r = rig(repo, [busy], says("ok"))
    events = await r.run("hi")
    assert kinds(events) == ["TurnStarted", "Retrying", "TextDelta", "Charged", "TurnEnded"]
    assert events[1] == Retrying("overloaded", 0.0, 2, 2)


async def test_a_wrong_key_is_not_retried_and_the_prompt_can_be_sent_again(repo: Path) -> None:
    r = rig(repo, [ProviderError("wrong key", "authentication")], says("ok"))
    assert (await r.run("hi"))[-1] == TurnEnded("failed", "wrong key")
    assert r.engine.session.messages == []
    assert (await r.run("hi"))[-1] == TurnEnded("done")
    assert [m.text for m in r.provider.requests[1].messages] == ["hi"]


async def test_a_wait_that_is_too_long_fails_with_the_sentence(repo: Path) -> None:
    r = rig(repo, [ProviderError("come back tomorrow", "rate_limited", retry_after=90_000)])
    assert (await r.run("hi"))[-1] == TurnEnded("failed", "come back tomorrow")


async def test_a_broken_stream_keeps_what_was_said_and_charges_an_estimate(repo: Path) -> None:
    half = [Opened("claude-haiku-4-5", Usage(input=1000, output=1)), TextDelta("Half an ans")]
    r = rig(repo, [*half, ProviderError("the connection broke", "broken_stream")], says("Whole."))
    events = await r.run("hi")
    assert kinds(events) == ["TurnStarted", "TextDelta", "Charged", "TurnEnded"]
    assert events[2].charge.estimated
    assert events[2].charge.usage == Usage(input=1000, output=4)
    assert events[-1].stop == "cut_off"
    assert (await r.run("go on"))[-1] == TurnEnded("done")
    assert r.provider.requests[1].messages[1].text.startswith("Half an ans")


async def test_stopping_keeps_what_was_said_and_pays_for_it(repo: Path) -> None:
    never = asyncio.Event()
    r = rig(repo, [Opened("claude-haiku-4-5", Usage(input=1000, output=1)), TextDelta("Some"), never], says("ok"))
    seen: list[object] = []

    async def watch() -> None:
        async with aclosing(r.engine.submit("hi", ScriptedAsker())) as events:
            async for event in events:
                seen.append(event)
                if isinstance(event, TextDelta):
                    heard.set()

    heard = asyncio.Event()
    task = asyncio.create_task(watch())
    await heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert r.provider.closed_early == 1
    assert r.engine.session.messages[-1].text == "Some\n[stopped by the user]"
    assert r.engine.session.total.requests == 1
    assert r.engine.session.total.estimated
    assert (await r.run("next"))[-1] == TurnEnded("done")


async def test_stopping_before_the_first_word_leaves_no_trace_in_the_history(repo: Path) -> None:
    r = rig(repo, [asyncio.Event()], says("ok"))
    task = asyncio.create_task(r.run("hi"))
    while not r.provider.requests:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert r.engine.session.messages == []
    assert r.engine.session.total.estimated, "the server may have read the prompt, and may bill it"


async def test_stopping_at_the_question_answers_the_open_call(repo: Path) -> None:
    asked = asyncio.Event()

    class Slow(ScriptedAsker):
        async def approve(self, proposal):
            asked.set()
            await asyncio.Event().wait()

    r = rig(repo, calls("edit", EDIT), says("ok"))
    task = asyncio.create_task(r.run("fix @app.py", Slow()))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await r.run("next"))[-1] == TurnEnded("done")
    assert b"import os" in (repo / "app.py").read_bytes()


async def test_a_call_cut_off_by_the_token_limit_is_not_run(repo: Path) -> None:
    cut = Reply(Message("assistant", (ToolUse("t1", "edit", {"edits": []}),)), "max_tokens", USAGE, "claude-haiku-4-5")
    r = rig(repo, [Opened("claude-haiku-4-5", USAGE), cut], says("ok"))
    events = await r.run("fix @app.py")
    assert events[-1].stop == "cut_off"
    assert not any(isinstance(e, ToolStarted) for e in events)
    assert (await r.run("go on"))[-1] == TurnEnded("done")


async def test_a_refusal_is_said_and_leaves_the_conversation(repo: Path) -> None:
    no = Reply(Message("assistant", (Text("I can"),)), "refusal", USAGE, "claude-haiku-4-5", "r", "cyber")
    r = rig(repo, [Opened("claude-haiku-4-5", USAGE), TextDelta("I can"), no], says("ok"))
    events = await r.run("bad")
    assert events[-1].stop == "refused"
    assert "cyber" in events[-1].reason
    assert r.engine.session.messages == []
    assert r.engine.session.total.requests == 1


async def test_reasoning_and_unknown_blocks_go_back_untouched_in_a_tool_loop(repo: Path) -> None:
    odd = Opaque({"type": "hologram", "depth": 3})
    thought = Thinking("hm", "sig")
    call = ToolUse("t1", "list", {})
    parts = (thought, odd, call)
    r = rig(
        repo,
        [Opened("claude-haiku-5-5", USAGE), Reply(Message("assistant", parts), "tool_use", USAGE, "m")],
        says("ok"),
    )
    await r.run("hi")
    assert r.provider.requests[1].messages[1].parts == parts


async def test_another_model_than_asked_is_said(repo: Path) -> None:
    r = rig(repo, says("hi", served="claude-sonnet-5"))
    events = await r.run("hi")
    assert Notice("claude-haiku-4-5 was asked, claude-sonnet-5 answered.", "warning") in events


async def test_the_snapshot_is_not_another_model(repo: Path) -> None:
    r = rig(repo, says("hi", served="claude-haiku-4-5-20251001"))
    assert not any(isinstance(e, Notice) for e in await r.run("hi"))


async def test_the_budget_stops_before_sending(repo: Path) -> None:
    r = rig(repo, says("x"), settings=Settings(api_key="t", max_budget_usd=Decimal("0.01")))
    events = await r.run("hi")
    assert events[-1].stop == "over_budget"
    assert r.provider.requests == []


async def test_an_answer_of_nothing_is_said(repo: Path) -> None:
    nothing = Reply(Message("assistant", ()), "end_turn", USAGE, "claude-haiku-4-5")
    r = rig(repo, [Opened("claude-haiku-4-5", USAGE), nothing], says("ok"))
    events = await r.run("hi")
    assert Notice("The model answered with nothing. Send it again, or ask another: /model.", "warning") in events
    assert (await r.run("again"))[-1] == TurnEnded("done")


async def test_totals_move_with_each_charge(repo: Path) -> None:
    r = rig(repo, says("a"), says("b"))
    await r.run("one")
    events = await r.run("two")
    charged = next(e for e in events if isinstance(e, Charged))
    assert (charged.turn.requests, charged.session.requests) == (1, 2)
    assert charged.session.usd == 2 * charged.turn.usd


async def test_a_session_killed_during_a_tool_goes_on(repo: Path) -> None:
    asked = asyncio.Event()

    class Slow(ScriptedAsker):
        async def approve(self, proposal):
            asked.set()
            await asyncio.Event().wait()

    r = rig(repo, calls("edit", EDIT))
    task = asyncio.create_task(r.run("fix @app.py", Slow()))
    await asked.wait()
    again = rig(repo, says("ok"))
    again.engine.resume(again.engine.ports.store.last(str(repo)))  # what a SIGKILL would leave
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert TurnEnded("done") in await again.run("next")


async def test_what_the_user_changed_meanwhile_is_sent_after_our_own_edit(repo: Path) -> None:
    """An edit of ours does not make the model's view of the file current if it was not before."""
    go = asyncio.Event()
    r = rig(repo, says("seen"), [go, *calls("edit", EDIT)], says("done"), says("ok"))
    await r.run("look at @app.py")
    text = (repo / "app.py").read_text()
    task = asyncio.create_task(r.run("fix it", ScriptedAsker()))
    while len(r.provider.requests) < 2:
        await asyncio.sleep(0)
    (repo / "app.py").write_text(f"{text}x = 777\n")
    go.set()
    await task
    await r.run("and now?")
    assert "777" in r.provider.requests[-1].messages[-1].text


async def test_a_refused_prompt_is_gone_even_if_it_joined_a_broken_turn(repo: Path) -> None:
    no = Reply(Message("assistant", ()), "refusal", USAGE, "claude-haiku-4-5")
    broken = ProviderError("gone", "rejected")
    r = rig(repo, calls("list", {}), [broken], [Opened("claude-haiku-4-5", USAGE), no], says("ok"))
    assert (await r.run("first"))[-1].stop == "failed"
    assert (await r.run("BAD PROMPT"))[-1].stop == "refused"
    await r.run("good prompt")
    assert "BAD PROMPT" not in str(r.provider.requests[-1].messages)


async def test_stopping_after_the_write_tells_the_model_that_it_was_written(repo: Path) -> None:
    r = rig(repo, calls("edit", EDIT), says("ok"))
    task: asyncio.Task[None]

    async def watch() -> None:
        async with aclosing(r.engine.submit("fix @app.py", ScriptedAsker())) as events:
            async for event in events:
                if isinstance(event, EditsApplied):
                    task.cancel()

    task = asyncio.create_task(watch())
    with pytest.raises(asyncio.CancelledError):
        await task
    await r.run("next")
    result = r.provider.requests[-1].messages[2].parts[0]
    assert (result.text, result.is_error) == ("Written: app.py.", False)
    assert (repo / "app.py").read_bytes() == FIXED


async def test_retries_stay_within_the_budget(repo: Path) -> None:
    dear = [Opened("claude-haiku-4-5", Usage(input=40_000)), ProviderError("broken", "broken_stream", retry_after=0.0)]
    settings = Settings(api_key="t", retries=9, max_budget_usd=Decimal("0.10"))
    r = rig(repo, *[dear] * 10, settings=settings)
    events = await r.run("hi")
    assert events[-1].stop == "over_budget"
    assert r.engine.session.total.usd <= Decimal("0.10")


async def test_an_answer_of_another_model_is_paid_at_its_own_price(repo: Path) -> None:
    r = rig(repo, says("hi", served="claude-opus-5-5", usage=Usage(input=1_000_000)))
    await r.run("hello")
    assert r.engine.session.total.usd == Decimal(4)


async def test_reasoning_without_a_signature_is_not_kept(repo: Path) -> None:
    cut = Reply(Message("assistant", (Thinking("hm", ""),)), "max_tokens", USAGE, "claude-haiku-4-5")
    r = rig(repo, [Opened("claude-haiku-4-5", USAGE), cut], says("ok"))
    assert (await r.run("hi"))[-1].stop == "cut_off"
    assert (await r.run("go on"))[-1] == TurnEnded("done")


async def test_an_answer_that_came_whole_but_was_no_good_is_paid_exactly_and_once(repo: Path) -> None:
    broken = ProviderError("the tool's input is not JSON", "broken_stream", usage=Usage(input=1000, output=70))
    r = rig(repo, [Opened("claude-haiku-4-5", Usage(input=1000, output=1)), broken], says("never asked"))
    events = await r.run("hi")
    (charged,) = [e for e in events if isinstance(e, Charged)]
    assert (charged.charge.usd, charged.charge.estimated) == (Decimal("0.00135"), False)
    assert len(r.provider.requests) == 1
    assert events[-1].stop == "failed"


async def test_a_comment_that_silences_the_linter_is_shown_as_such(repo: Path) -> None:
    edit = {"edits": [{"path": "app.py", "old": "import os\n", "new": "import os  # noqa: F401\n"}]}
    events = await rig(repo, calls("edit", edit), says("ok")).run("fix the lint of @app.py")
    warnings = [e.text for e in events if isinstance(e, Notice)]
    assert any("silences a checker" in text and "line 1" in text for text in warnings)


async def test_an_edit_that_breaks_the_syntax_is_not_proposed(repo: Path) -> None:
    edit = {"edits": [{"path": "app.py", "old": "import os\n", "new": "import (\n"}]}
    asker = ScriptedAsker()
    events = await rig(repo, calls("edit", edit), says("ok")).run("fix @app.py", asker)
    assert asker.proposals == []
    assert "would not parse" in next(e for e in events if isinstance(e, ToolEnded)).output


async def test_stopping_after_a_delete_tells_the_model_that_the_file_is_gone(repo: Path) -> None:
    r = rig(repo, calls("delete", {"path": "app.py"}), says("ok"))
    async with aclosing(r.engine.submit("delete @app.py", ScriptedAsker())) as events:
        async for event in events:
            if isinstance(event, EditsApplied):
                break
    await r.run("next")
    result = r.provider.requests[-1].messages[2].parts[0]
    assert (result.text, result.is_error) == ("Removed: app.py.", False)
    assert r.engine.session.attachments == {}


async def test_a_turn_that_comes_to_nothing_has_shown_nothing(repo: Path) -> None:
    """After a refusal the conversation is as before it: what was read in between is not known, what was kept is not."""
    no = Reply(Message("assistant", ()), "refusal", USAGE, "claude-haiku-4-5")
    wrong = {"edits": [*EDIT["edits"], {"path": "app.py", "old": "import json\n", "new": ""}]}
    answers = calls("read", {"path": "app.py"}), calls("edit", wrong, id="t2"), [Opened("claude-haiku-4-5", USAGE), no]
    r = rig(repo, *answers)
    events = await r.run("fix")
    assert [e.ok for e in events if isinstance(e, ToolEnded)] == [True, False]
    assert events[-1].stop == "refused"
    assert not r.engine.session.knows("app.py", "import os")
    assert r.engine.session.held == ()


async def test_edits_kept_when_the_user_stops_are_let_go_at_the_next_prompt(repo: Path) -> None:
    wrong = {"edits": [*EDIT["edits"], {"path": "app.py", "old": "import json\n", "new": ""}]}
    r = rig(repo, calls("edit", wrong), [asyncio.Event()], says("ok"))
    task = asyncio.create_task(r.run("fix @app.py"))
    while len(r.provider.requests) < 2:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(r.engine.session.held) == 1
    assert (await r.run("next"))[-1] == TurnEnded("done")
    assert r.engine.session.held == ()
    assert "were not written" in r.provider.requests[-1].messages[-1].text
