"""`haikuterm local`: its rows, its bar, its exit codes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from haikuterm.core.errors import LocalModelError
from haikuterm.core.models import catalogue
from haikuterm.core.ports import LocalFile, Report
from haikuterm.ui.local import human, run

SMALL, BIG = (catalogue().resolve(name) for name in ("qwen-0.5b", "qwen-1.5b"))


@dataclass
class Models:
    """Embedded models as a script: `work` is what a pull does."""

    work: Callable[[Report], None] = lambda report: None
    freed: int = 0
    asked: str = ""

    def list(self) -> tuple[LocalFile, ...]:
        return LocalFile(SMALL, 491_400_064, True, path="/m/small.gguf"), LocalFile(
            BIG, 1_117_320_768, False, 5_000_000
        )

    def pull(self, name: str, report: Report) -> None:
        self.asked = name
        self.work(report)

    def remove(self, name: str) -> int:
        self.asked = name
        return self.freed


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_list_says_what_is_here_and_how_to_get_the_rest() -> None:
    out = io.StringIO()
    assert run(Models(), "list", "", out, io.StringIO()) == 0
    assert out.getvalue() == (
        "qwen-0.5b    491 MB  here  /m/small.gguf\n"
        "qwen-1.5b    1.1 GB  5.0 MB of it here; go on: haikuterm local pull qwen-1.5b\n"
    )


def test_a_pull_without_a_terminal_says_a_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(report: Report) -> None:
        for done in range(0, 100_000_001, 100_000):
            report("Fetching", done, 100_000_000)
        report("Checking", 0, 0)

    out, err, models = io.StringIO(), io.StringIO(), Models(work)
    assert run(models, "pull", "", out, err) == 0
    assert models.asked == SMALL.id
    rows = err.getvalue().splitlines()
    assert len(rows) == 12
    assert rows[5] == "Fetching: 50 of 100 MB (50%)"
    assert rows[-1] == "Checking"
    assert "haikuterm --local" in out.getvalue()


def test_a_pull_on_a_terminal_draws_one_line_and_takes_it_away() -> None:
    def work(report: Report) -> None:
        report("Fetching", 50_000_000, 100_000_000)
        report("Fetching", 100_000_000, 100_000_000)

    err = Terminal()
    assert run(Models(work), "pull", "qwen-1.5b", io.StringIO(), err) == 0
    drawn = err.getvalue().split("\r\x1b[K")
    assert drawn[1] == f"Fetching ▕{'█' * 12}{' ' * 12}▏ 50% · 50 of 100 MB"
    assert drawn[2] == f"Fetching ▕{'█' * 24}▏ 100% · 100 of 100 MB"
    assert drawn[-1] == ""
    assert "\n" not in err.getvalue()


@pytest.mark.parametrize("err", [io.StringIO(), Terminal()], ids=["pipe", "terminal"])
def test_a_failed_pull_is_a_sentence_and_exit_code_3(err: io.StringIO) -> None:
    def work(report: Report) -> None:
        report("Fetching", 1, 2)
        raise LocalModelError("The network is down.")

    out = io.StringIO()
    assert run(Models(work), "pull", "", out, err) == 3
    assert err.getvalue().endswith("The network is down.\n")
    assert out.getvalue() == ""


def test_remove_says_what_it_freed_and_is_1_where_nothing_was() -> None:
    out = io.StringIO()
    assert run(Models(freed=491_400_064), "remove", "qwen-0.5b", out, io.StringIO()) == 0
    assert run(Models(), "remove", "qwen-0.5b", out, io.StringIO()) == 1
    assert out.getvalue() == "qwen-0.5b is removed: 491 MB freed.\nThere is nothing of qwen-0.5b to remove.\n"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (491_400_064, "491 MB"), (2 * 10**13, "20000 GB")]
)
def test_sizes_are_for_people(count: int, text: str) -> None:
    assert human(count) == text
