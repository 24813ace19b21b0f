"""Owns the colours of a diff: grounds for what comes and goes, code in its own colours on them, marks on words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.style import Style

from haikuterm.core.diff import Mark
from haikuterm.core.word_marks import Span
from haikuterm.ui.theme import Theme
from haikuterm.ui.tui.flow import TAB, Run
from haikuterm.ui.tui.highlight import Colors

if TYPE_CHECKING:
    from haikuterm.ui.tui.highlight import Token

SHARE = 0.14  # of the mark's colour in the ground: seen at once, and every theme's text stays readable on it
_ROLES = ("text", "muted", "border", "accent", "heading", "success", "error", "added", "removed")


class Inks:
    """The styles of one theme for diffs."""

    def __init__(self, theme: Theme) -> None:
        self.of = {role: Style.parse(theme.style(role)) for role in _ROLES}
        self.ground: dict[Mark, Style] = {" ": Style(), "+": ground(theme, "added"), "-": ground(theme, "removed")}
        changed = ("added", "removed") if theme.ansi else ("text", "text")
        self._plain: dict[Mark, Style] = {
            " ": self.of["text"],
            "+": self.of[changed[0]] + self.ground["+"],
            "-": self.of[changed[1]] + self.ground["-"],
        }
        self._words: dict[Mark, Style] = {
            "+": Style.parse(theme.style("added_word")),
            "-": Style.parse(theme.style("removed_word")),
        }
        self._colors = Colors(theme, "text")
        self._ansi = theme.ansi

    def sign(self, mark: Mark) -> Style:
        """What the sign in front of a line looks like."""
        return {" ": self.of["muted"], "+": self.of["added"], "-": self.of["removed"]}[mark] + self.ground[mark]

    def runs(self, text: str, mark: Mark, tokens: Sequence[Token], spans: Iterable[Span]) -> list[Run]:
        """The text of a line: as code where its tokens are known, the differing words marked, tabs as spaces.

        The palette of a terminal has no ground that every text is readable on: there the text itself has the colour if
        it comes or goes, and what stays has none, or a green word of it would look as if it came.
        """
        runs: list[Run] = [(text, self._plain[mark])]
        if tokens and not self._ansi and "".join(piece for _, piece in tokens) == text:
            runs = [(piece, style + self.ground[mark]) for piece, style in self._colors.runs(tuple(tokens))]
        if mark != " ":
            runs = list(_marked(runs, spans, self._words[mark]))
        return list(detabbed(runs)) if "\t" in text else runs


def ground(theme: Theme, role: str) -> Style:
    """A role's colour as a ground for text; none on a terminal's own palette."""
    if theme.ansi:
        return Style()
    base, color = theme.colors["background"], theme.colors[role]
    mixed = (round(int(base[n : n + 2], 16) * (1 - SHARE) + int(color[n : n + 2], 16) * SHARE) for n in (1, 3, 5))
    return Style(bgcolor="#" + "".join(f"{part:02x}" for part in mixed))


def _marked(runs: Iterable[Run], spans: Iterable[Span], style: Style) -> Iterator[Run]:
    """The runs with the style over these characters."""
    spans, start = tuple(spans), 0
    for text, own in runs:
        end = start + len(text)
        cuts = sorted({start, end, *(cut for span in spans for cut in span if start < cut < end)})
        for left, right in pairwise(cuts):
            inside = any(first <= left < last for first, last in spans)
            yield text[left - start : right - start], own + style if inside else own
        start = end


def detabbed(runs: Iterable[Run]) -> Iterator[Run]:
    """The runs with each tab as spaces up to its stop, which depends on the runs before it."""
    column = 0
    for text, style in runs:
        pieces = []
        for n, piece in enumerate(text.split("\t")):
            if n:
                space = TAB - column % TAB
                pieces.append(" " * space)
                column += space
            pieces.append(piece)
            column += len(piece)
        yield "".join(pieces), style
