"""Whole functions of a reply to a proposal: for models that write code well, but not edits."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.errors import EditRefused
from haikuterm.core.meaning import tree
from haikuterm.core.oneline import lines
from haikuterm.core.textfile import Decoded, decode

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_FENCE = re.compile(r"^ {0,3}```(?:python|py|python3)?[ \t]*\r?\n(.*?)^ {0,3}```[ \t]*$", re.MULTILINE | re.DOTALL)
_PLACEHOLDER = re.compile(r"#\s*(?:\.\.\.|…|(?:the )?rest of|existing code|(?:same|unchanged) as|rest remains)", re.I)
_STRING_STARTS = {getattr(tokenize, name, None) for name in ("FSTRING_START", "TSTRING_START")} - {None}
_STRING_ENDS = {getattr(tokenize, name, None) for name in ("FSTRING_END", "TSTRING_END")} - {None}


@dataclass(frozen=True, slots=True)
class _Written:
    """A function of the reply: its dotted name, its node, and its rows as they stand in the fence."""

    name: str
    node: Definition
    rows: tuple[str, ...]
    inside: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a function of that name stands."""

    path: str
    name: str
    node: Definition


def propose(reply: str, files: Mapping[str, bytes]) -> Proposal | None:
    """The changes that the functions in the reply's fences mean for these files (path -> bytes).

    A function replaces the one of its name, decorators included where it has any; every other byte stays. Of one
    that is written twice, the last counts. None: the reply has no function of these files, or none that differs.
    Raises EditRefused with a sentence if a name stands nowhere or in several places, if code is left out, or if a
    file would not parse afterwards.
    """
    written = {(w.name, *map(ast.dump, w.node.decorator_list)): w for w in _written(reply)}
    modules = {path: module for path, data in files.items() if (module := _module(path, data))}
    spots = [spot for path, module in modules.items() for spot in _spots(path, module)]
    if not any(_fits(w, spot) for w in written.values() for spot in spots):
        return None
    placed = {spot: w for w in written.values() for spot in [_place(w, spots)]}
    changes = []
    for path in dict.fromkeys(spot.path for spot in placed):
        after = _replaced(files[path], [(w, spot.node) for spot, w in placed.items() if spot.path == path])
        if tree(decode(after).text) is None:
            raise EditRefused(f"{path} would not be valid Python with this function. Write the whole function again.")
        if after != files[path]:
            changes.append(FileChange(path, files[path], after))
    return Proposal(tuple(changes)) if changes else None


def missing_imports(reply: str, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The import lines of the reply that none of these files has; `propose` leaves them to the user."""
    have = {line for path, data in files.items() for line in _imports(_module(path, data))}
    wanted = (line for block in _blocks(reply) for line in _imports(tree(block)))
    return tuple(line for line in dict.fromkeys(wanted) if line not in have)


def _imports(module: ast.Module | None) -> Iterator[str]:
    """One line for each name that the module's top imports."""
    for node in module.body if module else ():
        if isinstance(node, ast.Import):
            yield from (ast.unparse(ast.Import([alias])) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (ast.unparse(ast.ImportFrom(node.module, [alias], node.level)) for alias in node.names)


def _blocks(reply: str) -> list[str]:
    """The code in the reply's closed fences, without common indentation; an open fence is an answer cut off."""
    return [textwrap.dedent(block) for block in _FENCE.findall(reply)]


def _module(path: str, data: bytes) -> ast.Module | None:
    return tree(decode(data).text) if path.endswith((".py", ".pyi")) else None


def _written(reply: str) -> Iterator[_Written]:
    """The functions of the reply, methods with the name of their class."""
    for block in _FENCE.findall(reply):
        plain = textwrap.dedent(block)
        module = tree(plain)
        if module is None:
            continue
        rows, inside = lines(block), _inside_strings(plain)
        for name, node in _definitions(module.body, ""):
            first, last = _span(node)
            yield _Written(name, node, tuple(rows[first - 1 : last]), frozenset(n - first for n in inside))


def _definitions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Definition]]:
    """Functions at the top and in classes, by dotted name."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _definitions(node.body, f"{prefix}{node.name}.")


def _spots(path: str, module: ast.Module) -> Iterator[_Spot]:
    """Every function of a file, also those in blocks and in other functions, by dotted name."""
    pending: list[tuple[str, ast.AST]] = [("", module)]
    while pending:
        prefix, parent = pending.pop()
        for node in ast.iter_child_nodes(parent):
            inner = prefix
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                inner = f"{prefix}{node.name}."
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield _Spot(path, prefix + node.name, node)
            pending.append((inner, node))


def _fits(written: _Written, spot: _Spot) -> bool:
    return spot.name == written.name or spot.name.endswith(f".{written.name}")


def _place(written: _Written, spots: list[_Spot]) -> _Spot:
    """The one spot that a function is meant for."""
    found = [spot for spot in spots if _fits(written, spot)]
    for narrower in (_same_decorators, _same_first_argument):
        if len(found) > 1:
            found = [spot for spot in found if narrower(written.node, spot.node)] or found
    if len(found) == 1:
        return found[0]
    if not found:
        raise EditRefused(
            f"`{written.name}` is in none of the attached files. Attach its file, or ask for changes of existing "
            "functions only."
        )
    places = ", ".join(f"{spot.path}:{spot.node.lineno} ({spot.name})" for spot in found)
    raise EditRefused(f"`{written.name}` stands in several places: {places}. Ask again with the class's name.")


def _same_decorators(one: Definition, other: Definition) -> bool:
    """Tells a property from its setter, and an overload from the function."""
    return [ast.dump(d) for d in one.decorator_list] == [ast.dump(d) for d in other.decorator_list]


def _same_first_argument(one: Definition, other: Definition) -> bool:
    """Tells a method from a function."""
    return [a.arg for a in one.args.args[:1]] == [a.arg for a in other.args.args[:1]]


def _span(node: Definition, *, decorators: bool = True) -> tuple[int, int]:
    """First and last line of a function, 1-based."""
    tops = [d.lineno for d in node.decorator_list] if decorators else []
    return min([node.lineno, *tops]), node.end_lineno or node.lineno


def _replaced(data: bytes, functions: list[tuple[_Written, Definition]]) -> bytes:
    """The file with these functions in it, from the bottom up so that line numbers stay true."""
    file = decode(data)
    rows = lines(file.text)
    outer = [node for _, node in functions]
    functions = [(written, node) for written, node in functions if not any(_holds(other, node) for other in outer)]
    for written, node in sorted(functions, key=lambda pair: pair[1].lineno, reverse=True):
        # a decorator that the model did not repeat was hardly meant to go
        first, last = _span(node, decorators=bool(written.node.decorator_list))
        old = rows[first - 1 : last]
        _refuse_placeholders(written, old)
        rows[first - 1 : last] = _fitted(written, old, file)
    return file.encode("".join(rows))


def _holds(outer: Definition, inner: Definition) -> bool:
    """Whether a function stands inside another one, which then brings it along."""
    return outer is not inner and outer.lineno <= inner.lineno and _span(inner)[1] <= _span(outer)[1]


def _refuse_placeholders(written: _Written, old: list[str]) -> None:
    for row in written.rows:
        if _PLACEHOLDER.search(row) and row.strip() not in {line.strip() for line in old}:
            raise EditRefused(f"`{written.name}` leaves code out ({row.strip()!r}). Ask for the whole function.")


def _fitted(written: _Written, old: list[str], file: Decoded) -> list[str]:
    """The written rows with the indentation and the line endings of the old ones."""
    ending = "\r\n" if file.crlf else "\n"
    mine, theirs = (_indent(rows[0]) for rows in (written.rows, old))
    tabs = any(row.startswith(f"{theirs}\t") for row in old)
    fitted = []
    for number, row in enumerate(written.rows):
        text = row.rstrip("\r\n")
        if number not in written.inside and text.strip():
            rest = text.removeprefix(mine)
            text = theirs + (_tabbed(rest) if tabs else rest)
        fitted.append(text + ending)
    if not old[-1].endswith(("\r", "\n")):
        fitted[-1] = fitted[-1].removesuffix(ending)
    return fitted


def _indent(row: str) -> str:
    return row[: len(row) - len(row.lstrip(" \t"))]


def _tabbed(text: str) -> str:
    """Leading steps of four blanks as tabs, for a file that indents by tabs."""
    blanks = len(text) - len(text.lstrip(" "))
    return "\t" * (blanks // 4) + " " * (blanks % 4) + text[blanks:]


def _inside_strings(code: str) -> frozenset[int]:
    """The lines (1-based) that begin inside a string, docstrings left out: their indentation is content."""
    inside: set[int] = set()
    opened: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.STRING:
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
        elif token.type in _STRING_STARTS:  # since Python 3.12, an f-string is several tokens
            opened.append(token.start[0])
        elif token.type in _STRING_ENDS:
            inside.update(range(opened.pop() + 1, token.end[0] + 1))
    return frozenset(inside - _docstring_lines(ast.parse(code)))


def _docstring_lines(module: ast.Module) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                match node.body[0]:
                    case ast.Expr(value=ast.Constant(value=str()) as doc):
                        found.update(range(doc.lineno, (doc.end_lineno or doc.lineno) + 1))
    return found
