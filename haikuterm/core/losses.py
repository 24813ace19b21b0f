"""What a model's change takes away that no finding asks for: definitions, calls, values, what a type checker sees."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from haikuterm.core.effects import PURE, lost_effect
from haikuterm.core.findings import Finding
from haikuterm.core.meaning import tree

_COMMENT = re.compile(r"^(?:#|//|--|/\*|<!--)\s*(?P<code>.*?)\s*(?:\*/|-->)?$")
_UNUSED = frozenset({"F841", "RUF059", "W0612"})  # a name is not used; what gave it its value may do something
_TYPE_CHECKERS = frozenset({"mypy", "pyright", "basedpyright", "ty", "pyrefly", "pyre"})
_UNTYPED = re.compile(r"(?i)untyped|annotation|type-arg|missing type|type argument")  # a type is what is missing
_NEEDLESS = re.compile(r"(?i)unused|never (?:used|called)|not (?:used|accessed)|redefin|redeclar|duplicate|unreachable")
_LONG = 60  # characters of a value that are shown

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def losses(before: str, after: str, findings: Sequence[Finding]) -> str:
    """The first such loss as a sentence, "" for none. What is said of syntax is said of Python only.

    A definition may change its name and parameters where a finding stands on its head or names it, and go where that
    calls it needless; a text or a number may change on a finding's own lines.
    """
    if line := _commented_out(before, after):
        return f"The change puts code into a comment: {line}."
    old, new = tree(before), tree(after)
    if old is None or new is None:
        return ""
    return (
        _tests(old, new, findings)
        or _definitions(old, new, findings)
        or _calls(old, new, findings)
        or lost_effect(old, new, findings, _needless(old, findings))
        or _values(old, new, findings)
        or _trusted(old, new, findings)
    )


def _commented_out(before: str, after: str) -> str:
    """A line of code that is a comment now."""
    rows, now = (Counter(line.strip() for line in text.split("\n")) for text in (before, after))
    gone = rows - now
    for line in now - rows:
        found = _COMMENT.match(line)
        if found and found["code"] and gone[found["code"]]:
            return line
    return ""


def _tests(old: ast.Module, new: ast.Module, findings: Sequence[Finding]) -> str:
    """That a failing test is to pass by being altered: all of it where an assertion fails, else what it asserts."""
    failed = [finding.message for finding in findings if finding.tool == "pytest"]
    whole = any("assert" in message.lower() for message in failed)
    if failed and _asserted(old, whole) - _asserted(new, whole):
        return "The change alters what a test asserts, not the code that is tested."
    return ""


def _asserted(module: ast.Module, whole: bool) -> Counter[str]:
    """What the tests of a module assert; whole: everything that stands in them."""
    functions = [node for name, node in _named(module) if node.name.startswith("test")]
    if whole:
        return Counter(map(ast.dump, functions))
    inner = [node for function in functions for node in ast.walk(function)]
    return Counter(ast.dump(node) for node in inner if isinstance(node, ast.Assert) or _asserts(node))


def _asserts(node: ast.AST) -> bool:
    """Whether it is a call of self.assertEqual, pytest.raises and the like."""
    named = node.func if isinstance(node, ast.Call) else None
    return isinstance(named, ast.Attribute) and named.attr.startswith(("assert", "raises", "fail"))


def _definitions(old: ast.Module, new: ast.Module, findings: Sequence[Finding]) -> str:
    now, was = dict(_named(new)), dict(_named(old))
    fresh = len(now.keys() - was.keys())
    free: list[str] = []  # those that a finding is about, with all that is in them
    for name, node in _named(old):
        if any(name.startswith(f"{other}.") for other in free):
            free.append(name)
        elif about := _about(node, findings):
            free.append(name)
            fresh -= name not in now
            if fresh < 0 and not any(_NEEDLESS.search(finding.message) for finding in about):
                return f"The change takes away `{name}` instead of mending it."
        elif name not in now:
            return f"The change takes away `{name}`, which no finding is about."
        elif _parameters(node) != _parameters(now[name]) and _alone(old, name):
            return f"The change alters the parameters of `{name}`, which no finding is about."
    return ""


def _named(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Every function and class with its full name, outer ones first."""
    for child in ast.iter_child_nodes(node):
        inner = prefix
        if isinstance(child, Definition):
            yield prefix + child.name, child
            inner = f"{prefix}{child.name}."
        yield from _named(child, inner)


def _about(node: Definition, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that stand on the head of the definition or name it."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    last = max(node.lineno, node.body[0].lineno - 1)
    word = re.compile(rf"\b{re.escape(node.name)}\b")
    return [finding for finding in findings if first <= finding.line <= last or word.search(finding.message)]


def _parameters(node: Definition) -> str:
    """The parameters with their defaults, whatever their types."""
    if isinstance(node, ast.ClassDef):
        return ""
    given = node.args
    names = [a.arg if a else "" for a in (*given.posonlyargs, None, *given.args, given.vararg, *given.kwonlyargs)]
    defaults = [ast.dump(value) if value else "" for value in (*given.defaults, None, *given.kw_defaults)]
    return repr((names, given.kwarg.arg if given.kwarg else "", defaults))


def _alone(module: ast.Module, name: str) -> bool:
    """Whether there is one definition of that name: of several (overloads, for platforms) each has its own."""
    return sum(other == name for other, _ in _named(module)) == 1


def _calls(old: ast.Module, new: ast.Module, findings: Sequence[Finding]) -> str:
    """A call on the line of an unused name that is made no more."""
    lines = {finding.line for finding in findings if finding.code in _UNUSED}
    here = {ast.unparse(n.func) for n in ast.walk(old) if isinstance(n, ast.Call) and n.lineno in lines} - PURE
    gone = _called(old) - _called(new)
    lost = next((name for name in sorted(here) if gone[name]), "")
    return f"The change takes away a call of `{lost}`, not only the unused name." if lost else ""


def _called(module: ast.Module) -> Counter[str]:
    return Counter(ast.unparse(node.func) for node in ast.walk(module) if isinstance(node, ast.Call))


def _needless(module: ast.Module, findings: Sequence[Finding]) -> set[int]:
    """The lines of definitions that a finding calls needless: all that is in them may go."""
    return {
        line
        for _, node in _named(module)
        if any(_NEEDLESS.search(finding.message) for finding in _about(node, findings))
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def _trusted(old: ast.Module, new: ast.Module, findings: Sequence[Finding]) -> str:
    """That a checker of types is to believe what it cannot see: a new `cast`, or `Any` where it asked for no type."""
    wrong = [f for f in findings if f.tool in _TYPE_CHECKERS and not _UNTYPED.search(f"{f.code} {f.message}")]
    for word in ("cast", "Any") if wrong else ():
        if _used(new, word) > _used(old, word):
            return f"The change silences the checker of types with `{word}` instead of mending what it found."
    return ""


def _used(module: ast.Module, word: str) -> int:
    """How often the name stands in code; where it is imported does not count."""
    names = (node for node in ast.walk(module) if isinstance(node, ast.Name | ast.Attribute))
    return sum((node.id if isinstance(node, ast.Name) else node.attr) == word for node in names)


def _values(old: ast.Module, new: ast.Module, findings: Sequence[Finding]) -> str:
    """A text or number that is another one now, though no finding stands on its lines."""
    if any(finding.tool == "pytest" for finding in findings):
        return ""  # a test fails because some value is wrong, and does not say which
    was, now = list(_constants(old)), list(_constants(new))
    gone, came = (
        Counter(ast.dump(n) for n in one) - Counter(ast.dump(n) for n in other)
        for one, other in ((was, now), (now, was))
    )
    spans = [(f.line, max(f.line, f.end_line)) for f in findings]
    beside = []
    for node in was if came else ():
        end = node.end_lineno or node.lineno
        if any(first <= end and node.lineno <= last for first, last in spans):
            gone[ast.dump(node)] -= 1  # of several like it, the one that a finding is about counts as gone
        else:
            beside.append(node)
    for node in beside:
        if gone[ast.dump(node)] > 0:
            return f"The change alters {ast.unparse(node)[:_LONG]} in line {node.lineno}, which no finding is about."
    return ""


def _constants(module: ast.Module) -> Iterator[ast.Constant]:
    """Texts and numbers, without docstrings."""
    documents = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, Definition | ast.Module) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Constant)
            and id(node) not in documents
            and type(node.value) in (str, bytes, int, float)
        ):
            yield node
