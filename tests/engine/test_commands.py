"""Slash commands do what their line says, and a wrong one is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from haikuterm.core.events import (
    AttachmentsChanged,
    Checked,
    Cleared,
    ModelChanged,
    Notice,
    QuitAsked,
    ThemeChanged,
    TurnEnded,
    TurnStarted,
)
from haikuterm.core.messages import Message, Text, Thinking
from haikuterm.core.request import Opened, Reply
from haikuterm.engine.commands import COMMANDS
from tests.scripted import USAGE, ScriptedAsker, rig, says


async def test_help_lists_every_command_with_its_summary(repo: Path) -> None:
    (notice,) = await rig(repo).run("/help")
    assert isinstance(notice, Notice)
    assert notice.markdown
    for command in COMMANDS.values():
        assert f"/{command.name}" in notice.text
        assert command.summary in notice.text


async def test_a_typo_is_said_and_not_run(repo: Path) -> None:
    (notice,) = await rig(repo).run("/modl opus")
    assert notice.text.startswith("There is no command /modl. Did you mean /model?")


async def test_a_path_at_the_beginning_of_a_prompt_is_no_command(repo: Path) -> None:
    events = await rig(repo, says("ok")).run("/etc/hosts is what?")
    assert isinstance(events[0], TurnStarted)


async def test_switching_the_model_keeps_the_conversation_and_says_what_changes(repo: Path) -> None:
    thought = Reply(Message("assistant", (Thinking("hm", "s"), Text("hi"))), "end_turn", USAGE, "claude-haiku-5-5")
    r = rig(repo, [Opened("claude-haiku-5-5", USAGE), thought], says("yes", served="claude-sonnet-5-5"), model="haiku")
    await r.run("hello")
    await r.run("/effort xhigh")
    (changed,) = await r.run("/model sonnet-4.6")
    assert isinstance(changed, ModelChanged)
    assert (changed.old, changed.new) == ("claude-haiku-5-5", "claude-sonnet-4-6")
    said = " ".join(changed.notes)
    assert "reasoning so far is dropped" in said
    assert "effort xhigh is not sent" in said
    assert "cold cache" in said
    await r.run("go on")
    request = r.provider.requests[1]
    assert (request.model.id, request.effort) == ("claude-sonnet-4-6", "")
    assert request.messages[1] == Message("assistant", (Text("hi"),))


async def test_bare_model_asks_with_prices_and_the_price_of_the_next_turn(repo: Path) -> None:
    r = rig(repo)
    asker = ScriptedAsker(choice="claude-opus-5-5")
    hint, changed = await r.run("/model", asker)
    assert "haiku-5.5" in hint.text, "a newer and cheaper one is named, with its price"
    assert changed.new == "claude-opus-5-5"
    question = asker.questions[0]
    haiku = next(o for o in question.options if o.value == "claude-haiku-4-5")
    assert haiku.cells[:3] == ("1", "5", "200k")
    assert haiku.cells[3] == "~$0.0030"  # 500 tokens of answer, and the tools and the system prompt
    assert question.selected == "claude-haiku-4-5"
    local = next(o for o in question.options if o.value == "qwen2.5-coder-0.5b")
    assert local.cells == ("free", "free", "16k", "$0")


async def test_no_choice_changes_nothing(repo: Path) -> None:
    r = rig(repo)
    (hint,) = await r.run("/model", ScriptedAsker(choice=None))
    assert "haiku-5.5" in hint.text
    assert r.engine.session.model.id == "claude-haiku-4-5"


async def test_an_unknown_id_is_taken_and_called_unpriced(repo: Path) -> None:
    (changed,) = await rig(repo).run("/model my/own-model")
    assert changed.new == "my/own-model"
    assert any("unpriced" in note for note in changed.notes)


async def test_add_ls_and_drop(repo: Path) -> None:
    r = rig(repo)
    assert (await r.run("/add app.py README.md"))[-1].paths == ("app.py", "README.md")
    (listing,) = await r.run("/ls")
    assert "app.py" in listing.text
    assert "goes with the next prompt" in listing.text
    assert (await r.run("/drop app.py"))[-1].paths == ("README.md",)
    assert (await r.run("/drop"))[-1] == AttachmentsChanged((), 0)
    (nothing,) = await r.run("/drop app.py")
    assert (nothing.level, nothing.text) == ("error", "app.py is not attached. Attached are: none.")


async def test_add_of_nothing_says_so(repo: Path) -> None:
    (notice,) = await rig(repo).run("/add nowhere.py")
    assert notice.level == "error"
    assert "nowhere.py" in notice.text


async def test_check_costs_nothing_and_names_the_finding(repo: Path) -> None:
    r = rig(repo)
    (checked,) = await r.run("/check app.py")
    assert isinstance(checked, Checked)
    assert [f.code for f in checked.report.findings] == ["F401"]
    assert r.provider.requests == []


async def test_cost_shows_the_classes_and_the_exact_sum(repo: Path) -> None:
    r = rig(repo, says("hi"))
    assert (await r.run("/cost"))[0].text == "Nothing was asked yet: $0."
    await r.run("hello")
    text = (await r.run("/cost"))[0].text
    assert "| input | 1,000 |" in text
    assert "**$0.0015** for 1 request." in text


async def test_clear_forgets_the_words_and_keeps_the_files(repo: Path) -> None:
    r = rig(repo, says("hi"), says("again"))
    await r.run("look at @app.py")
    assert await r.run("/clear") == [Cleared()]
    assert r.engine.status.attached == ("app.py",)
    await r.run("and now?")
    assert "import os" in r.provider.requests[1].messages[0].text


async def test_reset_lets_the_files_go_too(repo: Path) -> None:
    r = rig(repo, says("hi"))
    await r.run("look at @app.py")
    assert await r.run("/reset") == [Cleared(all=True), AttachmentsChanged((), 0)]


async def test_undo_of_nothing_and_quit_and_theme(repo: Path) -> None:
    r = rig(repo)
    assert (await r.run("/undo"))[0].text == "There is nothing to undo in this folder."
    assert await r.run("/exit") == [QuitAsked()]
    assert (await r.run("/theme light"))[0] == ThemeChanged("light")
    assert (await r.run("/theme neon"))[0].text == "There is no theme 'neon'. There are: dark, light."


async def test_effort_is_kept_for_models_that_take_it(repo: Path) -> None:
    r = rig(repo, says("hi", served="claude-haiku-5-5"))
    assert (await r.run("/effort low"))[1].level == "warning"
    await r.run("/model haiku")
    await r.run("hello")
    assert r.provider.requests[0].effort == "low"
    assert (await r.run("/effort enormous"))[0].level == "error"


@pytest.mark.parametrize(
    ("text", "first"),
    [("/mo", "/model"), ("/", "/help"), ("/model op", "opus"), ("/add app", "app.py "), ("look @ap", "@app.py ")],
)
def test_completion_of_commands_arguments_and_files(repo: Path, text: str, first: str) -> None:
    found = rig(repo).engine.complete(text, len(text))
    assert found.items[0].text == first
    assert text[: found.start] + found.items[0].text.strip() in (text[: found.start] + first.strip(),)


def test_an_at_sign_inside_a_word_completes_nothing(repo: Path) -> None:
    assert rig(repo).engine.complete("me@ap", 5).items == ()


async def test_a_turn_after_undo_sends_the_restored_file_again(repo: Path) -> None:
    edit = {"edits": [{"path": "app.py", "old": "import os\n", "new": ""}]}
    from tests.scripted import calls

    r = rig(repo, calls("edit", edit), says("done"), says("ok"), says("ok"))
    await r.run("fix @app.py")
    await r.run("thanks")
    assert "import os" not in r.provider.requests[2].messages[-1].text
    await r.run("/undo")
    assert (await r.run("and now?"))[-1] == TurnEnded("done")
    assert "import os" in r.provider.requests[3].messages[-1].text


async def test_thinking_is_kept_and_what_the_model_cannot_take_is_said(repo: Path) -> None:
    r = rig(repo)
    assert (await r.run("/thinking maybe"))[0].level == "error"
    assert (await r.run("/thinking on"))[0] == Notice("thinking: on")
    assert r.engine.session.thinking == "on"
    await r.run("/thinking default")
    assert r.engine.session.thinking == ""


async def test_context_says_what_is_used_of_the_window(repo: Path) -> None:
    r = rig(repo, says("hi"))
    await r.run("hello")
    (notice,) = await r.run("/context")
    assert "200,000" in notice.text or "200k" in notice.text


async def test_a_conversation_is_written_into_a_new_file_and_never_over_another(repo: Path) -> None:
    r = rig(repo, says("hello there"))
    (nothing,) = await r.run("/export talk.md")
    assert "nothing to export" in nothing.text
    await r.run("hi")
    (notice,) = await r.run("/export talk.md")
    assert notice.text == "The conversation is in talk.md."
    assert (repo / "talk.md").read_text().endswith("## You\n\nhi\n\n## Model\n\nhello there\n")
    (again,) = await r.run("/export talk.md")
    assert (again.level, "there already" in again.text) == ("error", True)
    (wrong,) = await r.run("/export talk.html")
    assert "neither .md nor .json" in wrong.text
    (outside,) = await r.run("/export ../talk.md")
    assert outside.level == "error"
    assert not (repo.parent / "talk.md").exists()
    await r.run("/export talk.json")
    assert '"text": "hello there"' in (repo / "talk.json").read_text()
