"""What a model's change may not take away, as no finding asks for it."""

from __future__ import annotations

import pytest

from haikuterm.core.findings import Finding
from haikuterm.core.losses import losses

BEFORE = """import os


def public(a, b=1):
    '''Say hello.'''
    x = compute(a)
    send("hello %s" % b)
    return b


class Box:
    def open(self):
        return len("lid")
"""


def finding(line: int, code: str = "F841", message: str = "Local variable `x` is never used") -> Finding:
    return Finding("ruff", code, "warning", "a.py", line, 5, message)


UNUSED = finding(6)
FIXED = BEFORE.replace("x = compute", "compute")


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (FIXED[: FIXED.index("class")], "takes away `Box`"),
        (FIXED.replace("def open", "def shut"), "takes away `Box.open`"),
        (FIXED.replace("def public", "def other"), "takes away `public`"),
        (FIXED.replace("a, b=1", "a"), "alters the parameters of `public`"),
        (FIXED.replace("b=1", "b=2"), "alters the parameters of `public`"),
        (FIXED.replace("    compute(a)", "    # compute(a)"), "takes away a call of `compute`"),
        (BEFORE.replace("    x = compute(a)", "    # x = compute(a)"), "puts code into a comment: # x = compute(a)"),
        (BEFORE.replace("    x = compute(a)\n", ""), "takes away a call of `compute`, not only the unused name"),
        (FIXED.replace("hello %s", "bye %s"), "alters 'hello %s' in line 7"),
        (FIXED.replace('    send("hello %s" % b)\n', ""), "takes away `send('hello %s' % b)` of line 7"),
        (FIXED.replace("    return b\n", ""), "takes away `return b` of line 8"),
        (FIXED.replace('return len("lid")', 'x = len("lid")'), "takes away `return len('lid')` of line 13"),
    ],
)
def test_a_loss_is_told(after: str, why: str) -> None:
    assert why in losses(BEFORE, after, [UNUSED])


@pytest.mark.parametrize(
    ("after", "about"),
    [
        (FIXED, UNUSED),
        (FIXED.replace("Say hello.", "Say it."), UNUSED),
        (BEFORE.replace("b=1", "b=None"), finding(4, "B006", "Mutable default")),
        (BEFORE.replace("public", "other"), finding(4, "N802", "Function name `public` should be other")),
        (BEFORE.replace("Box", "Crate"), finding(11, "N801", "Class name")),
        (BEFORE.replace('"hello %s" % b', 'f"hello {b}"'), finding(7, "UP031", "Use format specifiers")),
        (BEFORE.replace("def open(self):", "def open(self):  # lid"), finding(12)),
        (BEFORE.replace("    x = compute(a)\n", ""), finding(6, "F821", "Undefined name `compute`")),
    ],
)
def test_what_a_finding_asks_for_is_none(after: str, about: Finding) -> None:
    assert losses(BEFORE, after, [about]) == ""


def test_a_definition_goes_only_where_a_finding_calls_it_needless() -> None:
    after = BEFORE[: BEFORE.index("class")]
    assert "takes away `Box` instead of mending it" in losses(BEFORE, after, [finding(11, "N801", "Class name")])
    assert losses(BEFORE, after, [finding(11, "F811", "Redefinition of unused `Box`")]) == ""


def test_code_in_a_comment_is_told_in_any_language() -> None:
    before = "function f() {\n  var x = go()\n  return 2\n}\n"
    assert "// var x = go()" in losses(before, before.replace("var x", "// var x"), [finding(2)])
    assert losses(before, before.replace("var x = go()", "go() // no need of x"), [finding(2)]) == ""


def test_a_value_that_a_failing_test_may_be_about_may_change() -> None:
    failure = Finding("pytest", "FAILED", "error", "a.py", 1, 1, "tests/test_a.py::test_a: assert 1 == 2")
    assert losses(BEFORE, BEFORE.replace("hello", "bye"), [failure]) == ""


@pytest.mark.parametrize(
    ("after", "message", "refused"),
    [
        ("def test_a():\n    n = 1\n    assert f(n) == 3\n", "assert 3 == 2", True),
        ("def test_a():\n    n = 2\n    assert f(n) == 2\n", "assert 3 == 2", True),
        ("import os\n\n\ndef test_a():\n    n = 1\n    assert f(n) == 2\n", "assert 3 == 2", False),
        ("def test_a():\n    n = 2\n    assert f(n) == 2\n", "NameError: x", False),
        ("def test_a():\n    n = 1\n    assert f(n)\n", "NameError: x", True),
    ],
)
def test_a_failing_test_is_not_mended_by_altering_what_it_asserts(after: str, message: str, refused: bool) -> None:
    before = "def test_a():\n    n = 1\n    assert f(n) == 2\n"
    failure = Finding("pytest", "FAILED", "error", "test_a.py", 3, 1, f"test_a.py::test_a: {message}")
    assert ("alters what a test asserts" in losses(before, after, [failure])) is refused


def test_definitions_with_one_name_may_each_have_their_own_parameters() -> None:
    before = "try:\n    def f(a): x = a\nexcept E:\n    def f(b): pass\n"
    assert losses(before, before.replace("x = a", "pass"), [finding(2)]) == ""
    assert losses(before, before.replace("f(b)", "f(c)"), [finding(2)]) == ""


def test_of_texts_that_stand_there_twice_the_one_that_a_finding_is_about_may_change() -> None:
    before = 'a = "%s.py" % x\nb = "%s.py" % x\n'
    one = Finding("ruff", "UP031", "warning", "a.py", 2, 5, "Use format specifiers", 2, 15)
    assert losses(before, before.replace('b = "%s.py" % x', 'b = f"{x}.py"'), [one]) == ""
    assert "alters '%s.py' in line 1" in losses(before, 'a = f"{x}.py"\nb = f"{x}.py"\n', [one])


def complaint(tool: str, code: str, line: int, message: str, end: int = 0) -> Finding:
    return Finding(tool, code, "warning", "a.py", line, 1, message, end)


UNTIDY = """def f(a, box):
    box.count += 1
    found = []
    for b in a:
        found.append(b.name)
    try:
        box.close()
    except OSError:
        pass
    if a:
        return True
    return False
"""
LOOP = UNTIDY[UNTIDY.index("    found") : UNTIDY.index("    try")]
TRIED = UNTIDY[UNTIDY.index("    try") : UNTIDY.index("    if a")]
LAST = UNTIDY[UNTIDY.index("    if a") :]


@pytest.mark.parametrize(
    ("old", "new", "about"),
    [
        (LOOP, "    found = [b.name for b in a]\n", complaint("ruff", "PERF401", 5, "Use a list comprehension")),
        (
            TRIED,
            "    with suppress(OSError):\n        box.close()\n",
            complaint("ruff", "SIM105", 6, "Use suppress", 9),
        ),
        (TRIED, "    box.close()\n", complaint("ruff", "S110", 8, "try-except-pass")),
        (LAST, "    return bool(a)\n", complaint("ruff", "SIM103", 10, "Return the condition directly")),
        ("box", "crate", complaint("ruff", "A002", 1, "Argument `box` is bad")),
        ("    box.count += 1\n", "", complaint("ruff", "B018", 2, "Useless")),
        ("    return False\n", "", complaint("mypy", "unreachable", 10, "Statement is unreachable")),
    ],
)
def test_what_is_rewritten_is_no_loss(old: str, new: str, about: Finding) -> None:
    assert losses(UNTIDY, UNTIDY.replace(old, new), [about]) == ""


RETURNS = """def name_of(number):
    if number == 1:
        return "one"
    if number == 2:
        return "two"
    return ""
"""
FEWER = """def name_of(number):
    return {1: "one", 2: "two"}.get(number, "")
"""
CLOSED = """def read(path):
    file = open(path)
    text = file.read()
    file.close()
    return text
"""
WITH = """def read(path):
    with open(path) as file:
        return file.read()
"""
OPEN = "Use a context manager for opening files"


@pytest.mark.parametrize(
    ("old", "new", "about"),
    [
        (RETURNS, FEWER, complaint("ruff", "PLR0911", 1, "Too many return statements (3 > 2)")),
        (RETURNS, FEWER, complaint("ruff", "C901", 1, "`name_of` is too complex (3 > 2)")),
        (CLOSED, WITH, complaint("ruff", "SIM115", 2, OPEN)),
        (CLOSED, WITH, complaint("pylint", "R1732", 2, "Consider using 'with' for resource-allocating operations")),
    ],
)
def test_what_a_finding_of_another_line_asks_for_is_no_loss(old: str, new: str, about: Finding) -> None:
    assert losses(old, new, [about]) == ""
    other = complaint("ruff", "D103", 1, "Missing docstring")
    assert "takes away" in losses(old, new, [other])


def test_what_one_finding_asks_for_makes_no_room_for_another_loss() -> None:
    rest = "\n\ndef leave(pipe):\n    pipe.close()\n    pipe.wait()\n"
    about = complaint("ruff", "SIM115", 2, OPEN)
    gone = rest.replace("    pipe.wait()\n", "")
    assert "takes away `pipe.wait()`" in losses(CLOSED + rest, WITH + gone, [about])


@pytest.mark.parametrize("lost", ["    box.count += 1\n", "        found.append(b.name)\n", "        box.close()\n"])
def test_what_a_statement_does_must_not_go_with_another_finding(lost: str) -> None:
    after = UNTIDY.replace(lost, "" if "count" in lost else "        pass\n")
    about = complaint("ruff", "SIM103", 10, "Return the condition directly", 12)
    assert f"takes away `{lost.strip()}` of line" in losses(UNTIDY, after, [about])


@pytest.mark.parametrize(
    ("after", "code", "silenced"),
    [
        ("def f(a: str) -> int:\n    return cast(int, a)\n", "return-value", "`cast`"),
        ("def f(a: str) -> Any:\n    return a\n", "return-value", "`Any`"),
        ("def f(a: typing.Any) -> int:\n    return a\n", "return-value", "`Any`"),
        ("def f(a: str) -> str:\n    return a\n", "return-value", ""),
        ("def f(a: Any) -> int:\n    return a\n", "no-untyped-def", ""),
    ],
)
def test_a_checker_of_types_is_not_told_to_look_away(after: str, code: str, silenced: str) -> None:
    said = losses("def f(a: str) -> int:\n    return a\n", after, [complaint("mypy", code, 2, "Wrong")])
    assert (silenced in said) if silenced else said == ""
