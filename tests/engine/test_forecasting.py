"""The price of the next prompt: told while it is typed, compared when asked for, agreed to when it is high."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest

from haikuterm.core.errors import ProviderError
from haikuterm.core.events import Notice, TurnEnded
from haikuterm.core.ledger import Sample
from haikuterm.core.models import catalogue, unknown
from haikuterm.core.money import Usage
from haikuterm.core.pictures import PAGE
from haikuterm.core.prefix import LIFE
from haikuterm.core.request import Request
from haikuterm.core.settings import Settings
from tests.pictures import pdf
from tests.scripted import Answer, Rig, ScriptedAsker, ScriptedProvider, calls, rig, says

DEAR = Settings(api_key="test", confirm_usd=Decimal("0.001"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "app.py").write_text("x = 1\n" * 600)
    return folder


def tokens(stage: Rig, draft: str) -> int:
    """The tokens of the forecast."""
    found = stage.engine.forecast(draft)
    assert found is not None
    return found.tokens


async def test_nothing_is_reckoned_for_an_empty_draft_or_a_command(root: Path) -> None:
    stage = rig(root)
    assert [stage.engine.forecast(draft) for draft in ("", "  \n", "/help", "/cost all it")] == [None] * 4
    assert stage.engine.forecast("/etc/hosts is odd") is not None


async def test_what_the_server_said_of_the_conversation_is_the_base(root: Path) -> None:
    stage = rig(root, says("ok", usage=Usage(input=7_000, output=50)))
    await stage.run("hello")
    assert 7_000 < tokens(stage, "go on") < 7_050


async def test_what_the_cache_has_makes_it_cheaper_until_it_expires(root: Path) -> None:
    stage = rig(root, says("ok", usage=Usage(input=10, cache_write_5m=7_000, output=50)))
    await stage.run("hello")
    warm = stage.engine.forecast("go on")
    assert warm is not None
    assert warm.warm == 7_000
    assert warm.expected == Decimal("0.0007") + Decimal("1.25") * (warm.tokens - 7_000) / 10**6 + Decimal("0.0025")
    cache = stage.engine.session.cache
    assert cache is not None
    stage.engine.session.cache = replace(cache, at=cache.at - LIFE - 1)
    cold = stage.engine.forecast("go on")
    assert cold is not None
    assert (cold.warm, cold.expected) == (0, warm.uncached)


async def test_files_that_are_named_or_wait_count_once_and_sent_ones_no_more(root: Path) -> None:
    stage = rig(root, says("ok"))
    bare = tokens(stage, "look")
    named = tokens(stage, "look at @app.py, and @app.py")
    assert 1_150 < named - bare < 1_250
    await stage.run("/add app.py")
    assert 1_150 < tokens(stage, "look at @app.py") - bare < 1_250
    await stage.run("look at @app.py")
    assert tokens(stage, "look at @app.py") < bare + 1_100


async def test_a_name_that_is_no_file_is_text(root: Path) -> None:
    stage = rig(root)
    assert tokens(stage, "look @nobody") - tokens(stage, "look nobody") < 2


async def test_a_pdf_that_is_named_counts_by_its_pages(root: Path) -> None:
    (root / "spec.pdf").write_bytes(pdf(40))
    assert abs(tokens(rig(root), "sum up @spec.pdf") - tokens(rig(root), "sum up") - 40 * PAGE) < 20


async def test_a_file_is_weighed_anew_for_the_next_draft(root: Path) -> None:
    stage = rig(root)
    before = tokens(stage, "@app.py")
    (root / "app.py").write_text("x = 1\n" * 1_200)
    assert tokens(stage, "@app.py") == before
    stage.engine.forecast("")
    assert tokens(stage, "@app.py") > before + 900


async def test_estimates_learn_from_what_the_server_counted(root: Path) -> None:
    stage = rig(root, *[says("ok", usage=Usage(input=1, output=40))] * 6)
    plain = tokens(stage, "hello")
    for _ in range(6):
        await stage.run("hello")
        await stage.run("/clear")
    assert tokens(stage, "hello") == round(plain * 0.4)
    found = stage.engine.forecast("hello")
    assert found is not None
    assert found.answer == 40


async def test_the_ledger_keeps_the_estimate_beside_what_was_said(root: Path) -> None:
    stage = rig(root, says("ok"))
    await stage.run("hello")
    (kept,) = stage.engine.ports.store.attempts()
    assert kept.charge.usage.prompt == 1_000
    assert 500 < kept.estimate != 1_000
    assert stage.engine.ports.store.samples("claude-haiku-4-5", 5) == (Sample(kept.estimate, 1_000, 100),)
    assert stage.engine.ports.store.samples("claude-haiku-5-5", 5) == ()


@dataclass
class Counting(ScriptedProvider):
    """Counts 1,234 tokens for Haiku, and fails for all others."""

    counted: list[Request] = field(default_factory=list)

    async def count(self, request: Request) -> int | None:
        self.counted.append(request)
        if request.model.family != "haiku":
            raise ProviderError("no such model", "rejected")
        return 1_234


def counting(root: Path, *answers: Answer) -> tuple[Rig, Counting]:
    """A rig whose endpoint counts."""
    stage, provider = rig(root, *answers), Counting([])
    stage.engine.ports = replace(stage.engine.ports, provider=provider)
    return stage, provider


async def test_typing_asks_nobody_and_a_comparison_counts_once_for_each_model(root: Path) -> None:
    stage, provider = counting(root)
    stage.engine.forecast("hello")
    assert provider.counted == []
    await stage.run("/cost all look at @app.py")
    listed = [model for model in catalogue().models if model.listed and not model.local]
    assert sorted(r.model.id for r in provider.counted) == sorted(m.id for m in listed)
    text = "x = 1\n" * 600
    sent = {request.messages[-1].text for request in provider.counted}
    assert sent == {f'<file path="app.py">\n{text}\n</file>look at app.py'}
    assert (stage.engine.session.messages, provider.requests) == ([], [])


@pytest.mark.parametrize(("name", "counted"), [("ours/qwen3:8b", ["ours/qwen3:8b"]), ("qwen-1.5b", [])])
async def test_a_comparison_shows_the_conversation_to_nobody_new(root: Path, name: str, counted: list[str]) -> None:
    stage, provider = counting(root)
    endpoint = replace(unknown("ours/qwen3:8b"), endpoint="ours", sent="qwen3:8b", probed=True)
    stage.engine.session.switch(endpoint if "/" in name else catalogue().resolve(name))
    await stage.run("/cost all look at @app.py")
    assert [request.model.id for request in provider.counted] == counted


async def test_a_comparison_is_a_table_with_the_cheapest_first(root: Path) -> None:
    stage, _ = counting(root)
    (notice,) = await stage.run("/tokens hello")
    assert isinstance(notice, Notice)
    rows = [line for line in notice.text.splitlines() if line.startswith("| ")][1:]
    assert "| haiku-5.5 | 1,234 | ~$0.0005 | - | ~$0.0005 |" in rows
    assert "| haiku-4.5 (current) | 1,234 | ~$0.0037 | - | ~$0.0037 |" in rows
    names = [row.split()[1] for row in rows]
    assert names[0].startswith("qwen")
    assert names.index("haiku-5.5") < names.index("haiku-4.5") < names.index("opus-5")
    assert "~ before tokens: not counted by the endpoint, but estimated." in notice.text


async def test_a_model_whose_window_is_too_small_says_so(root: Path) -> None:
    stage = rig(root)
    (notice,) = await stage.run(f"/cost all {'word ' * 160_000}")
    assert isinstance(notice, Notice)
    small = next(row for row in notice.text.splitlines() if row.startswith("| haiku-4.5"))
    large = next(row for row in notice.text.splitlines() if row.startswith("| haiku-5.5"))
    assert small.endswith("(too long: its window is 200,000) |")
    assert "too long" not in large


async def test_what_was_told_of_a_named_file_is_what_sending_it_is_reckoned_at(root: Path) -> None:
    stage, asker = rig(root, settings=DEAR), ScriptedAsker()
    told = tokens(stage, "look at @app.py")
    await stage.run("look at @app.py", asker)
    asked = int(asker.questions[0].title.split("~")[-1].split()[0].replace(",", ""))
    assert abs(told - asked) < 20


async def test_cost_with_another_word_says_what_it_takes(root: Path) -> None:
    (notice,) = await rig(root).run("/cost some")
    assert isinstance(notice, Notice)
    assert notice.text.startswith("Say /cost")


async def test_a_dear_prompt_is_sent_only_after_a_yes(root: Path) -> None:
    stage, asker = rig(root, settings=DEAR), ScriptedAsker(choice=None)
    events = await stage.run("hello", asker)
    ended = events[-1]
    assert isinstance(ended, TurnEnded)
    assert ended.stop == "cancelled"
    assert ended.reason.startswith("Not sent: it would probably have cost ~$0.00")
    assert (stage.provider.requests, stage.engine.session.messages) == ([], [])
    assert stage.engine.ports.store.attempts() == ()
    (asked,) = asker.questions
    assert "on haiku-4.5" in asked.title
    assert [option.value for option in asked.options] == ["stop", "send"]
    assert asked.options[0].note.startswith("haiku-5.5 would cost ~$0.0004")


async def test_a_yes_holds_for_the_turn_unless_the_price_doubles(root: Path) -> None:
    (root / "small.py").write_text("x = 1\n")
    more = [calls("read", {"path": "small.py"}, id=f"t{n}") for n in range(3)]
    stage, asker = rig(root, *more, says("done"), says("again"), settings=DEAR), ScriptedAsker(choice="send")
    events = await stage.run("hello", asker)
    assert events[-1] == TurnEnded("done")
    assert (len(stage.provider.requests), len(asker.questions)) == (4, 1)
    await stage.run("once more", asker)
    assert len(asker.questions) == 2
    (root / "app.py").write_text("x = 1\n" * 20_000)
    stage.provider.answers += [calls("read", {"path": "app.py"}, id="big"), says("done")]
    await stage.run("/add app.py")
    await stage.run("and that", asker)
    assert len(asker.questions) == 3


@pytest.mark.parametrize("limit", [Decimal("0.50"), None])
async def test_cheap_prompts_and_people_who_do_not_want_it_are_not_asked(root: Path, limit: Decimal | None) -> None:
    stage, asker = rig(root, says("ok"), settings=Settings(api_key="test", confirm_usd=limit)), ScriptedAsker()
    await stage.run("hello", asker)
    assert asker.questions == []
