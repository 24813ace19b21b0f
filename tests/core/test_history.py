"""What a conversation did to a file is told apart from what others did between its steps."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import FileChange
from haikuterm.core.history import own, owns, prompts
from haikuterm.core.steps import Step

START = b"1\n2\n3\n4\n5\n6\n7\n8\n"
OURS = START.replace(b"1", b"one")
BOTH = OURS.replace(b"8", b"mine")
MINE = START.replace(b"8", b"mine")
ZONES = 4


def step(name: str, before: bytes | None, after: bytes | None, prompt: str = "x") -> Step:
    return Step(name, (FileChange("a", before, after),), prompt, "m", 0.0)


def change(*steps: Step, start: bytes | None = None) -> tuple[bytes | None, bytes | None]:
    found = own(steps, "a", (lambda data: data == start) if start else None)
    assert found is not None
    return found.without, found.last


def test_lines_that_others_wrote_between_two_steps_are_not_ours() -> None:
    after = BOTH.replace(b"4", b"four")
    assert change(step("s1", START, OURS), step("s2", BOTH, after)) == (MINE, after)


def test_lines_that_others_took_back_are_not_ours_any_more() -> None:
    assert change(step("s1", START, OURS), step("s2", START, START + b"9\n")) == (START, START + b"9\n")


def test_our_lines_that_others_wrote_over_are_theirs() -> None:
    theirs = OURS.replace(b"one", b"uno")
    assert change(step("s1", START, OURS), step("s2", theirs, theirs + b"9\n")) == (theirs, theirs + b"9\n")


def test_what_was_done_before_the_file_last_held_its_first_bytes_does_not_count() -> None:
    steps = (step("s1", START, OURS, "first"), step("s2", BOTH, BOTH + b"9\n", "second"))
    assert change(*steps, start=OURS) == (MINE.replace(b"1", b"one"), BOTH + b"9\n")
    assert change(*steps, start=BOTH) == (BOTH, BOTH + b"9\n")
    assert change(*steps, start=BOTH + b"9\n") == (BOTH + b"9\n", BOTH + b"9\n")
    part = own(steps, "a", lambda data: data == OURS)
    assert part is not None
    assert prompts(steps, [part]) == ("second",)


@pytest.mark.parametrize(
    ("steps", "without", "last", "mixed"),
    [
        ([(None, b"a\n"), (b"a\nmine\n", b"b\nmine\n")], None, b"b\nmine\n", True),  # our file, their line
        ([(b"a\n", None), (b"theirs\n", b"ours\n")], b"theirs\n", b"ours\n", False),  # deleted, made anew by others
        ([(b"a\n", b"b\n"), (None, b"c\n")], None, b"c\n", False),  # deleted by others, made anew by us
        ([(b"\0a", b"\0b"), (b"\0c", b"\0d")], b"\0a", b"\0d", True),  # no lines to tell apart
    ],
)
def test_files_that_come_and_go(
    steps: list[tuple[bytes | None, bytes | None]], without: bytes | None, last: bytes | None, mixed: bool
) -> None:
    found = own([step(f"s{n}", *images) for n, images in enumerate(steps)], "a")
    assert found is not None
    assert (found.without, found.last, found.mixed) == (without, last, mixed)


@dataclass
class Story:
    """A file of lines that belong to us, to others, and to nobody, as a journal tells it."""

    ours: list[int] = field(default_factory=lambda: [0] * ZONES)
    theirs: list[int] = field(default_factory=lambda: [0] * ZONES)
    steps: list[Step] = field(default_factory=list)

    def data(self, ours: list[int] | None = None) -> bytes:
        pairs = zip(ours or self.ours, self.theirs, strict=True)
        return "".join(f"o{n} {a}\n-{n}\nt{n} {b}\n={n}\n" for n, (a, b) in enumerate(pairs)).encode()

    def act(self, what: str, zone: int) -> None:
        """others: they edit. we: a step of ours. undo: one that is taken back, of which the journal tells nothing."""
        if what == "others":
            self.theirs[zone] += 1
            return
        before = self.data()
        self.ours[zone] += 1
        if what == "we":
            self.steps.append(step(f"s{len(self.steps)}", before, self.data()))
            return
        self.theirs[zone] += 1
        self.ours[zone] -= 1


acts = st.lists(st.tuples(st.sampled_from(["others", "we", "undo"]), st.integers(0, ZONES - 1)), max_size=8)


@given(acts)
def test_any_order_of_their_edits_and_ours_is_told_apart(story: list[tuple[str, int]]) -> None:
    tale = Story()
    for what, zone in story:
        tale.act(what, zone)
    found = own(tale.steps, "a")
    if found is not None:
        now = found.seen(tale.data())
        assert (now.without, now.last, now.mixed) == (tale.data([0] * ZONES), tale.data(), False)


def test_files_that_are_as_before_are_left_out() -> None:
    assert owns([step("s1", START, OURS), step("s2", OURS, START)]) == ()
    assert [part.path for part in owns([step("s1", START, OURS)])] == ["a"]
