"""Pictures and PDFs go with the conversation once, at a told price, and only to models that see them."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.core.context import build
from haikuterm.core.errors import AttachmentRefused
from haikuterm.core.events import AttachmentsChanged, ModelChanged, Notice, TurnEnded
from haikuterm.core.messages import Document, Image, Message, Text
from haikuterm.core.models import catalogue
from haikuterm.engine.cache_report import report
from tests.messages_api import MessagesApi, Say
from tests.pictures import film, pdf, picture, write
from tests.scripted import Rig, calls, rig, says


def notices(events: list[object]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


async def test_a_picture_is_told_with_size_tokens_and_price_and_sent_before_the_prompt(repo: Path) -> None:
    write(repo / "shot.png", picture(3024, 1964))
    r = rig(repo, says("ok"))
    events = await r.run("what is wrong in @shot.png?")
    assert isinstance(events[0], AttachmentsChanged)
    assert notices(events) == ["shot.png 3024x1964 -> 1372x891, ~1,568 tokens, ~$0.0016"]
    label, seen, prompt = r.provider.requests[0].messages[0].parts
    assert label == Text('<picture path="shot.png" size="1372x891"/>\n')
    assert isinstance(seen, Image)
    assert prompt == Text("what is wrong in shot.png?")


async def test_an_unchanged_picture_is_not_sent_again_and_a_changed_one_is(repo: Path) -> None:
    write(repo / "a.png", picture())
    r = rig(repo, *[says("ok")] * 3)
    await r.run("see @a.png")
    await r.run("and?")
    write(repo / "a.png", picture(90, 90))
    events = await r.run("and now?")
    counts = [sum(isinstance(p, Image) for p in request.messages[-1].parts) for request in r.provider.requests]
    assert counts == [1, 0, 1]
    assert "changed: a.png 90x90, ~16 tokens, ~$0.000016" in notices(events)
    earlier = r.provider.requests[1].messages
    assert r.provider.requests[2].messages[: len(earlier)] == earlier


async def test_a_picture_outside_of_the_root_is_attached_by_its_full_path_and_told_by_its_name(
    repo: Path, isolated: Path
) -> None:
    desk = write(isolated / "My Desk" / "a.png", picture())
    r = rig(repo, says("ok"))
    events = await r.run(f'what is @"{desk}"')
    assert events[0].paths == (os.path.realpath(desk),)
    assert str(isolated) not in str(r.provider.requests[0].messages)
    assert r.provider.requests[0].messages[0].text.endswith("what is a.png")


async def test_a_text_outside_of_the_root_is_refused_also_if_it_is_named_like_a_picture(
    repo: Path, isolated: Path
) -> None:
    write(isolated / "a.png", b"private")
    write(isolated / "notes.txt", b"private")
    r = rig(repo, says("ok"))
    events = await r.run(f"see @{isolated}/a.png and @{isolated}/notes.txt")
    assert len(notices(events)) == 2
    assert "private" not in str(r.provider.requests)


async def test_the_models_tools_get_to_no_picture(repo: Path, isolated: Path) -> None:
    desk = write(isolated / "a.png", picture())
    r = rig(repo, calls("read", {"path": str(desk)}), says("ok"))
    await r.run("look")
    assert r.provider.requests[1].messages[-1].parts[0].is_error


async def test_a_pdf_that_names_its_author_says_so_before_it_goes(repo: Path) -> None:
    write(repo / "spec.pdf", pdf(1, author="Jane\x1b[2J Doe" + "e" * 200))
    r = rig(repo, says("ok"))
    (said,) = notices(await r.run("sum up @spec.pdf"))
    assert ", tells its author: Jane" in said
    assert "\x1b" not in said
    assert len(said) < 200


async def test_a_pdf_is_a_document_with_its_pages(repo: Path) -> None:
    data = pdf(12)
    write(repo / "spec.pdf", data)
    r = rig(repo, says("ok"))
    events = await r.run("sum up @spec.pdf")
    assert notices(events) == ["spec.pdf, 12 pages, 2 kB, ~28,800 tokens, ~$0.029"]
    assert r.provider.requests[0].messages[0].parts[0] == Document("spec.pdf", 12, data)


async def test_an_animated_picture_says_that_its_first_frame_is_sent(repo: Path) -> None:
    write(repo / "a.gif", film(4))
    assert notices(await rig(repo).run("/add a.gif")) == ["a.gif 30x20, the first of 4 frames, ~2 tokens, ~$0.0000020"]


async def test_a_folder_does_not_bring_its_pictures_and_a_glob_for_them_does(repo: Path) -> None:
    for name in ("docs/a.png", "docs/b.png"):
        write(repo / name, picture())
    write(repo / "docs/c.md", b"# c\n")
    r = rig(repo)
    events = await r.run("/add docs")
    assert events[0].paths == ("docs/c.md",)
    assert notices(events) == ["Not attached: 2 pictures and PDFs in there. Name one to send it: @docs/a.png"]
    assert (await r.run("/add docs/*.png"))[0].paths == ("docs/c.md", "docs/a.png", "docs/b.png")


async def test_a_broken_picture_is_refused_and_the_prompt_still_goes(repo: Path) -> None:
    write(repo / "a.png", picture(900, 900)[:-500])
    r = rig(repo, says("ok"))
    events = await r.run("see @a.png")
    assert "cut off or broken" in notices(events)[0]
    assert events[-1] == TurnEnded("done")


@pytest.mark.parametrize("model", ["qwen2.5-coder-0.5b", "nobody-9"])
async def test_a_model_without_sight_gets_no_picture(repo: Path, model: str) -> None:
    write(repo / "a.png", picture())
    r = rig(repo, says("ok", served=model), model=model)
    events = await r.run("what is in a.png and @a.png")
    assert any("takes no pictures. Choose another with /model." in text for text in notices(events))
    assert not r.engine.session.attachments
    assert not any(isinstance(p, Image) for p in r.provider.requests[0].messages[0].parts)


async def test_a_conversation_with_pictures_is_not_handed_to_a_model_without_sight(repo: Path) -> None:
    write(repo / "a.png", picture())
    r = rig(repo, says("ok"))
    await r.run("see @a.png")
    assert (await r.run("/drop a.png"))[-1].paths == ()
    (refused,) = await r.run("/model qwen-0.5b")
    assert refused.text.startswith("qwen-0.5b takes no pictures, and this conversation has some.")
    assert r.engine.session.model.id == "claude-haiku-4-5"


async def test_attachments_weigh_anew_on_another_model(repo: Path) -> None:
    write(repo / "a.png", picture(1500, 1500))
    write(repo / "b.pdf", pdf(2))
    r = rig(repo)
    await r.run("/add a.png b.pdf")
    before = {path: a.tokens for path, a in r.engine.session.attachments.items()}
    await r.run("/model opus")
    after = {path: a.tokens for path, a in r.engine.session.attachments.items()}
    assert before == {"a.png": 1521, "b.pdf": 4800}
    assert after == before, "what was scaled for a smaller model stays as it is"


async def test_the_wire_refuses_what_the_model_cannot_see(api: MessagesApi) -> None:
    blind = catalogue().resolve("nobody-9")
    provider = ClaudeProvider(api_key="test", base_url=api.url)
    with pytest.raises(AttachmentRefused, match="Nothing was sent"):
        async for _ in provider.stream(build(blind, (Message("user", (Image("image/png", b"x"),)),))):
            pass
    assert not api.requests
    await provider.close()


async def test_a_saved_conversation_goes_on_with_the_same_bytes(repo: Path) -> None:
    write(repo / "a.png", picture(2000, 1000))
    write(repo / "b.pdf", pdf(3))
    r = rig(repo, says("ok"))
    await r.run("see @a.png and @b.pdf")
    first = r.provider.requests[0].messages
    again = rig(repo, says("ok"))
    saved = again.engine.ports.store.last(again.engine.session.root)
    assert saved is not None
    again.engine.resume(saved)
    weights = {path: (a.tokens, a.current) for path, a in again.engine.session.attachments.items()}
    assert weights == {path: (a.tokens, a.current) for path, a in r.engine.session.attachments.items()}
    await again.run("and?")
    assert again.provider.requests[0].messages[:1] == first
    assert len(again.provider.requests[0].messages) == 3
    assert [type(p) for p in again.provider.requests[0].messages[2].parts] == [Text]


async def test_the_context_report_counts_pictures_as_files(repo: Path) -> None:
    write(repo / "a.png", picture(1092, 1092))
    r = rig(repo, says("ok"))
    await r.run("see @a.png")
    files = next(line for line in report(r.engine.session).splitlines() if line.startswith("| files"))
    assert "~1,5" in files


async def test_over_the_real_sdk_pictures_and_documents_are_taken(repo: Path, api: MessagesApi) -> None:
    write(repo / "a.png", picture(3000, 2000))
    write(repo / "b.pdf", pdf(1))
    api.answer(Say("a gradient"), Say("still"))
    r = _over(api, repo)
    assert (await r.run("see @a.png and @b.pdf"))[-1] == TurnEnded("done")
    assert (await r.run("and?"))[-1] == TurnEnded("done")
    kinds = [block["type"] for block in api.requests[0]["messages"][0]["content"]]
    assert kinds == ["text", "image", "document", "text"]
    assert api.requests[1]["messages"][0]["content"][1] == api.requests[0]["messages"][0]["content"][1]


def _over(api: MessagesApi, repo: Path) -> Rig:
    r = rig(repo)
    provider = ClaudeProvider(api_key="test", base_url=api.url)
    r.engine.ports = replace(r.engine.ports, provider=provider)
    return r


async def test_paste_attaches_the_clipboards_picture(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repo.parent / "bin"
    fake = write(
        folder / "wl-paste", f"#!{sys.executable} -IS\nimport sys\nsys.stdout.buffer.write({picture()!r})\n".encode()
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    r = rig(repo, says("ok"))
    first, second = await r.run("/paste"), await r.run("/paste")
    assert isinstance(first[0], AttachmentsChanged)
    assert first[1].text.endswith(".png 60x40, ~6 tokens, ~$0.0000060")
    assert notices(second) == ["This picture is attached already."]
    await r.run("what is it?")
    assert isinstance(r.provider.requests[0].messages[0].parts[1], Image)
    monkeypatch.setenv("WAYLAND_DISPLAY", "")
    assert "Nothing here can read" in notices(await r.run("/paste"))[0]


async def test_a_model_that_sees_takes_over(repo: Path) -> None:
    write(repo / "a.png", picture())
    r = rig(repo, says("ok"))
    await r.run("see @a.png")
    assert any(isinstance(event, ModelChanged) for event in await r.run("/model opus"))
