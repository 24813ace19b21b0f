"""What the draft would cost, as faces show it while it is typed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from haikuterm.core.forecast import forecast
from haikuterm.core.models import catalogue
from haikuterm.ui.forecast import Reckoning, words
from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.scripted_events import ScriptedEngine as Spoken
from tests.ui.test_repl import CTRL_D, talk

HAIKU = catalogue().resolve("haiku-4.5")


def test_the_words_tell_tokens_and_price() -> None:
    assert words(forecast(HAIKU, 1_200, 40)) == "~1.2k tokens · ~$0.0014"
    assert words(forecast(HAIKU, 12_000, 500, warm=10_000)) == "~12k tokens · ~$0.0060 (uncached ~$0.0175)"
    assert words(None) == ""


def test_a_local_model_is_free_and_a_model_without_a_price_says_so() -> None:
    assert words(forecast(catalogue().resolve("qwen-0.5b"), 300, 40)) == "~300 tokens · free"
    assert words(forecast(replace(HAIKU, prices=None), 300, 40)) == "~300 tokens · unpriced"


def test_a_draft_that_does_not_fit_says_so_in_place_of_a_price() -> None:
    assert words(forecast(HAIKU, 250_000, 40)) == "~250k tokens, too many for haiku-4.5 (200k)"


async def test_only_the_latest_draft_is_reckoned_and_an_empty_one_is_told_at_once() -> None:
    reckoned: list[str] = []
    told: list[str] = []
    reckoning = Reckoning(told.append)
    assert reckoning.want("a")
    work = asyncio.create_task(reckoning.run(lambda draft: reckoned.append(draft)))  # type: ignore[func-returns-value] # None is what is meant
    assert not any(reckoning.want("ab"[:n] + "c") for n in range(3))
    await work
    assert reckoned == ["abc"]
    assert reckoning.want("abcd")
    assert not reckoning.want(" ")
    await reckoning.run(lambda draft: reckoned.append(draft))  # type: ignore[func-returns-value] # as above
    assert (reckoned, told) == (["abc"], ["", ""])


async def test_the_price_stands_in_the_border_of_the_input_while_there_is_a_draft() -> None:
    async with running(ScriptedEngine(priced=True)) as (app, pilot):
        await type_in(pilot, "hello")
        await until(pilot, lambda: "~1.0k tokens · ~$0.0035" in text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "tokens · " not in text(app))


async def test_without_a_forecast_the_border_stays_as_it_is() -> None:
    async with running(ScriptedEngine()) as (app, pilot):
        await type_in(pilot, "hello")
        await until(pilot, lambda: not app.workers._workers)
        assert "tokens" not in text(app)


async def test_the_inline_face_shows_it_beside_the_draft_and_the_plain_mode_does_not() -> None:
    _, screen = await talk(
        Spoken(priced=True), "hello", ("~1.0k tokens · ~$0.0035", f"\x7f\x7f\x7f\x7f\x7f{CTRL_D}"), plain=False
    )
    assert screen.text.count("~1.0k tokens") == 1
    _, screen = await talk(Spoken(priced=True), f"hello\r{CTRL_D}")
    assert "tokens ·" not in screen.text
