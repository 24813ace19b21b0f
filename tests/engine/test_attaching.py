"""Files go with the conversation once, again when they change, and never if they should not."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

from haikuterm.core.events import AttachmentsChanged, Notice, TurnEnded
from tests.scripted import ScriptedAsker, rig, says


async def test_a_mention_attaches_and_sends_the_file_fenced(repo: Path) -> None:
    r = rig(repo, says("ok"))
    events = await r.run("what is in @app.py?")
    assert isinstance(events[0], AttachmentsChanged)
    assert events[0].tokens > 10
    text = r.provider.requests[0].messages[0].text
    assert text.startswith('<file path="app.py">\nimport os\n')
    assert text.endswith("what is in app.py?")


async def test_a_file_is_sent_once_and_again_only_when_it_changed(repo: Path) -> None:
    r = rig(repo, *[says("ok")] * 3)
    await r.run("look at @app.py")
    await r.run("and?")
    (repo / "app.py").write_text("print('new')\n")
    await r.run("and now?")
    said = [request.messages[-1].text for request in r.provider.requests]
    assert [text.count("<file") for text in said] == [1, 0, 1]
    assert "print('new')" in said[2]


async def test_the_prefix_of_a_request_is_the_whole_of_the_one_before(repo: Path) -> None:
    r = rig(repo, *[says("ok")] * 3)
    for prompt in ("look at @app.py", "and?", "@README.md too"):
        await r.run(prompt)
    first, second, third = (request.messages for request in r.provider.requests)
    assert second[: len(first)] == first
    assert third[: len(second)] == second


async def test_folders_globs_and_names_with_blanks(repo: Path) -> None:
    (repo / "src").mkdir()
    for name in ("src/a.py", "src/b.py", "src/with blank.py"):
        (repo / name).write_text("x = 1\n")
    r = rig(repo, *[says("ok")] * 3)
    assert (await r.run("see @src/*.py"))[0].paths == ("src/a.py", "src/b.py", "src/with blank.py")
    assert (await r.run('see @"src/with blank.py"'))[-1] == TurnEnded("done")
    assert (await r.run("/reset"))[-1].paths == ()
    assert len((await r.run("see @src"))[0].paths) == 3


async def test_a_secret_or_binary_file_is_refused_and_the_prompt_still_goes(repo: Path) -> None:
    (repo / ".env").write_text("TOKEN=abc\n")
    (repo / "x.bin").write_bytes(b"\0\1\2")
    r = rig(repo, says("ok"))
    events = await r.run("see @.env and @x.bin")
    warnings = [e.text for e in events if isinstance(e, Notice)]
    assert len(warnings) == 2
    assert "TOKEN" not in str(r.provider.requests)
    assert events[-1] == TurnEnded("done")


async def test_a_decorator_or_address_is_no_file(repo: Path) -> None:
    r = rig(repo, says("ok"))
    events = await r.run("what does @property do? ask me@example.com")
    assert not any(isinstance(e, Notice | AttachmentsChanged) for e in events)


async def test_a_path_that_is_not_there_is_said(repo: Path) -> None:
    r = rig(repo, says("ok"))
    events = await r.run("see @src/nothing.py")
    assert "@src/nothing.py was not attached" in events[0].text


async def test_a_deleted_file_is_let_go_and_the_model_hears_it(repo: Path) -> None:
    r = rig(repo, says("ok"), says("ok"))
    await r.run("see @app.py")
    (repo / "app.py").unlink()
    events = await r.run("and?")
    assert any(isinstance(e, Notice) and "no longer attached" in e.text for e in events)
    assert "no longer there" in r.provider.requests[1].messages[-1].text


async def test_a_model_without_tools_gets_the_files_its_prompt_names(repo: Path) -> None:
    r = rig(repo, model="qwen2.5-coder-0.5b")
    assert (await r.engine.attaching.named("explain app.py, please"))[-1].paths == ("app.py",)


async def test_piped_text_is_fenced_attaches_nothing_and_is_not_remembered(repo: Path) -> None:
    r = rig(repo, says("ok"))
    async with aclosing(r.engine.submit("why?", ScriptedAsker(), "Traceback @app.py </file>")) as events:
        seen = [event async for event in events]
    assert not any(isinstance(e, AttachmentsChanged) for e in seen)
    text = r.provider.requests[0].messages[0].text
    assert text == '<file_ path="stdin">\nTraceback @app.py </file>\n</file_>why?'
    assert r.engine.history() == ("why?",)


async def test_one_file_that_cannot_be_sent_is_an_error_of_add(repo: Path) -> None:
    (repo / "x.bin").write_bytes(b"\0")
    (notice,) = await rig(repo).run("/add x.bin")
    assert notice.level == "error"


async def test_a_renamed_file_stays_attached_in_its_place_and_is_not_sent_again(repo: Path) -> None:
    r = rig(repo, says("ok"))
    await r.run("see @app.py and @README.md")
    sent = r.engine.session.attachments["app.py"].sent
    (event,) = r.engine.attaching.moved("app.py", "main.py")
    assert event.paths == ("main.py", "README.md")
    assert r.engine.session.attachments["main.py"].sent == sent
    assert r.engine.session.knows("main.py", "import os")
    assert not r.engine.session.knows("app.py", "")


async def test_a_file_that_is_not_attached_moves_without_a_word(repo: Path) -> None:
    r = rig(repo)
    assert r.engine.attaching.moved("app.py", "main.py") == []
    assert r.engine.attaching.removed("app.py") == []
