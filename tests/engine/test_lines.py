"""Findings fixed line by line: a scripted model, the real ruff, and what is kept of each answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from haikuterm.adapters.linters import Linters
from haikuterm.core.events import Event, Notice, TextDelta
from haikuterm.core.findings import CheckReport
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import catalogue
from haikuterm.core.money import Usage
from haikuterm.core.ports import Checker, FileText
from haikuterm.core.request import Reply, Request
from haikuterm.engine.lines import LineFixed, fix_lines

QWEN = catalogue().resolve("qwen-0.5b")


@dataclass
class Script:
    """A model that gives these answers in turn (after what it was given), and then copies the line."""

    answers: list[str]
    asked: list[Request] = field(default_factory=list)

    async def __call__(self, request: Request) -> AsyncGenerator[Event | Reply, None]:
        self.asked.append(request)
        text = f"```python\n{self.answers.pop(0)}" if self.answers else ""
        yield TextDelta(text)
        yield Reply(Message("assistant", (Text(text),)), "stop_sequence", Usage(), QWEN.id)


@pytest.fixture
def checker(tmp_path: Path) -> Linters:
    """Ruff with a handful of rules."""
    (tmp_path / "ruff.toml").write_text('[lint]\nselect = ["E71", "E722", "F"]\n')
    return Linters(tmp_path)


async def fixed(
    checker: Checker, source: str, *answers: str, meanwhile: Callable[[Event], None] = lambda event: None
) -> tuple[LineFixed, Script]:
    """What becomes of the source with these answers."""
    data = source.encode()
    file = FileText("app.py", source, data, sha256(data).hexdigest())
    report = await checker.check(["app.py"], {"app.py": data})
    script, last = Script(list(answers)), None
    async with aclosing(fix_lines(script, checker, QWEN, file, report.findings)) as events:
        async for event in events:
            if isinstance(event, LineFixed):
                last = event
            else:
                meanwhile(event)
    assert last is not None
    return last, script


async def test_findings_are_fixed_from_the_bottom_up_and_the_answers_are_seen(checker: Linters) -> None:
    seen: list[Event] = []
    source = "import os\n\n\ndef f(a):\n    return a == None\n"
    done, script = await fixed(checker, source, "    return a is None", "DELETE", meanwhile=seen.append)
    assert done.data == b"\n\ndef f(a):\n    return a is None\n"
    assert ([f.code for f in done.fixed], done.left) == (["E711", "F401"], ())
    said = "".join(event.text for event in seen if isinstance(event, TextDelta))
    assert "    return a is None" in said
    assert "DELETE" in said
    assert [event.text[:5] for event in seen if isinstance(event, Notice)] == ["[1/2]", "[2/2]"]
    assert len(script.asked) == 2


async def test_a_wrong_answer_is_asked_again_with_more_variation(checker: Linters) -> None:
    source = "def f(a):\n    return a != None\n"
    answers = ["return a is None", "return a is not (", "return a is not None"]
    done, script = await fixed(checker, source, *answers)
    assert done.data == b"def f(a):\n    return a is not None\n"
    assert [request.temperature for request in script.asked] == [0.2, 0.5, 0.8]


async def test_after_four_wrong_answers_the_line_is_left_and_the_others_go_on(checker: Linters) -> None:
    notices: list[str] = []
    source = "def f(a):\n    b = a is None\n    return a == None\n"

    def note(event: Event) -> None:
        if isinstance(event, Notice) and event.level == "warning":
            notices.append(event.text)

    done, script = await fixed(checker, source, "x", "y", "return a", "", "a is None", meanwhile=note)
    assert done.data == b"def f(a):\n    a is None\n    return a == None\n"
    assert ([f.code for f in done.fixed], [f.code for f in done.left]) == (["F841"], ["E711"])
    assert notices == ["E711 in line 3: 4 answers, none of them right; left."]
    assert len(script.asked) == 5


async def test_a_fix_that_brings_another_finding_or_drops_a_statement_is_no_fix(checker: Linters) -> None:
    source = "def f():\n    return nmae\n"
    done, script = await fixed(checker, source, "return anem", '"name"', "pass", "return __name__")
    assert done.data == source.replace("nmae", "__name__").encode()
    assert len(script.asked) == 4


async def test_a_finding_that_went_with_its_neighbour_costs_no_request(checker: Linters) -> None:
    source = "def f(a, b):\n    return a == None or b == None\n"
    done, script = await fixed(checker, source, "return a is None or b is None")
    assert done.data == source.replace("==", "is").encode()
    assert (len(done.fixed), len(script.asked)) == (2, 1)


async def test_what_is_no_job_for_one_line_is_left_without_asking(checker: Linters) -> None:
    source = "try:\n    import os\nexcept ImportError:\n    found = False\n"
    done, script = await fixed(checker, source)
    assert (done.data, len(done.left), script.asked) == (source.encode(), 1, [])


async def test_a_checker_that_broke_leaves_the_file_alone() -> None:
    class Broken:
        async def check(self, paths: Sequence[str], overlay: Mapping[str, bytes] | None = None) -> CheckReport:
            return CheckReport("ruff", tuple(paths), broke="it is not installed")

    seen: list[Event] = []
    done, _ = await fixed(Broken(), "import os\n", meanwhile=seen.append)
    assert done.data == b"import os\n"
    assert seen == [Notice("ruff could not check app.py: it is not installed", "error")]
