"""/copy and /find: what they take out of the conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from haikuterm.core.events import CopyAsked, FindAsked, Notice
from tests.scripted import ScriptedAsker, rig, says

CODE = "Run it:\n\n```sh\nls\n```\n\nor\n\n> ```py\n> x = 1\n> ```\n"


async def test_copy_takes_the_last_answer_or_an_earlier_one(repo: Path) -> None:
    r = rig(repo, says("**one**"), says("two"))
    await r.run("first")
    await r.run("second")
    assert [(e.text, e.what) for e in await r.run("/copy") if isinstance(e, CopyAsked)] == [
        ("two\n", "the last answer")
    ]
    assert [e.text for e in await r.run("/copy 2") if isinstance(e, CopyAsked)] == ["**one**\n"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/copy 3", "no such answer"),
        ("/copy it", "takes a number"),
        ("/copy 0", "takes a number"),
        ("/copy code", "no code"),
    ],
)
async def test_copy_says_what_it_cannot_take(repo: Path, line: str, said: str) -> None:
    r = rig(repo, says("plain"))
    await r.run("first")
    (notice,) = await r.run(line)
    assert isinstance(notice, Notice)
    assert said in notice.text


async def test_of_several_blocks_of_code_the_chosen_one_is_copied_flush_left(repo: Path) -> None:
    r = rig(repo, says(CODE))
    await r.run("first")
    asker = ScriptedAsker(choice="1")
    (event,) = await r.run("/copy code", asker)
    assert isinstance(event, CopyAsked)
    assert event.text == "x = 1\n"
    assert [option.label for option in asker.questions[0].options] == ["sh · ls", "py · x = 1"]


async def test_find_tells_the_lines_that_hold_all_of_the_words(repo: Path) -> None:
    r = rig(repo, says("The loop hangs.\nNo word here."))
    await r.run("why does the Loop hang?")
    assert await r.run("/find loop hang") == [
        FindAsked("loop hang", ("you: why does the Loop hang?", "answer: The loop hangs."))
    ]
    assert await r.run("/find nothing") == [FindAsked("nothing")]
