"""Changes asked for hunk by hunk, line by line: what is answered is what is written, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.changes import FileChange, Proposal, Rejection
from haikuterm.core.diff import diff
from haikuterm.core.ports import Option, Question, Verdict
from haikuterm.ui.dialogue import Dialogue
from haikuterm.ui.editor import edit
from haikuterm.ui.present import Line
from tests.ui.own_editor import Install

PLACES = (3, 20, 37)


def lines(*changed: int) -> bytes:
    """A file of forty lines, those that are named changed: of the three places, or of a fourth beside the first."""
    return b"".join(b"new %d\n" % n if n in changed else b"old %d\r\n" % n for n in range(40))


APP = FileChange("app.py", lines(), lines(*PLACES))
NEW = FileChange("new.py", None, b"x = 1\n")
GONE = FileChange("gone.py", b"y\n", None, 0o755)
BINARY = FileChange("logo.png", b"\0", b"\0\0")
ALL = Proposal((APP, NEW, GONE, BINARY))


class Talk:
    """A dialogue with a person whose answers are known; after the last one they go away."""

    def __init__(self, *said: str, yes: bool = False) -> None:
        self.said = list(said)
        self.asked: list[str] = []
        self.shown: list[Line] = []
        self.dialogue = Dialogue(self.ask, self.show, self.edit, yes)

    async def ask(self, text: str) -> str:
        self.asked.append(text)
        if not self.said:
            raise EOFError
        return self.said.pop(0)

    def show(self, lines: Iterable[Line]) -> None:
        self.shown += lines

    async def edit(self, text: str, name: str) -> str | None:
        return edit(text, name)

    def verdict(self, proposal: Proposal) -> Verdict:
        verdict = asyncio.run(self.dialogue.approve(proposal))
        assert self.said == []
        return verdict

    @property
    def text(self) -> str:
        return "".join(f"{line.text}\n" for line in self.shown)


def accepted(verdict: Verdict) -> dict[str, bytes | None]:
    return {change.path: change.after for change in verdict.accepted}


def hunk(n: int) -> str:
    return diff(APP).hunks[n].unified()


@pytest.mark.parametrize(
    ("said", "written", "rejected"),
    [
        (["y", "y", "y"], lines(3, 20, 37), ()),
        (["Yes", "n", " y "], lines(3, 37), ((1, ""),)),
        (["n", "no keep it", "y"], lines(37), ((0, ""), (1, "keep it"))),
        (["n keep it", "a"], lines(20, 37), ((0, "keep it"),)),
        (["y", "d too much"], lines(3), ((1, "too much"), (2, "too much"))),
        (["y", "q"], lines(3), ((1, ""), (2, ""))),
        (["n", "all"], lines(20, 37), ((0, ""),)),
        (["?", "what", "", "s", "a"], lines(3, 20, 37), ()),
        (["y", "y", "k", "n", "y"], lines(3, 37), ((1, ""),)),
        (["k", "n", "k", "y", "q"], lines(3), ((1, ""), (2, ""))),
        (["y", "k", "q"], lines(3), ((1, ""), (2, ""))),
    ],
)
def test_every_answer_gives_exactly_those_bytes(
    said: list[str], written: bytes, rejected: tuple[tuple[int, str], ...]
) -> None:
    verdict = Talk(*said).verdict(Proposal((APP,)))
    assert accepted(verdict) == {"app.py": written}
    assert verdict.rejected == tuple(Rejection("app.py", hunk(n), word) for n, word in rejected)
    assert verdict.word == ""


@given(st.lists(st.sampled_from("yn"), min_size=3, max_size=3))
def test_any_choice_of_hunks_is_written_as_chosen(said: list[str]) -> None:
    verdict = Talk(*said).verdict(Proposal((APP,)))
    chosen = [place for place, answer in zip(PLACES, said, strict=True) if answer == "y"]
    assert accepted(verdict) == ({"app.py": lines(*chosen)} if chosen else {})


@pytest.mark.parametrize("said", [["none"], ["y", "y", "none"], ["d"], ["n", "q"], []])
def test_of_a_file_that_is_refused_nothing_is_accepted(said: list[str]) -> None:
    verdict = Talk(*said).verdict(Proposal((APP,)))
    assert (verdict.accepted, verdict.rejected) == ((), (Rejection("app.py"),))


@pytest.mark.parametrize("answers", [0, 1, 3, 5])
def test_who_goes_away_while_asked_accepts_nothing(answers: int) -> None:
    verdict = Talk(*["y"] * answers).verdict(ALL)
    assert verdict == Verdict((), tuple(Rejection(path) for path in ALL.paths))


def test_each_file_is_named_once_and_asked_for_in_its_own_words() -> None:
    talk = Talk("a", "y", "n", "y")
    verdict = talk.verdict(ALL)
    assert accepted(verdict) == {"app.py": APP.after, "new.py": NEW.after, "logo.png": BINARY.after}
    assert [text.partition(" [")[0] for text in talk.asked] == [
        "Write this hunk (1 of 3)?", "Write new file new.py?", "Delete gone.py?", "Write logo.png?",
    ]  # fmt: skip
    assert talk.text.count("+++ b/app.py\n") == 1
    assert "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,1 @@\n+x = 1\n--- a/gone.py\n+++ /dev/null\n" in talk.text
    assert talk.text.endswith("--- a/logo.png\n+++ b/logo.png\nbinary file\n")


def test_a_change_comes_out_as_it_went_in_if_all_of_it_is_accepted() -> None:
    assert Talk("all").verdict(ALL) == Verdict(ALL.files)
    assert Talk(*"yyyyyy").verdict(ALL) == Verdict(ALL.files)
    assert Talk(yes=True).verdict(ALL) == Verdict(ALL.files)


@pytest.mark.parametrize(
    ("said", "head"), [(["a", "none"], ""), (["n", "all"], "+++ b/new.py\n@@ -0,0 +1,1 @@\n+x = 1\n")]
)
def test_what_is_accepted_in_one_go_is_shown_before(said: list[str], head: str) -> None:
    talk = Talk(*said)
    talk.verdict(ALL)
    assert [talk.text.count(f"+new {place}\n") for place in PLACES] == [1, 1, 1]
    assert head in talk.text
    assert talk.text.count("+++ b/app.py") == 1


def test_what_was_shown_is_not_shown_again_to_be_accepted() -> None:
    talk = Talk("n", "k", "n", "all")
    talk.verdict(Proposal((APP, BINARY)))
    assert [talk.text.count(f"+new {place}\n") for place in PLACES] == [2, 2, 1]
    assert talk.text.endswith("--- a/logo.png\n+++ b/logo.png\nbinary file\n")


def test_what_was_said_of_a_hunk_is_told_though_nothing_is_accepted() -> None:
    verdict = Talk("n first", "y", "none really").verdict(Proposal((APP,)))
    assert verdict.rejected == tuple(Rejection("app.py", hunk(n), word) for n, word in ((0, "first"), (1, ""), (2, "")))
    assert (verdict.accepted, verdict.word) == ((), "really")


def test_a_file_that_goes_or_moves_is_not_offered_to_the_editor() -> None:
    moved = Proposal((FileChange("here.py", None, b"y\n"), GONE))
    talk = Talk("e", "y", "e", "y")
    assert talk.verdict(moved) == Verdict(moved.files)
    assert not any("/e/" in text for text in talk.asked)


def test_a_file_at_a_time_does_not_decide_the_next_file() -> None:
    assert accepted(Talk("d", "y", "d", "q").verdict(ALL)) == {"new.py": NEW.after}


def test_what_is_said_of_all_that_is_left_is_said_once() -> None:
    verdict = Talk("y", "q wrong place").verdict(ALL)
    assert (accepted(verdict), verdict.word) == ({"app.py": lines(3)}, "wrong place")
    assert {rejection.word for rejection in verdict.rejected} == {""}
    assert Talk("y", "none: I changed my mind").verdict(ALL).word == "I changed my mind"


@pytest.mark.parametrize("said", ["a better name, please", "y but later", "all of it is wrong"])
def test_a_sentence_that_begins_like_a_yes_is_none(said: str) -> None:
    talk = Talk(said, "none")
    assert talk.verdict(ALL).accepted == ()
    assert "stand alone" in talk.text


def test_only_answers_that_can_do_something_are_offered() -> None:
    talk = Talk("y", "k", "all")
    talk.verdict(ALL)
    assert [text.partition("? ")[2] for text in talk.asked] == [
        "[y/n/a/d/e/q/?] ", "[y/n/a/d/e/k/q/?] ", "(now yes) [y/n/a/d/e/q/?] ",
    ]  # fmt: skip
    talk = Talk("y")
    talk.verdict(Proposal((NEW,)))
    assert talk.asked == ["Write new file new.py? [y/n/e/?] "]


def test_help_says_what_each_answer_does() -> None:
    talk = Talk("?", "none")
    talk.verdict(Proposal((APP,)))
    rows = talk.text.split("\n")
    letters = [row.partition(" ")[0] for row in rows[rows.index("y     write this") :]]
    assert letters == ["y", "n", "a", "d", "e", "q", "all", "none", ""]


NEAR = FileChange("app.py", lines(), lines(3, 6))


@pytest.mark.parametrize(
    ("said", "written"), [("yn", lines(3)), ("ny", lines(6)), ("a", lines(3, 6)), ("yy", lines(3, 6))]
)
def test_a_hunk_is_split_into_its_changes(said: str, written: bytes) -> None:
    talk = Talk("s", *said)
    assert accepted(talk.verdict(Proposal((NEAR,)))) == {"app.py": written}
    assert [text.partition(" [")[0] for text in talk.asked[:2]] == ["Write app.py?", "Write this hunk (1 of 2)?"]
    assert "/s/" in talk.asked[0]
    assert "/s/" not in talk.asked[1]


def test_a_hunk_is_written_as_the_editor_left_it(editor: Install) -> None:
    editor('sed -i "s/^+new 20/+mine/" "$1"')
    talk = Talk("n", "e", "n")
    assert accepted(talk.verdict(Proposal((APP,)))) == {"app.py": lines(20).replace(b"new 20", b"mine")}


def test_an_editor_that_changes_nothing_accepts_the_hunk(editor: Install) -> None:
    editor("true")
    assert accepted(Talk("e", "d").verdict(Proposal((APP,)))) == {"app.py": lines(3)}
    assert accepted(Talk("e").verdict(Proposal((NEW,)))) == {"new.py": NEW.after}


def test_a_patch_that_is_emptied_rejects_the_hunk(editor: Install) -> None:
    editor(': > "$1"')
    verdict = Talk("e", "a").verdict(Proposal((APP,)))
    assert accepted(verdict) == {"app.py": lines(20, 37)}
    assert verdict.rejected == (Rejection("app.py", hunk(0)),)


def test_an_editor_that_fails_leaves_the_question_open(editor: Install) -> None:
    editor('echo nonsense > "$1"; exit 1')
    talk = Talk("e", "y", "d")
    assert accepted(talk.verdict(Proposal((APP,)))) == {"app.py": lines(3)}
    assert "The hunk stays as it was.\n" in talk.text


def test_no_editor_is_said_and_asked_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VISUAL", str(tmp_path / "ed\x1b"))
    talk = Talk("e", "y", "d")
    assert accepted(talk.verdict(Proposal((APP,)))) == {"app.py": lines(3)}
    assert "did not start: No such file or directory. Set $EDITOR to one that does.\n" in talk.text
    assert "\x1b" not in talk.text


def test_a_patch_that_does_not_fit_is_refused_and_waits_for_another_try(editor: Install, tmp_path: Path) -> None:
    # The first time it breaks a line that stands in the file, the second time it mends what it finds.
    editor(
        f'if [ -e {tmp_path}/2 ]; then sed -i "s/^ broken/ old 2/" "$1"; fi; '
        f'if [ ! -e {tmp_path}/2 ]; then sed -i "s/^ old 2/ broken/; s/^+new 3/+mine/" "$1"; touch {tmp_path}/2; fi'
    )
    talk = Talk("e", "e", "d")
    assert accepted(talk.verdict(Proposal((APP,)))) == {"app.py": lines(3).replace(b"new 3\n", b"mine\n")}
    assert "Not taken: " in talk.text


def test_escapes_in_a_diff_are_shown_and_written_as_they_are() -> None:
    evil = "x\x1b]0;owned\x07\x9b31m\u202e"
    change = FileChange(f"{evil}\n.py", f"{evil}\n".encode(), f"{evil}2\n".encode())
    talk = Talk("huh", "y")
    assert talk.verdict(Proposal((change,))) == Verdict((change,))
    assert "+x␛]0;owned␇<U+009B>31m<U+202E>2\n" in talk.text
    assert not set(talk.text + "".join(talk.asked)) & set("\x1b\x07\x9b\u202e")


def test_nothing_to_ask_for_is_nothing_accepted() -> None:
    assert Talk().verdict(Proposal(())) == Verdict()


WHICH = Question("Which?", (Option("a", "A"), Option("b", "B")), selected="b")


@pytest.mark.parametrize(("said", "choice"), [(["1"], "a"), ([""], "b"), (["q"], None), (["3", "2"], "b"), ([], None)])
def test_a_choice_is_one_of_the_options_or_none(said: list[str], choice: str | None) -> None:
    assert asyncio.run(Talk(*said).dialogue.choose(WHICH)) == choice
