"""Owns Markdown on the screen: one finished block of CommonMark (with tables and strikethrough) to rows.

Each block is read on its own, so that a block that has been shown never changes: definitions of link references are
not followed, they are shown as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from haikuterm.ui.theme import ROLES, Theme
from haikuterm.ui.tui.code_rows import Code, Later
from haikuterm.ui.tui.flow import Line, Run, flow, prefixed
from haikuterm.ui.tui.highlight import Colors
from haikuterm.ui.tui.tables import Cell, table

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

LINKS = ("https://", "http://", "mailto:")
BULLETS = "•◦▪"
TASKS = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}
NARROW = 10  # cells: text is not pushed further in than this
FENCES = ("```", "~~~")
LIMIT = 40_000  # characters: a longer block of text is shown as it is written, for parsing brackets is quadratic
CODE_BLOCK_LIMIT = 400_000  # the same for a block of code, which parses in no time
DEEPEST = 100  # levels of nesting: the parser leaves out what lies deeper, so such a block is shown as it is written
_ADDRESS = re.compile(r"https?://(?:[^\s<>\"'`()\[\]]|\([^\s<>()]*\))+")
_AFTER = ".,;:!?*_"  # what a sentence puts behind an address
_EMPHASIS = {"strong": Style(bold=True), "em": Style(italic=True), "s": Style(strike=True)}


class Markdown:
    """Blocks in the colours of one theme."""

    def __init__(self, theme: Theme) -> None:
        self.styles = {role: Style.parse(theme.style(role)) for role in ROLES}
        self.colors = Colors(theme)
        code = Style.parse(f"{theme.colors['code']} on {theme.colors['surface']}")
        self._code = code + Style(bold=True) if theme.ansi else code  # there it has no ground, and perhaps no colour

    def lines(self, block: str, width: int) -> list[Line]:
        """The rows of one block as `blocks` tells them apart."""
        text = self.styles["text"]
        limit = CODE_BLOCK_LIMIT if block.lstrip(" ").startswith(FENCES) else LIMIT
        tree = _tree(block) if len(block) <= limit else None
        return flow([(block.rstrip("\n"), text)], width) if tree is None else self._stack(tree.children, width, text)

    def code(self, block: str, width: int, later: Later | None = None, shown: Code | None = None) -> list[Line] | None:
        """The rows of a fenced block, drawn when they are looked at; None for a block of another kind.

        later: as for Code. shown: how the same block was shown before it was complete, which saves the work.
        """
        fenced = block.lstrip(" ").startswith(FENCES) and len(block) <= CODE_BLOCK_LIMIT
        tree = _tree(block) if fenced else None
        if tree is None or len(tree.children) != 1 or tree.children[0].type != "fence":
            return None
        fence = tree.children[0]
        source, name = fence.content.removesuffix("\n").split("\n"), language(fence.info)
        if shown is None or (shown.sources, shown.language) != (source, name):
            shown = Code(self.colors, name, width, later)
            for line in source:
                shown.add(line)
        shown.complete()
        return shown.rows

    def _code_line(self, runs: list[Run], width: int) -> list[Line]:
        return flow(runs, width, words=False, fill=self.colors.plain)

    def _stack(self, nodes: Sequence[SyntaxTreeNode], width: int, base: Style, tight: bool = False) -> list[Line]:
        """Blocks one under the other, an empty row between them unless they are a tight list's."""
        lines: list[Line] = []
        for node in nodes:
            rows = self._block(node, max(width, 1), base)
            lines += [Line(), *rows] if lines and rows and not tight else rows
        return lines

    def _block(self, node: SyntaxTreeNode, width: int, base: Style) -> list[Line]:
        match node.type:
            case "paragraph":
                return flow(self._inline(node, base), width)
            case "heading":
                return self._heading(node, width)
            case "bullet_list" | "ordered_list":
                return self._list(node, width, base)
            case "blockquote":
                return self._quote(node, width)
            case "fence" | "code_block":
                return self._fence(node, width)
            case "table":
                return self._table(node, width, base)
            case "hr":
                return [Line((Segment("─" * width, self.styles["border"]),))]
            case _:  # HTML is never obeyed, only shown
                return flow([(node.content.rstrip("\n"), self.styles["muted"])], width)

    def _heading(self, node: SyntaxTreeNode, width: int) -> list[Line]:
        level = int(node.tag[1:])
        more = {1: Style(underline=True), 2: Style.null()}.get(level, Style(italic=True))
        return flow(self._inline(node, self.styles["heading"] + more), width)

    def _quote(self, node: SyntaxTreeNode, width: int) -> list[Line]:
        bar: Run = ("▎ " if width > NARROW else "▎", self.styles["border"])
        if width < 4:
            return self._stack(node.children, width, self.styles["quote"])
        return prefixed(self._stack(node.children, width - len(bar[0]), self.styles["quote"]), bar, bar)

    def _fence(self, node: SyntaxTreeNode, width: int) -> list[Line]:
        lines = self.colors.lines(node.content, language(node.info)) if node.content else [[]]
        return [row for line in lines for row in self._code_line(line, width)]

    def _list(self, node: SyntaxTreeNode, width: int, base: Style) -> list[Line]:
        """Bullets and numbers; the rows under them are indented as far as the room allows."""
        first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
        tight = all(part.hidden for item in node.children for part in item.children if part.type == "paragraph")
        size = 2 if first is None else len(f"{first + len(node.children) - 1}. ")
        indent = size if width > NARROW else 0
        lines: list[Line] = []
        for number, item in enumerate(node.children):
            mark = _task(item) or (BULLETS[_depth(node) % 3] if first is None else f"{first + number}.")
            rows = self._stack(item.children, width - indent, base, tight) or [Line()]
            lines += [Line()] if lines and not tight else []
            if indent:
                lines += _item(rows, Segment(f"{mark} ".rjust(indent), self.styles["accent"]), indent)
            else:  # no room beside the mark: it stands above
                lines += [*flow([(mark, self.styles["accent"])], width), *rows]
        return lines

    def _table(self, node: SyntaxTreeNode, width: int, base: Style) -> list[Line]:
        rows: list[list[Cell]] = []
        aligns: list[str] = []
        for row in (row for part in node.children for row in part.children):
            head = base if rows else base + _EMPHASIS["strong"]
            rows.append([self._inline(cell, head) for cell in row.children])
            aligns = aligns or [str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in row.children]
        return table(rows, aligns, width, self.styles["border"])

    def _inline(self, node: SyntaxTreeNode, base: Style) -> list[Run]:
        """The runs of what stands in a paragraph, a heading or a cell."""
        runs = [run for part in node.children for run in self._spans(part, base)]
        if node.parent and _task(node.parent) and node.parent.children[0] is node:
            runs[0] = (runs[0][0][4:], runs[0][1])
        return runs

    def _span(self, node: SyntaxTreeNode, base: Style) -> list[Run]:
        match node.type:
            case "softbreak":
                return [(" ", base)]
            case "hardbreak":
                return [("\n", base)]
            case "code_inline":
                return [(node.content, base + self._code)]
            case "strong" | "em" | "s":
                return self._spans(node, base + _EMPHASIS[node.type])
            case "link":
                return self._link(node, base)
            case "image":
                return self._image(node, base)
            case _:
                return self._text(node.content, base)

    def _spans(self, node: SyntaxTreeNode, base: Style) -> list[Run]:
        return [run for child in node.children for run in self._span(child, base)]

    def _text(self, text: str, base: Style) -> list[Run]:
        """The text; an address in it can be clicked as it stands there, however it gets wrapped."""
        runs: list[Run] = []
        at = 0
        for found in _ADDRESS.finditer(text) if base.link is None else ():
            url = found[0].rstrip(_AFTER)
            runs += [(text[at : found.start()], base), (url, self._leading(url, base))]
            at = found.start() + len(url)
        return [run for run in (*runs, (text[at:], base)) if run[0]] or [("", base)]

    def _image(self, node: SyntaxTreeNode, base: Style) -> list[Run]:
        """Its name, and where it lies."""
        source = str(node.attrs.get("src", ""))
        name, muted = node.content or source.rstrip("/").rpartition("/")[2], base + self.styles["muted"]
        return [(f"[image: {name}]", muted), *self._text(f" ({source})", muted)]

    def _leading(self, url: str, base: Style) -> Style:
        """What leads somewhere: to be clicked where a terminal can take the address as it is.

        No control may be in it, which could end the sequence.
        """
        style = base + self.styles["link"]
        safe = url.startswith(LINKS) and url.isascii() and url.isprintable() and len(url) <= 2000
        return style + Style(link=url) if safe else style

    def _link(self, node: SyntaxTreeNode, base: Style) -> list[Run]:
        """The text, and where it leads: a reader must see that before a click."""
        url = str(node.attrs.get("href", ""))
        runs = self._spans(node, self._leading(url, base))
        if "".join(text for text, _ in runs) in (url, url.removeprefix("mailto:")):
            return runs
        return [*runs, (f" ({url})", base + self.styles["muted"])]


def language(info: str) -> str:
    """The language that the info string of a fence names, "" for none."""
    words = info.replace("{", " ").replace("}", " ").replace(",", " ").split()
    return words[0].lstrip(".").lower() if words else ""


def spans(text: str) -> list[tuple[int, int]]:
    """The top-level blocks of the text: first line and the line after the last one, counted from 0."""
    return [(token.map[0], token.map[1]) for token in _parser(False).parse(text) if token.map and not token.level]


def _item(rows: list[Line], mark: Segment, indent: int) -> list[Line]:
    """The first row behind its mark; only where a row goes on, or holds code, is its indent not the text's."""
    out = [replace(rows[0], segments=(mark, *rows[0].segments), gutter=0)]
    for row in rows[1:]:
        ours = row.gutter or row.joint is not None or row.fill is not None
        segments = (Segment(" " * indent), *row.segments) if row.segments else ()
        out.append(replace(row, segments=segments, gutter=indent + row.gutter if ours else 0))
    return out


def _task(item: SyntaxTreeNode) -> str:
    """The box of an item that begins with "[ ] " or "[x] ", "" for another item."""
    inline = item.children[0].children[:1] if item.type == "list_item" and item.children else []
    return TASKS.get(inline[0].content[:4], "") if inline and inline[0].type == "inline" else ""


def _depth(node: SyntaxTreeNode) -> int:
    """In how many bullet lists this one lies."""
    depth = 0
    while node.parent:
        node = node.parent
        depth += node.type == "bullet_list"
    return depth


@lru_cache(maxsize=2)
def _parser(inline: bool) -> MarkdownIt:
    """The grammar; without inline it tells blocks apart, at a fraction of the cost. Imported late: it costs 50 ms."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable(["table", "strikethrough"]).disable("reference")
    if not inline:
        parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


@lru_cache(maxsize=256)
def _tree(block: str) -> SyntaxTreeNode | None:
    """A block's tree, None where it is too deep; kept, for a window that is resized asks again and again."""
    from markdown_it.tree import SyntaxTreeNode

    tokens = _parser(True).parse(block)
    return None if any(token.level >= DEEPEST - 1 for token in tokens) else SyntaxTreeNode(tokens)
