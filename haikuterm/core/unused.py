"""What may become of a name that nobody uses: what to tell the model, and the syntax trees that are right."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from haikuterm.core.findings import Finding
from haikuterm.core.meaning import meaning, tree
from haikuterm.core.rewrites import Rewrite

_NAME = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do. first, last: the 1-based lines it concerns. deletes: whether they go. allowed: meanings after it.

    rewrite: what changes on the line, where that is known in words.
    """

    instruction: str
    first: int
    last: int
    deletes: bool
    allowed: tuple[str, ...]
    rewrite: Rewrite | None = None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way out: what to say of which lines, and what it does to the tree that it was found in."""

    instruction: str
    change: Callable[[], None]
    lines: tuple[int, int]
    deletes: bool = False
    rewrite: Rewrite | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """A statement in the body that holds it. name: the unused one, at `line`; exported: other modules may use it."""

    body: list[ast.stmt]
    statement: ast.stmt
    name: str
    line: int
    exported: bool

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line of the statement."""
        return self.statement.lineno, self.statement.end_lineno or self.statement.lineno

    def remove(self) -> None:
        """Take the statement out; an empty block gets a `pass`."""
        at = self.body.index(self.statement)
        self.body[at : at + 1] = [] if len(self.body) > 1 else [ast.Pass()]

    def way_of(self, words: Rewrite, change: Callable[[], None]) -> _Way:
        """Words of the line that holds the name change."""
        return _Way(str(words), change, (self.line, self.line), rewrite=words)

    def way_without(self) -> _Way:
        """The statement goes, or becomes `pass` where it is the only one of its block."""
        if len(self.body) > 1:
            return _Way(f"`{self.name}` is not used: delete the line.", self.remove, self.lines, deletes=True)
        return _Way(f"`{self.name}` is not used: write only `pass`.", self.remove, self.lines)


def remedy(source: str, finding: Finding) -> Remedy | None:
    """What may become of an unused import (F401) or variable (F841); None where it is no job for one line.

    An import in a `try` is such a case: it asks whether the package is there, and would tell a lie without it.
    """
    module = tree(source)
    ways = _ways(module, finding) if module else []
    if not ways:
        return None
    allowed = tuple(_after(source, finding, index) for index in range(len(ways)))
    best = ways[0]
    return Remedy(best.instruction, *best.lines, any(way.deletes for way in ways), allowed, best.rewrite)


def _after(source: str, finding: Finding, index: int) -> str:
    """The meaning of the file once this way was gone; a tree of its own, for a change uses it up."""
    module = tree(source)
    if module is None:
        return ""
    _ways(module, finding)[index].change()
    return meaning(module)


def _ways(module: ast.Module, finding: Finding) -> list[_Way]:
    named = _NAME.search(finding.message)
    if not named:
        return []
    find = _import_ways if finding.code == "F401" else _variable_ways
    for parent, body, statement in _statements(module):
        if finding.code == "F401" and isinstance(parent, (ast.Try, ast.TryStar)) and body is parent.body:
            continue
        if statement.lineno <= finding.line <= (statement.end_lineno or statement.lineno):
            ways = list(find(_Place(body, statement, named[1], finding.line, "redundant alias" in finding.message)))
            if ways:
                return ways
    return []


def _statements(module: ast.Module) -> Iterator[tuple[ast.AST, list[ast.stmt], ast.stmt]]:
    """Every statement, with the node and the body that hold it."""
    for node in ast.walk(module):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list):
                for statement in body:
                    yield node, body, statement


def _import_ways(place: _Place) -> Iterator[_Way]:
    statement = place.statement
    if not isinstance(statement, (ast.Import, ast.ImportFrom)):
        return
    here = [alias for alias in statement.names if alias.lineno == place.line and _is_called(alias, place.name)]
    if not here:
        return
    alias = here[0]
    if place.exported:
        if "." not in alias.name:  # `import a.b as a.b` is no Python
            words = Rewrite(alias.name, f"{alias.name} as {alias.name}")  # other modules may import it from here
            yield place.way_of(words, partial(setattr, alias, "asname", alias.name))
    elif len(statement.names) == 1:
        yield place.way_without()
    else:
        yield _without_alias(statement, alias)


def _without_alias(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> _Way:
    """One of several names goes: with its line, where it has one of its own."""
    at, change = alias.lineno, partial(statement.names.remove, alias)
    beside = [other for other in statement.names if other.lineno == at]
    if len(beside) == 1 and at not in (statement.lineno, statement.end_lineno):
        return _Way(f"`{ast.unparse(alias)}` is not used: delete the line.", change, (at, at), deletes=True)
    here = beside.index(alias)
    near = beside[max(0, here - 1) : here + 2]
    words = Rewrite(*(", ".join(map(ast.unparse, names)) for names in (near, [n for n in near if n is not alias])))
    return _Way(str(words), change, (at, at), rewrite=words)


def _is_called(alias: ast.alias, name: str) -> bool:
    """Whether a linter that names `y`, `x.y` or `x.y as z` means this one."""
    path, _, called = name.partition(" as ")
    return (path == alias.name or path.endswith(f".{alias.name}")) and called in ("", alias.asname)


def _variable_ways(place: _Place) -> Iterator[_Way]:
    match place.statement:
        case ast.Assign(targets=[ast.Name(id=name) as target], value=value) if name == place.name:
            yield from _assigned(place, target, value)
        case ast.AnnAssign(target=ast.Name(id=name) as target, value=value) if name == place.name:
            yield from _assigned(place, target, value)
        case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
            for handler in handlers:
                if handler.name == place.name and handler.lineno == place.line:
                    yield place.way_of(Rewrite(f" as {place.name}", ""), partial(setattr, handler, "name", None))
        case ast.With(items=items) | ast.AsyncWith(items=items):
            yield from _with_ways(place, items)


def _with_ways(place: _Place, items: list[ast.withitem]) -> Iterator[_Way]:
    for item in items:
        if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == place.name:
            yield place.way_of(Rewrite(f" as {place.name}", ""), partial(setattr, item, "optional_vars", None))
            return


def _assigned(place: _Place, target: ast.Name, value: ast.expr | None) -> Iterator[_Way]:
    """The value is kept where computing it may do something; a plain value goes with its name."""
    if target.lineno != place.line:
        return
    if value is None or _does_nothing(value):
        yield place.way_without()
        return

    def keep_value() -> None:
        place.body[place.body.index(place.statement)] = ast.Expr(value)

    words = Rewrite(f"{place.name} =", "")
    yield place.way_of(words, keep_value)
    yield place.way_of(words, partial(setattr, target, "id", "_"))


def _does_nothing(value: ast.expr) -> bool:
    """Whether computing the value has no effect: names, constants, and displays of such."""
    match value:
        case ast.Constant() | ast.Name() | ast.Lambda():
            return True
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            return all(map(_does_nothing, elements))
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and _does_nothing(key) for key in keys) and all(map(_does_nothing, values))
    return False
