"""One line for one finding: what is asked, what an answer means, and what it may do to a file."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruff import find_ruff_bin

from haikuterm.core.errors import EditRefused
from haikuterm.core.findings import Finding
from haikuterm.core.models import catalogue
from haikuterm.core.oneline import DELETE, FENCE, OneLine, keeps_meaning, lines, one_line, parse, request, splice
from haikuterm.core.unused import Remedy

QWEN = catalogue().resolve("qwen-0.5b")
HAIKU = catalogue().resolve("haiku")
RULES = "E711,E712,E713,E714,E721,E722,F401,F541,F632,F841"


def findings(source: str, name: str = "app.py", rules: str = RULES) -> list[Finding]:
    """What ruff says of a source; the messages are its own."""
    command = [find_ruff_bin(), "check", "--isolated", "--no-cache", "--select", rules, "--output-format", "json"]
    run = subprocess.run([*command, "--stdin-filename", name, "-"], input=source.encode(), capture_output=True)
    return [_finding(row, name) for row in json.loads(run.stdout)]


def _finding(row: dict[str, Any], name: str) -> Finding:
    start, end = row["location"], row["end_location"]
    place = (start["row"], start["column"], row["message"], end["row"], end["column"])
    return Finding("ruff", row["code"], "warning", name, *place)


def job_of(source: str, name: str = "app.py") -> OneLine:
    job = one_line(source.encode(), findings(source, name)[0])
    assert job is not None
    return job


def outcome(source: str, answer: str, name: str = "app.py") -> str | None:
    """The file after this answer, or None if it is refused."""
    job = job_of(source, name)
    said = parse(f"{FENCE}{answer}\n```", job, QWEN)
    if said is None:
        return None
    after = splice(source.encode(), job, said)
    return after.decode() if keeps_meaning(after, job) else None


@pytest.mark.parametrize(
    ("source", "told", "right", "wrong"),
    [
        (
            "if a == None: pass\n",
            "Replace `a == None` with `a is None`.",
            "if a is None: pass",
            "if a is not None: pass",
        ),
        ("if None != a: pass\n", "Replace `None != a` with `a is not None`.", "if a is not None: pass", "if a: pass"),
        ("x = a == True\n", "Replace `a == True` with `a`.", "x = a", "x = not a"),
        ("x = b or a == False\n", "Replace `a == False` with `not a`.", "x = b or not a", "x = b or a"),
        ("x = a != True\n", "Replace `a != True` with `not a`.", "x = a is not True", "x = a is True"),
        (
            "x = (a or b) == False\n",
            "Replace `(a or b) == False` with `not (a or b)`.",
            "x = not (a or b)",
            "x = not a",
        ),
        ("x = not a in b\n", "Replace `not a in b` with `a not in b`.", "x = a not in b", "x = a in b"),
        ("x = not a is b\n", "Replace `not a is b` with `a is not b`.", "x = a is not b", "x = a is b"),
        (
            "x = type(a) == int\n",
            "Replace `type(a) == int` with `type(a) is int`.",
            "x = isinstance(a, int)",
            "x = int",
        ),
        ("x = a is 'b'\n", "Replace `a is 'b'` with `a == 'b'`.", "x = a == 'b'", "x = a != 'b'"),
        ("try: a()\nexcept: b()\n", "Replace `except:` with `except Exception:`.", "except Exception: b()", "DELETE"),
        ('x = f"{{a}}"\n', 'Replace `f"{{a}}"` with `"{a}"`.', 'x = "{a}"', 'x = "{{a}}"'),
    ],
)
def test_each_rule_says_the_words_and_knows_a_right_answer_from_a_silencing_one(
    source: str, told: str, right: str, wrong: str
) -> None:
    assert job_of(source).remedy.instruction == told
    assert right in (outcome(source, right) or "")
    assert outcome(source, wrong) is None


def test_an_unused_import_on_a_line_of_its_own_goes_with_it() -> None:
    source = "import os\nimport sys\n\nprint(sys)\n"
    assert job_of(source).remedy.instruction == "`os` is not used: delete the line."
    assert outcome(source, "DELETE") == "import sys\n\nprint(sys)\n"
    assert outcome(source, "import sys") is None


def test_of_several_names_only_the_unused_one_goes() -> None:
    source = "from a import b, c, d\n\nprint(b, d)\n"
    assert job_of(source).remedy.instruction == "Replace `b, c, d` with `b, d`."
    assert outcome(source, "from a import b, d") == "from a import b, d\n\nprint(b, d)\n"
    assert outcome(source, "from a import b") is None
    assert outcome(source, "DELETE") is None
    assert job_of("import a, b\nprint(a)\n").remedy.instruction == "Replace `a, b` with `a`."


def test_a_name_with_its_own_line_in_parentheses_goes_with_the_line() -> None:
    source = "from a import (\n    b,\n    c as d,\n)\n\nprint(b)\n"
    assert job_of(source).remedy.instruction == "`c as d` is not used: delete the line."
    assert outcome(source, "DELETE") == "from a import (\n    b,\n)\n\nprint(b)\n"


def test_the_last_name_in_parentheses_takes_the_whole_statement_along() -> None:
    source = "x = 1\nfrom a import (\n    b,\n)\n"
    assert outcome(source, "DELETE") == "x = 1\n"
    assert outcome(source, "from a import b") is None


def test_the_only_import_of_a_block_becomes_pass() -> None:
    source = "if 1:\n    import os\n"
    assert job_of(source).remedy.instruction == "`os` is not used: write only `pass`."
    assert outcome(source, "pass") == "if 1:\n    pass\n"


def test_an_import_that_tests_for_a_package_is_left_alone() -> None:
    for source in (
        "try:\n    import os\nexcept ImportError:\n    os2 = None\n",
        "def f():\n    try:\n        import os\n        return 1\n    except: return 2\n",
    ):
        assert one_line(source.encode(), findings(source)[0]) is None


def test_an_import_in_a_packages_front_stays_there_for_others() -> None:
    source = "from .a import b, c\n"
    front = "pkg/__init__.py"
    assert outcome(source, "from .a import b as b, c", front) == "from .a import b as b, c\n"
    assert outcome(source, "from .a import c", front) is None


@pytest.mark.parametrize(
    ("line", "right", "wrong"),
    [
        ("x = call()", "call()", "DELETE"),
        ("x = 1", "DELETE", "x = 2"),
        ("x = {'a': [0, (y, None)]}", "DELETE", "x = {}"),
        ("x: int = call()", "call()", "DELETE"),
        ("with call() as x: pass", "with call(): pass", "pass"),
        ("x = call()", "_ = call()", "other()"),
    ],
)
def test_an_unused_variable_goes_but_the_call_that_made_it_stays(line: str, right: str, wrong: str) -> None:
    source = f"def f():\n    {line}\n    return 2\n"
    rest = "" if right == "DELETE" else f"    {right}\n"
    assert outcome(source, right) == f"def f():\n{rest}    return 2\n"
    assert outcome(source, wrong) is None


def test_an_unused_exception_name_goes() -> None:
    source = "def f():\n    try: g()\n    except OSError as e: pass\n"
    assert job_of(source).remedy.instruction == "Remove ` as e`."
    assert outcome(source, "except OSError: pass") == source.replace(" as e", "")


def test_a_rule_without_words_is_told_as_the_linter_says_it_and_may_become_any_python() -> None:
    source = "print(nmae)\n"
    [finding] = findings(source, rules="F821")
    job = one_line(source.encode(), finding)
    assert job is not None
    assert (job.remedy.instruction, job.prefill(3)) == ("Undefined name `nmae`.", FENCE)
    assert [keeps_meaning(splice(source.encode(), job, said), job) for said in ('print("name")', "print(")] == [
        True,
        False,
    ]
    assert parse(f"{FENCE}DELETE", job, QWEN) is None


def test_indentation_comment_and_line_ending_are_given_back_as_they_were() -> None:
    source = "\ufeffdef f(a):\r\n\tif a == None:  # yet\r\n\t\treturn 'ä'"
    job = job_of(source)
    for said in ("if a is None:", "\tif a is None:", f"{FENCE}\tif a is None:\n```"):
        text = said if said.startswith(FENCE) else f"{FENCE}{said}"
        after = splice(source.encode(), job, str(parse(text, job, QWEN)))
        assert after.decode() == source.replace("== None", "is None")


def test_the_answer_may_come_without_what_was_given_of_it() -> None:
    job = job_of("while 1:\n    if a == None: pass\n")
    assert job.prefill(0) == "```python\n    if a is"
    assert job.prefill(1) == "```python\n    if a is None"
    assert parse(" None: pass", job, QWEN, 0) == "    if a is None: pass"
    assert parse(": pass", job, QWEN, 1) == "    if a is None: pass"
    assert parse("```python\nif a is None: pass\n```", job, HAIKU) == "    if a is None: pass"


def test_an_answer_that_says_nothing_or_silences_the_linter_is_none() -> None:
    job = job_of("x = a is 'b'\n")
    for said in ("", "```", "x = a is 'b'", "x = a is 'b'  # noqa: F632", "x = a == 'b'  # type: ignore"):
        assert parse(FENCE + said, job, QWEN) is None


def test_a_local_model_gets_a_beginning_and_an_end_and_others_do_not() -> None:
    job = job_of("x = a is 'b'\n")
    first, later = request(job, QWEN), request(job, QWEN, 9)
    assert (first.prefill, first.stop, first.temperature) == ("```python\nx = a ==", ("\n",), 0.2)
    assert later.temperature == 1.0
    assert first.messages[:-1] == later.messages[:-1]  # the server keeps what it has read of them
    plain = request(job, HAIKU)
    assert (plain.prefill, plain.stop, plain.temperature) == ("", (), None)


def test_a_file_that_does_not_parse_and_a_line_that_is_not_there_are_no_jobs() -> None:
    finding = Finding("ruff", "E711", "warning", "app.py", 2, 1, "Comparison to `None`")
    assert one_line(b"def f(:\n    x == None\n", finding) is None
    assert one_line(b"x == None\n", finding) is None


def test_a_letter_that_the_file_cannot_hold_is_refused() -> None:
    source = "# coding: latin-1\nx = a is 'ä'\n".encode("latin-1")
    job = one_line(source, Finding("ruff", "F632", "warning", "app.py", 2, 5, "Use `==`", 2, 13))
    assert job is not None
    with pytest.raises(EditRefused):
        splice(source, job, "x = a == '…'")
    assert splice(source, job, "x = a == 'ä'") == source.replace(b"is", b"==")


@given(st.lists(st.sampled_from(["x = 1", "# ä", "", "\x0c", "y = 'a\u2028b'"]), min_size=1), st.data())
def test_every_other_byte_of_the_file_stays(rows: list[str], data: st.DataObject) -> None:
    ending = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = ending.join(rows)
    assert "".join(lines(text)) == text
    number = data.draw(st.integers(1, max(1, len(lines(text)))))
    if not lines(text):
        return
    finding = Finding("t", "X", "warning", "app.py", number, 1, "m")
    job = OneLine(finding, Remedy("", number, number, deletes=True, allowed=()), "", "", "", "")
    kept = lines(text)
    after = lines(splice(text.encode(), job, "new").decode())
    assert [row for n, row in enumerate(after, 1) if n != number] == [r for n, r in enumerate(kept, 1) if n != number]
    assert splice(text.encode(), job, DELETE).decode() == "".join(r for n, r in enumerate(kept, 1) if n != number)
