"""Owns the colours of code: pygments over a whole block, or line by line while the block still streams in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from rich.style import Style

from haikuterm.core.textfile import decode
from haikuterm.ui.theme import Theme
from haikuterm.ui.tui.flow import Run

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

    Token = tuple[_TokenType, str]

# Beyond these a lexer's regular expressions cost more than colour is worth: the code is shown plain.
CODE_LIMIT = 100_000
LINE_LIMIT = 2_000


class Colors:
    """The styles of a theme for pygments tokens, and whole blocks of code in them."""

    def __init__(self, theme: Theme, plain: str = "surface") -> None:
        """plain: the theme's role for text of no kind."""
        self.plain = Style.parse(theme.style(plain))
        self._syntax = theme.syntax
        self._styles: dict[_TokenType | None, Style] = {None: self.plain}

    def lines(self, code: str, language: str) -> list[list[Run]]:
        """The code as one list of runs for each of its lines."""
        for _ in lexing(code, language):
            pass
        return [self.runs(line) for line in known(code, language) or ()]

    def runs(self, tokens: tuple[Token, ...]) -> list[Run]:
        """The tokens of one line with their styles."""
        return [(text, self._style(kind)) for kind, text in tokens]

    def _style(self, kind: _TokenType | None) -> Style:
        """A token's style; one that the theme does not know looks like its parent."""
        style = self._styles.get(kind)
        if style is None and kind is not None:
            name = ".".join(kind).removeprefix("Literal.")
            own = self._syntax.get(name) if name else None
            style = self.plain + Style.parse(own) if own else self._style(kind.parent)
            self._styles[kind] = style
        return style or self.plain


class LineLexer:
    """Lexes code that arrives line by line; what one line leaves open, the next line goes on with.

    A token that only a look at later lines can tell is guessed; the whole block is lexed again when it is complete.
    """

    def __init__(self, language: str) -> None:
        self._lexer = _lexer(language)
        self._stack = ["root"]
        self._room = CODE_LIMIT

    def line(self, text: str) -> tuple[Token, ...]:
        """The tokens of the next line, without its newline."""
        self._room -= len(text)
        if self._lexer is None or self._room < 0 or len(text) > LINE_LIMIT:
            return _unlexed(text)
        tables = _tables(self._lexer)
        if tables is None:
            tokens = [(kind, piece) for _, kind, piece in self._lexer.get_tokens_unprocessed(text + "\n")]
        else:
            tokens = list(self._step(tables, text + "\n"))
        return tuple((kind, piece.removesuffix("\n")) for kind, piece in tokens if piece != "\n")

    def _step(self, tables: dict[str, Any], text: str) -> Iterator[Token]:
        """One line through the lexer's state tables; nothing is tried at the line's end, where the next one goes on."""
        from pygments.token import Error, Whitespace

        at = 0
        while at < len(text):
            for match, action, state in tables[self._stack[-1]]:
                if found := match(text, at):
                    if callable(action):
                        yield from ((kind, piece) for _, kind, piece in action(self._lexer, found) if piece)
                    elif action is not None and found[0]:
                        yield action, found[0]
                    at = found.end()
                    self._enter(state)
                    break
            else:
                newline = text[at] == "\n"
                if newline:
                    self._stack = ["root"]
                yield Whitespace if newline else Error, text[at]
                at += 1

    def _enter(self, state: int | str | tuple[str, ...] | None) -> None:
        """Follow what pygments writes for a change of state: names to push, "#pop", "#push", or how many to pop."""
        if isinstance(state, int):
            del self._stack[max(len(self._stack) + state, 1) :]
        elif state is not None:
            for name in (state,) if isinstance(state, str) else state:
                if name != "#pop":
                    self._stack.append(self._stack[-1] if name == "#push" else name)
                elif len(self._stack) > 1:
                    self._stack.pop()


def _tables(lexer: Lexer) -> dict[str, Any] | None:
    """The state tables of a plain RegexLexer; other kinds of lexer keep their state to themselves."""
    from pygments.lexer import ExtendedRegexLexer, RegexLexer

    if type(lexer).get_tokens_unprocessed is not RegexLexer.get_tokens_unprocessed:
        return None
    if isinstance(lexer, ExtendedRegexLexer):
        return None
    tables: dict[str, Any] = lexer._tokens  # type: ignore[attr-defined]  # pygments keeps no public name for them
    return tables


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    """The lexer for a language, None for one that pygments does not know."""
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    if not language:
        return None
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


_KNOWN: OrderedDict[tuple[str, str], tuple[tuple[Token, ...], ...]] = OrderedDict()
KNOWN = 64_000  # characters, the code of some screens: tokens take twenty times the room of their text


def known(code: str, language: str) -> tuple[tuple[Token, ...], ...] | None:
    """The tokens of each line, if they were found before; kept, for a window that is resized asks again and again."""
    key = (code.removesuffix("\n"), language)
    if key in _KNOWN:
        _KNOWN.move_to_end(key)
    return _KNOWN.get(key)


def lexing(code: str, language: str) -> Iterator[None]:
    """Find the tokens of each line, with a stop after every few of them; `known` has them then."""
    code = code.removesuffix("\n")
    if known(code, language) is None:
        lines: list[tuple[Token, ...]] = []
        for line in _lines(code, _lexer(language)):
            lines.append(line)
            yield
        _KNOWN[code, language] = tuple(lines)
        while len(_KNOWN) > 1 and sum(len(text) for text, _ in _KNOWN) > KNOWN:  # one large block alone is kept
            _KNOWN.popitem(last=False)


def lexed_file(data: bytes, path: str) -> tuple[tuple[Token, ...], ...]:
    """The tokens of each line of a file, whose name tells the language; none where colour is not worth its price."""
    from pygments.lexers import find_lexer_class_for_filename

    code = decode(data).text
    kind = find_lexer_class_for_filename(PurePosixPath(path).name) if 0 < len(code) <= CODE_LIMIT else None
    return _tokens(code, kind()) if kind is not None else ()


def _tokens(code: str, lexer: Lexer | None) -> tuple[tuple[Token, ...], ...]:
    return tuple(_lines(code.removesuffix("\n"), lexer))


def _lines(code: str, lexer: Lexer | None) -> Iterator[tuple[Token, ...]]:
    """The tokens of one line after the other."""
    source = code.split("\n")
    if lexer is None or len(code) > CODE_LIMIT or any(len(line) > LINE_LIMIT for line in source):
        yield from map(_unlexed, source)
        return
    line: list[Token] = []
    count = 0
    for _, kind, piece in lexer.get_tokens_unprocessed(code + "\n"):
        head, *more = piece.split("\n")
        if head:
            line.append((kind, head))
        for text in more:
            if count < len(source):
                yield tuple(line)
            count += 1
            line = [(kind, text)] if text else []
    if count < len(source):
        yield tuple(line)


def _unlexed(line: str) -> tuple[Token, ...]:
    from pygments.token import Text

    return ((Text, line),)
