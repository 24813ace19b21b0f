"""AGENTS.md: read once, sent with every prompt, its price said, its changes told, its secrets kept."""

from __future__ import annotations

from pathlib import Path

from haikuterm.core.events import Event, Notice
from haikuterm.core.messages import Text
from haikuterm.engine.cache_report import report
from tests.scripted import Rig, rig, says


def notices(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


def said(talk: Rig, number: int = -1) -> list[str]:
    """The texts of the last user message of a request."""
    return [part.text for part in talk.provider.requests[number].messages[-1].parts if isinstance(part, Text)]


async def test_the_root_s_file_goes_with_every_prompt_and_its_price_is_said_once(repo: Path) -> None:
    (repo / "AGENTS.md").write_text("Use tabs.\n")
    talk = rig(repo, says("one"), says("two"))
    (line,) = notices(list(talk.engine.prepare()))
    assert line.startswith("AGENTS.md: ~")
    assert line.endswith(" tokens with every prompt")
    assert notices(await talk.run("hello") + await talk.run("again")) == []
    first, second = talk.provider.requests
    assert '<instructions path="AGENTS.md">\nUse tabs.\n' in first.system
    assert first.system == second.system
    assert "| AGENTS.md | ~" in report(talk.engine.session)


async def test_it_is_read_even_if_no_face_prepared(repo: Path) -> None:
    (repo / "AGENTS.md").write_text("Use tabs.\n")
    talk = rig(repo, says("one"))
    assert notices(await talk.run("hello"))[0].startswith("AGENTS.md: ~")
    assert "Use tabs." in talk.provider.requests[0].system


async def test_a_run_without_prompts_says_nothing_of_it(repo: Path) -> None:
    (repo / "AGENTS.md").write_text("Use tabs.\n")
    assert rig(repo).engine.prepare(talk=False) == ()


async def test_claude_md_counts_where_there_is_no_agents_md(repo: Path) -> None:
    (repo / "CLAUDE.md").write_text("From Claude.\n")
    talk = rig(repo, says("one"))
    await talk.run("hello")
    assert "From Claude." in talk.provider.requests[0].system
    (repo / "AGENTS.md").write_text("From agents.\n")
    other = rig(repo, says("one"))
    await other.run("hello")
    assert "From agents." in other.provider.requests[0].system
    assert "From Claude." not in other.provider.requests[0].system


async def test_a_change_on_disk_is_told_with_the_next_prompt_and_the_prefix_stays(repo: Path) -> None:
    (repo / "AGENTS.md").write_text("Use tabs.\n")
    talk = rig(repo, *(says("ok") for _ in range(5)))
    await talk.run("one")
    (repo / "AGENTS.md").write_text("Use blanks.\n")
    assert "AGENTS.md changed: it goes with this prompt" in notices(await talk.run("two"))[0]
    assert "Use blanks." in said(talk)[0]
    await talk.run("three")
    assert said(talk) == ["three"]
    (repo / "AGENTS.md").write_text("Use tabs.\n")
    await talk.run("four")
    assert "Use tabs." in said(talk)[0]
    (repo / "AGENTS.md").unlink()
    await talk.run("five")
    assert said(talk)[0] == "(The repository's instructions are gone: they do not count any more.)"
    assert len({request.system for request in talk.provider.requests}) == 1


async def test_clear_reads_it_anew(repo: Path) -> None:
    (repo / "AGENTS.md").write_text("Use tabs.\n")
    talk = rig(repo, says("ok"), says("ok"))
    await talk.run("one")
    (repo / "AGENTS.md").write_text("Use blanks.\n")
    await talk.run("/clear")
    await talk.run("two")
    assert "Use blanks." in talk.provider.requests[-1].system
    assert said(talk) == ["two"]


async def test_the_nearest_file_goes_with_an_attached_one_once(repo: Path) -> None:
    (repo / "sub" / "deep").mkdir(parents=True)
    (repo / "sub" / "AGENTS.md").write_text("Here: no semicolons.\n")
    (repo / "sub" / "deep" / "x.js").write_text("let a = 1\n")
    talk = rig(repo, says("ok"), says("ok"))
    heard = notices(await talk.run("look at @sub/deep/x.js"))
    assert [line for line in heard if line.startswith("sub/AGENTS.md goes with the files in sub/ (~")]
    block = said(talk)[0]
    assert block.startswith('<instructions path="sub/AGENTS.md">\nHere: no semicolons.\n')
    assert block.endswith("count for the files in sub/, before those of the root.)")
    await talk.run("and?")
    assert said(talk) == ["and?"]


async def test_one_with_a_secret_is_not_sent_and_that_is_said_once(repo: Path) -> None:
    (repo / "AGENTS.md").write_text("key: sk-ant-" + "a" * 40 + "\n")
    talk = rig(repo, says("ok"), says("ok"))
    heard = notices(await talk.run("hello") + await talk.run("again"))
    assert len(heard) == 1
    assert "seems to hold an Anthropic API key" in heard[0]
    assert "do not go with your prompts" in heard[0]
    assert "sk-ant" not in talk.provider.requests[-1].system


async def test_a_model_with_a_small_window_goes_without_a_long_one(repo: Path) -> None:
    (repo / "AGENTS.md").write_text("a rule\n" * 3_000)
    talk = rig(repo, says("ok"), says("ok"), model="qwen2.5-coder-0.5b")
    heard = notices(await talk.run("hello") + await talk.run("again"))
    assert len([line for line in heard if "tokens) is not sent to " in line]) == 1
    assert "a rule" not in talk.provider.requests[-1].system
    assert said(talk) == ["again"]


async def test_a_huge_one_is_cut_and_that_is_said(repo: Path) -> None:
    (repo / "AGENTS.md").write_text("a rule\n" * 20_000)
    talk = rig(repo)
    (line,) = notices(list(talk.engine.prepare()))
    assert "the rest of it is left out" in line


async def test_without_such_a_file_nothing_is_said_or_sent(repo: Path) -> None:
    talk = rig(repo, says("ok"))
    assert notices(list(talk.engine.prepare())) == []
    await talk.run("hello")
    assert "instructions" not in talk.provider.requests[0].system.replace("not instructions", "")
