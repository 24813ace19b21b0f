"""Owns what each kind of entry in the transcript looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from haikuterm.core.diff import FileDiff
from haikuterm.core.guard import visible_line
from haikuterm.ui.theme import Theme
from haikuterm.ui.tui.blocks import Stream, whole
from haikuterm.ui.tui.code_rows import Code, Later
from haikuterm.ui.tui.diff_rows import HunkRows, Shape, Stack, digits
from haikuterm.ui.tui.flow import Line, Run, cut, flow, plain, prefixed
from haikuterm.ui.tui.folding import TAIL, View, ending, line_of, more
from haikuterm.ui.tui.inks import Inks
from haikuterm.ui.tui.markdown import Markdown
from haikuterm.ui.tui.side_colors import SideColors
from haikuterm.ui.tui.thinking import Thought

Kind = Literal[
    "user", "reply", "thinking", "tool", "notice", "warning", "error", "diff", "charge", "document", "output"
]  # fmt: skip
MARKDOWN = frozenset({"reply", "document"})
# Kinds that belong to the entry above them: no empty row between "who speaks" and "what it did or cost".
_CLOSE = {
    ("tool", "tool"), ("notice", "notice"), ("reply", "charge"), ("tool", "charge"), ("charge", "notice"),
    ("user", "output"), ("output", "notice"), ("output", "warning"),
}  # fmt: skip


@dataclass(slots=True)
class Entry:
    """One thing in the transcript.

    gap: whether an empty row stands before it. more: what a tool said in full. stamp: when a turn was, and what it
    cost. opened: whether the reader unfolded or folded it; None as the others.
    """

    kind: Kind
    text: str
    label: str = ""
    diff: FileDiff | None = None
    colors: SideColors | None = None
    gap: bool = False
    more: str = ""
    stamp: str = ""
    opened: bool | None = None

    def size(self, view: View) -> tuple[int, int]:
        """How many rows it has at least, and how many characters in them."""
        head = self.gap + bool(self.label) + view.stamps(self)
        if view.folds(self):
            return head + (TAIL + 1 if self.kind == "output" else 1), 0
        rows = self.text.count("\n") + 1 + (self.more.count("\n") + 1 if self.more else 0)
        return head + rows, len(self.text) + len(self.more)


def close(before: Kind, kind: Kind) -> bool:
    """Whether an entry of this kind stands right under one of the other, without an empty row."""
    return (before, kind) in _CLOSE


class Looks:
    """Draws entries in the colours of one theme."""

    def __init__(self, theme: Theme, view: View = View(), later: Later | None = None) -> None:  # noqa: B008  # frozen
        """later: as for code_rows.Code."""
        self.theme, self.view, self._later = theme, view, later
        self.markdown = Markdown(theme)
        self._styles = self.markdown.styles
        self._inks = Inks(theme)

    def draw(self, entry: Entry, width: int) -> Sequence[Line]:
        """All rows of an entry."""
        head, body = self.head(entry, width), self._body(entry, width)
        stamp = self._stamp(entry, width) if self.view.stamps(entry) else []
        return Stack([head, *body.parts]) if isinstance(body, Stack) else [*head, *body, *stamp]

    def head(self, entry: Entry, width: int) -> list[Line]:
        """The rows before the entry's own text: an empty one, and its label."""
        label = plain(entry.label).replace("\n", " ")
        lines = [Line()] if entry.gap else []
        return [*lines, Line((Segment(cut(label, width), self._styles["muted"]),))] if label else lines

    def stream(self, entry: Entry, width: int) -> Stream | Thought | None:
        """What takes the text of a live entry bit by bit; None for kinds that are drawn anew each time."""
        if entry.kind == "thinking":
            return self._thought(entry, width)
        return Stream(self.markdown, width, self._later) if entry.kind in MARKDOWN else None

    def repaint(self, lines: Sequence[Line]) -> None:
        """The code in these rows has got its colours."""
        for part in lines.parts if isinstance(lines, Stack) else ():
            if isinstance(part, HunkRows):
                part.repaint()

    def _body(self, entry: Entry, width: int) -> Sequence[Line]:
        styles, text = self._styles, entry.text.rstrip("\n")
        match entry.kind:
            case "reply" | "document":
                return whole(self.markdown, entry.text, width, self._later)
            case "user":
                return self._marked(text, "❯ ", styles["user"], width)
            case "thinking":
                return self._thinking(entry, width)
            case "tool":
                return self._tool(entry, width)
            case "output":
                return self._output(entry, width)
            case "warning" | "error":
                return self._told(f"{entry.kind.capitalize()}: ", styles[entry.kind], text, width)
            case "charge":
                return self._charge(text, width)
            case "diff" if entry.diff:
                return self._diff(entry.diff, entry.colors, width)
            case _:
                return self._marked(text, "· ", styles["muted"], width)

    def _told(self, word: str, style: Style, text: str, width: int) -> list[Line]:
        """A sentence; what is listed below it stands further in, where it is folded too."""
        first, *listed = text.split("\n")
        rows = flow([(word, style), (first, self._styles["text"])], width)
        for line in listed:
            said = line.removeprefix("  ")
            space = " " * (len(line) - len(said))
            folded = flow([(said, self._styles["text"])], max(1, width - 2 * len(space)))
            rows += prefixed(folded, (space, Style()), (space * 2, Style()))
        return rows

    def _marked(self, text: str, mark: str, style: Style, width: int) -> list[Line]:
        rows = flow([(text, style)], width - len(mark))
        return prefixed(rows, (mark, style), (" " * len(mark), style))

    def _thinking(self, entry: Entry, width: int) -> list[Line]:
        thought = self._thought(entry, width)
        thought.feed(entry.text)
        return thought.lines

    def _thought(self, entry: Entry, width: int) -> Thought:
        style = self._styles["muted"] + Style(italic=True)
        return Thought(width, style, ("┊ ", self._styles["border"]), folded=self.view.closed(entry))

    def _output(self, entry: Entry, width: int) -> list[Line]:
        text, above = entry.text.rstrip("\n"), 0
        if self.view.folds(entry):
            text, above = ending(text)
        rows = flow([(more(above) + "\n", self._styles["muted"])] if above else [], width - 2)[: bool(above)]
        rows += flow([(text, self._styles["text"])], width - 2)
        return prefixed(rows, *[("│ ", self._styles["border"])] * 2)

    def _tool(self, entry: Entry, width: int) -> list[Line]:
        """A row for each line, cut where it is too long; then what the tool said, or how many lines that is."""
        muted, said = self._styles["muted"], entry.more.strip("\n")
        first, *rest = plain(entry.text.rstrip("\n")).split("\n")
        first = line_of(first, said.count("\n") + 1 if self.view.folds(entry) else 0, width - 2)
        rows = [Line((Segment(text, muted),)) for text in (first, *(cut(line, width - 2) for line in rest))]
        rows = prefixed(rows, ("▸ ", self._styles["accent"]), ("  ", muted))
        if said and not self.view.folds(entry):
            code = Code(self.markdown.colors, "", width)
            rows += [row for line in said.split("\n") for row in code.add(line)]
            code.complete()
        return rows

    def _stamp(self, entry: Entry, width: int) -> list[Line]:
        return [Line((Segment(cut(f"  {plain(entry.stamp)}", width), self._styles["muted"]),))]

    def _charge(self, text: str, width: int) -> list[Line]:
        """At the right, a cell away from the scroll bar."""
        right = max(1, width - 1)
        rows = flow([(text, self._styles["muted"])], right)
        return [row for line in rows for row in prefixed([line], *[(" " * (right - cell_len(line.text)), Style())] * 2)]

    def _diff(self, diff: FileDiff, colors: SideColors | None, width: int) -> Stack:
        """A head with the counts, then the hunks; their rows are drawn only when they are looked at."""
        styles = self._styles
        counts: list[Run] = [(f"  +{diff.added}", styles["added"]), (f" -{diff.removed}", styles["removed"])]
        note: list[Run] = [(f"  {diff.note}", styles["muted"])] if diff.note else []
        size = digits(diff.hunks)
        gap = [Line((Segment("⋯".rjust(size), styles["muted"]),))]
        parts: list[Sequence[Line]] = [flow([(visible_line(diff.path), styles["heading"]), *counts, *note], width)]
        for number, hunk in enumerate(diff.hunks):
            parts += [gap] if number else []
            parts.append(HunkRows(hunk, Shape(width, size), self._inks, colors))
        return Stack(parts)
