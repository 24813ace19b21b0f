"""The engine keeps everything: what was said, what it cost, what was written."""

from __future__ import annotations

from pathlib import Path

from haikuterm.core.events import Notice
from haikuterm.core.messages import Message, Text
from tests.scripted import rig, says


async def test_a_conversation_goes_on_where_it_was(repo: Path) -> None:
    first = rig(repo, says("Hello."))
    await first.run("see @app.py")
    (said,) = (e.text for e in rig_resumed(repo).engine.prepare() if isinstance(e, Notice) and "Going on" in e.text)
    assert said.endswith("1 prompt so far.")
    second = rig(repo, says("Again."))
    second.engine.resume(second.engine.ports.store.last(str(repo)))
    await second.run("more")
    assert second.provider.requests[0].messages[:2] == tuple(first.engine.session.messages)
    assert second.provider.requests[0].messages[2] == Message("user", (Text("more"),))
    assert second.engine.session.id == first.engine.session.id
    assert second.engine.session.total.requests == 2


def rig_resumed(repo: Path):
    r = rig(repo)
    r.engine.resume(r.engine.ports.store.last(str(repo)))
    return r


async def test_the_history_holds_what_was_typed(repo: Path) -> None:
    r = rig(repo, says("a"), says("b"))
    await r.run("first")
    await r.run("second")
    assert r.engine.history() == ("first", "second")


def test_no_repository_works_and_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (notice,) = rig(folder).engine.prepare()
    assert "not in a git repository" in notice.text


def test_the_status_has_what_a_line_shows(repo: Path) -> None:
    r = rig(repo)
    seen = []
    r.engine.warm(lambda: seen.append(r.engine.status.repo))
    status = r.engine.status
    assert seen == [status.repo]
    assert (status.repo.is_git, status.repo.branch, status.repo.dirty) == (True, "main", False)
    assert status.context_tokens > 0
    assert not status.context_known


async def test_a_blank_line_does_nothing(repo: Path) -> None:
    assert await rig(repo).run("   ") == []


async def test_a_resumed_conversation_costs_its_old_price_only_in_the_session(repo: Path) -> None:
    r = rig(repo, says("a"))
    await r.run("see @app.py")
    again = rig_resumed(repo)
    assert again.engine.status.turn.requests == 0
    assert again.engine.status.session.requests == 1
    assert again.engine.status.attached_tokens > 10
