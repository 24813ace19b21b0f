"""What the statements of a Python file do to others: calls, returns, raises, changes of objects; and which are gone."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias

from haikuterm.core.findings import Finding

# Calls of these change nothing; `cast` is none at all when the program runs.
PURE = frozenset(
    {"len", "str", "int", "float", "bool", "list", "dict", "set", "tuple", "sorted", "isinstance", "type", "cast"}
)
_UNREACHABLE = re.compile(r"(?i)unreachable")
# What some findings ask for in so many words, wherever in the function it stands.
_FEWER_RETURNS = re.compile(r"(?i)too complex|too many (?:return|branch|statement)")
_CLOSED_BY_WITH = re.compile(r"(?i)context manager|using 'with'")
_ACTS = (ast.Return, ast.Raise, ast.Delete, ast.Assert, ast.Yield, ast.YieldFrom)
_COMPOUND = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match,
    ast.ExceptHandler,
)  # fmt: skip
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LONG = 60  # characters of a statement that are shown

Effect: TypeAlias = tuple[str, str]  # what kind, and what two of them are compared by


def lost_effect(old: ast.Module, new: ast.Module, findings: Sequence[Finding], free: Collection[int] = ()) -> str:
    """The first effect that is gone and stands nowhere near a finding, as a sentence; "" for none.

    As many of a kind may go as new ones came: then they were rewritten. free: lines on which everything may go,
    besides the statements that the findings stand on.
    """
    if any(finding.tool == "pytest" or _UNREACHABLE.search(finding.message) for finding in findings):
        return ""  # what fails may be mended anywhere; what is never reached has no effect
    was, now = list(_effects(old)), Counter(effect for effect, _ in _effects(new))
    held = Counter(effect for effect, _ in was)
    lost, room = held - now, Counter(kind for kind, _ in (now - held).elements())
    lost = Counter({effect: count for effect, count in lost.items() if not _asked_for(effect, findings)})
    near = {*free, *_near(old, findings)}
    for asked in (True, False):  # what may go first, so that of several like it that one counts as gone
        for effect, node in was:
            if lost[effect] > 0 and asked != near.isdisjoint(_rows(node)):
                lost[effect] -= 1
                room[effect[0]] -= not asked
                if room[effect[0]] < 0:
                    said = " ".join(ast.unparse(node).split())[:_LONG]
                    return f"The change takes away `{said}` of line {node.lineno}, which no finding is about."
    return ""


def _asked_for(effect: Effect, findings: Sequence[Finding]) -> bool:
    """Whether a finding asks for the like of it to go, though it stands on another line."""
    kind, what = effect
    wanted = _FEWER_RETURNS if kind == "Return" else _CLOSED_BY_WITH if what == "close" else None
    return wanted is not None and any(wanted.search(finding.message) for finding in findings)


def _effects(module: ast.Module) -> Iterator[tuple[Effect, ast.stmt | ast.expr]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            if (name := _name(node.func)) not in PURE:
                yield ("call", name), node
        elif isinstance(node, _ACTS):
            yield (type(node).__name__, ast.dump(node)), node
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets):
                yield ("change", ast.dump(node)), node


def _name(function: ast.expr) -> str:
    """What is called, by its last name: the object may have a new one."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _near(module: ast.Module, findings: Sequence[Finding]) -> Iterator[int]:
    """The lines of the findings, and of the statements on which they stand: of compound ones on their head."""
    lines = {line for f in findings for line in range(f.line, max(f.line, f.end_line) + 1)}
    yield from lines
    for node in ast.walk(module):
        if isinstance(node, _COMPOUND):
            head = {node.lineno}
        elif isinstance(node, ast.stmt) and not isinstance(node, _DEFINITIONS):
            head = {*_rows(node)}
        else:
            continue
        if not lines.isdisjoint(head):
            yield from _rows(node)


def _rows(node: ast.stmt | ast.expr | ast.ExceptHandler) -> range:
    """The lines that it takes."""
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
