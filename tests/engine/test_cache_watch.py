"""When most of the cache was missed, one line after the price says so, with the part that broke it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.core.events import Charged, Notice
from haikuterm.core.money import Usage
from haikuterm.core.prefix import CacheLook, Part, Prefix, look
from haikuterm.engine.cache_watch import missed
from tests.scripted import rig, says

KEPT = CacheLook(
    Prefix("m", (Part("tool read", "a", 900), Part("message 1 (user, text)", "b", 4100)), True),
    Usage(input=3, cache_write_5m=5000),
    at=0.0,
)
CHANGED = Prefix("m", (KEPT.prefix.parts[0], Part("message 1 (user, text)", "c", 4100)), True)


def after(read: int, *, prefix: Prefix = KEPT.prefix, at: float = 10.0, diagnosed: str = "") -> CacheLook:
    return look(KEPT, CacheLook(prefix, Usage(input=3, cache_read=read), at, diagnosed=diagnosed))


def test_a_part_that_is_not_what_it_was_is_named() -> None:
    assert missed(KEPT, after(0, prefix=CHANGED)) == (
        "The cache was missed: 0 of its 5,000 tokens were read; message 1 (user, text) is not what it was."
    )


def test_a_miss_that_is_not_ours_says_so_with_the_words_of_the_api() -> None:
    said = missed(KEPT, after(900, diagnosed="previous_message_not_found"))
    assert said == (
        "The cache was missed: 900 of its 5,000 tokens were read; all that was in it was sent again as it was. "
        "The API says: it does not know the request before any more."
    )


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (KEPT, after(5000)),
        (KEPT, after(2500, prefix=CHANGED)),
        (KEPT, after(0, at=301.0)),
        (KEPT, after(0, prefix=replace(KEPT.prefix, model="other"))),
        (replace(KEPT, retold="the conversation was shortened"), after(0, prefix=CHANGED)),
        (replace(KEPT, usage=Usage(input=5000)), after(0)),
    ],
    ids=("read", "read for the most part", "expired", "another model", "shortened", "nothing was in it"),
)
def test_what_was_to_be_expected_is_not_said(before: CacheLook, now: CacheLook) -> None:
    assert missed(before, now) == ""


async def test_the_line_comes_right_after_the_price(repo: Path) -> None:
    long = "hi " + "word " * 6000
    r = rig(repo, says("one", usage=KEPT.usage), says("two", usage=Usage(input=5010, output=3)))
    assert not [event for event in await r.run(long) if isinstance(event, Notice)]
    events = await r.run("and?")
    charged = next(at for at, event in enumerate(events) if isinstance(event, Charged))
    notice = events[charged + 1]
    assert isinstance(notice, Notice)
    assert notice.text.startswith("The cache was missed: 0 of its 5,000 tokens were read; all that was in it")
