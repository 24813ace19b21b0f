"""What vim's commands do to a text: spans that operators work on, deleting, putting, joining; values in, values out."""

from __future__ import annotations

from dataclasses import dataclass

from haikuterm.ui.vim_motions import Motion, first_word, last_char, line_at, line_end, line_number, line_start


@dataclass(frozen=True, slots=True)
class Register:
    """What was deleted or yanked last. lines: whole ones; their last newline is left out."""

    text: str = ""
    lines: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """What an operator works on: from `start` to `end` (exclusive); lines: all of their lines."""

    start: int
    end: int
    lines: bool = False


def span_of(text: str, at: int, motion: Motion) -> Span:
    """What lies between here and there, by vim's rules for ends of lines."""
    start, end = sorted((at, motion.to))
    if motion.lines:
        return Span(start, end, lines=True)
    if motion.inclusive:
        return Span(start, min(end + 1, line_end(text, end)))
    if "\n" in text[start:end] and end == line_start(text, end):
        if _in_indent(text, start):
            return Span(start, end - 1, lines=True)
        return Span(start, end - 1)
    return Span(start, end)


def deletion(text: str, span: Span) -> Span:
    """The span as `d` takes it: one of several lines that would leave a blank line takes the lines."""
    several = "\n" in text[span.start : span.end]
    rest = text[span.end : line_end(text, span.end)]
    if several and not span.lines and not rest.strip(" \t") and _in_indent(text, span.start):
        return Span(span.start, span.end, lines=True)
    return span


def _in_indent(text: str, at: int) -> bool:
    return not text[line_start(text, at) : at].strip(" \t")


def taken(text: str, span: Span) -> Register:
    """What a register gets of it."""
    if span.lines:
        return Register(text[line_start(text, span.start) : line_end(text, span.end)], lines=True)
    return Register(text[span.start : span.end])


def deleted(text: str, span: Span) -> tuple[str, int]:
    """The text without it, and where the cursor is then."""
    if not span.lines:
        text = text[: span.start] + text[span.end :]
        return text, min(span.start, last_char(text, span.start))
    start, end = line_start(text, span.start), line_end(text, span.end)
    number = line_number(text, start)
    text = text[:start] + text[end + 1 :] if end < len(text) else text[: max(0, start - 1)]
    return text, first_word(text, line_at(text, number))


def emptied(text: str, span: Span) -> tuple[str, int]:
    """The text without it, ready for what is typed in its place; lines leave an empty one."""
    start, end = span.start, span.end
    if span.lines:
        start, end = line_start(text, start), line_end(text, end)
    return text[:start] + text[end:], start


def put(text: str, at: int, register: Register, count: int, *, before: bool) -> tuple[str, int]:
    """The register's text put in so many times, and where the cursor is then."""
    if register.lines:
        lines = "\n".join([register.text] * count)
        if before:
            start = line_start(text, at)
            text = f"{text[:start]}{lines}\n{text[start:]}"
        else:
            start = line_end(text, at) + 1
            text = f"{text[: start - 1]}\n{lines}{text[start - 1 :]}"
        return text, first_word(text, start)
    here = at if before else min(at + 1, line_end(text, at))
    new = register.text * count
    text = text[:here] + new + text[here:]
    if not new:
        return text, at
    return text, min(here, last_char(text, here)) if "\n" in new else here + len(new) - 1


def replaced(text: str, span: Span, register: Register, count: int) -> tuple[str, int]:
    """The register's text in place of a span, and where the cursor is then."""
    new = "\n".join([register.text] * count) if register.lines else register.text * count
    rest, start = emptied(text, span)
    if register.lines and not span.lines:
        return f"{rest[:start]}\n{new}\n{rest[start:]}", first_word(f"{rest[:start]}\n{new}\n", start + 1)
    text = rest[:start] + new + rest[start:]
    if register.lines or "\n" in new or not new:
        return text, first_word(text, start) if span.lines else min(start, last_char(text, start))
    return text, first_word(text, start) if span.lines else start + len(new) - 1


def overwritten(text: str, at: int, char: str, count: int) -> tuple[str, int] | None:
    """So many characters of the line replaced; None where there are fewer."""
    if at + count > line_end(text, at):
        return None
    if char == "\n":
        return text[:at] + "\n" + text[at + count :], at + 1
    return text[:at] + char * count + text[at + count :], at + count - 1


def toggled(text: str, at: int, count: int) -> tuple[str, int]:
    """Upper case to lower and back, for so many characters of the line."""
    end = min(at + count, line_end(text, at))
    text = text[:at] + swapped(text[at:end]) + text[end:]
    return text, min(end, last_char(text, at))


def swapped(text: str) -> str:
    """Each character in its other case, where that is one character too."""
    return "".join(new if len(new := char.swapcase()) == 1 else char for char in text)


def joined(text: str, at: int, count: int) -> tuple[str, int] | None:
    """So many lines made one, a blank between; None where there are not so many."""
    if line_end(text, at) == len(text):
        return None
    for _ in range(max(1, count - 1)):
        end = line_end(text, at)
        if end == len(text):
            break
        below = end + 1
        while below < len(text) and text[below] in " \t":
            below += 1
        bare = below == line_end(text, below) or text[below] == ")"
        blank = "" if bare or end == line_start(text, at) or text[end - 1] in " \t" else " "
        text, at = text[:end] + blank + text[below:], end
    return text, min(at, last_char(text, at))
