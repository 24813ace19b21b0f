"""Whether a file of a language that Python cannot parse still parses: by tree-sitter grammars, where they are there.

They are the extra `[syntax]`: one small wheel for each language. Without them nothing is known, and nothing refused.
Left out are grammars that find errors in every other real file (C, HTML) or in many (CSS): counted on installed files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import PurePosixPath
from time import monotonic
from typing import Any, NamedTuple

from haikuterm.core.changes import FileChange
from haikuterm.core.diff import spans
from haikuterm.core.textfile import decode, is_binary

LARGEST, LONGEST = 1_000_000, 1.0  # bytes of a file that are looked at, and seconds for one parse
SHOWN = 120  # characters of the line that is wrong
CHUNK = 65_536  # bytes the parser gets at a time
MANY = 1_000  # errors that are counted


class Grammar(NamedTuple):
    """Where a language's parser is. module: the wheel's; entry: its function; foreign: words of what it cannot read.

    sure: whether it reads all real files, so that an error in a new one is an error.
    """

    module: str
    entry: str = "language"
    foreign: tuple[str, ...] = ()
    sure: bool = True


_SCRIPT = Grammar("tree_sitter_javascript", foreign=("@flow",))
_TYPED = Grammar("tree_sitter_typescript", "language_typescript")
_SHELL = Grammar("tree_sitter_bash", foreign=("zsh",), sure=False)  # `for x do` is too much for it
_YAML = Grammar("tree_sitter_yaml", foreign=("{{", "{%"))  # a template of YAML is none
GRAMMARS = {
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx"), _SCRIPT),
    **dict.fromkeys((".ts", ".mts", ".cts"), _TYPED),
    ".tsx": Grammar("tree_sitter_typescript", "language_tsx"),
    ".go": Grammar("tree_sitter_go"),
    ".rs": Grammar("tree_sitter_rust"),
    ".java": Grammar("tree_sitter_java"),
    **dict.fromkeys((".sh", ".bash"), _SHELL),
    **dict.fromkeys((".yaml", ".yml"), _YAML),
}


class Fault(NamedTuple):
    """A place that does not parse. row, last: its lines, 0-based; missing: the sign that is not there, "" for none."""

    row: int
    last: int
    line: str
    missing: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same fault, wherever it stands."""
        return self.line, self.missing


class TreeSitterGrammars:
    """core.ports.Grammars over single tree-sitter wheels, each imported when a file of its language comes.

    longest: seconds that one parse may take; files in which every line is an error take much longer than others.
    """

    def __init__(self, longest: float = LONGEST) -> None:
        self._longest = longest
        self._languages: dict[Grammar, Any] = {}

    def newly_broken(self, change: FileChange) -> str:
        """Why the file has more syntax errors than before the change, as "line N: ..."; "" if not or not known.

        A new file may have none at all. Not known: languages without a wheel here, files over 1 MB, a parse that takes
        too long, new shell scripts.
        """
        grammar = GRAMMARS.get(PurePosixPath(change.path).suffix.lower())
        before, after = _text(change.before), _text(change.after)
        if grammar is None or change.after is None or before is None or after is None:
            return ""
        unsure = change.before is None and not grammar.sure
        if unsure or any(word in after or word in before for word in grammar.foreign) or not self._knows(grammar):
            return ""
        now = self._faults(grammar, after)
        if not now:
            return ""
        known = self._faults(grammar, before)
        if known is None or len(now) <= len(known):
            return ""
        return _sentence(_fresh(known, now), before, after)

    def _knows(self, grammar: Grammar) -> bool:
        """Load the language, once; False where its wheel is not there or does not go with this tree-sitter."""
        if grammar not in self._languages:
            try:
                load = getattr(import_module(grammar.module), grammar.entry)
                self._languages[grammar] = import_module("tree_sitter").Language(load())
            except (ImportError, AttributeError, TypeError, ValueError):
                self._languages[grammar] = None
        return self._languages[grammar] is not None

    def _faults(self, grammar: Grammar, text: str) -> list[Fault] | None:
        """The places that do not parse, in order; None if the parse took too long."""
        parser = import_module("tree_sitter").Parser(self._languages[grammar])
        data, end = text.encode("utf-8", "surrogatepass"), monotonic() + self._longest
        try:
            tree = parser.parse(
                lambda at, _: data[at : at + CHUNK],
                progress_callback=lambda *_: monotonic() > end,  # a call or two for each kB
            )
        except ValueError:  # stopped
            return None
        lines = text.split("\n")
        faults = (_fault(node, lines) for node in _wrong(tree.root_node))
        return sorted(fault for fault, _ in zip(faults, range(MANY), strict=False))


def _text(data: bytes | None) -> str | None:
    """The text of a file, "" for one that is not there; None for one that is not looked at."""
    if data is not None and (len(data) > LARGEST or is_binary(data)):
        return None
    return decode(data or b"").text


def _wrong(root: Any) -> Iterator[Any]:
    """The nodes that are errors or missing."""
    waiting = [root] if root.has_error else []
    while waiting:
        node = waiting.pop()
        if node.is_error or node.is_missing:
            yield node
        waiting += [child for child in node.children if child.has_error]


def _fault(node: Any, lines: list[str]) -> Fault:
    row, last = node.start_point[0], node.end_point[0]
    return Fault(row, last, lines[row] if row < len(lines) else "", node.type if node.is_missing else "")


def _fresh(known: list[Fault], now: list[Fault]) -> Fault:
    """The first fault of those that are new by their line and kind."""
    there = Counter(fault.key for fault in known)
    for fault in now:
        if not there[fault.key]:
            return fault
        there[fault.key] -= 1
    return now[-1]


def _sentence(fault: Fault, before: str, after: str) -> str:
    """The fault with its line; of many lines that do not parse together, the first that changed."""
    old, new = before.split("\n"), after.split("\n")
    changed = [row for _, _, j1, j2 in spans(old, new) for row in range(j1, j2)] if before else []
    row = next((row for row in changed if fault.row <= row <= fault.last), fault.row)
    what = f"{fault.missing!r} is missing" if fault.missing else "this does not parse"
    return f"line {row + 1}: {what}: {''.join(new[row : row + 1]).strip()[:SHOWN]}".rstrip(": ")
