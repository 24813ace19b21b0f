"""Where an edit's old text stands: rung by rung from exact to nearly, and on each rung in one place or not at all.

No rung goes by similarity. A rung that finds more than one place ends the search, since a wrong change is worse
than none; the rungs that look past anything but line endings also want the place to be the only one under the
loosest comparison.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from string import ascii_letters, digits
from typing import TypeAlias

from haikuterm.core.errors import EditRefused
from haikuterm.core.indents import SAME, Indent, blanks, relation
from haikuterm.core.sheet import Sheet
from haikuterm.core.typography import fold, loose

SHOWN = 8  # line numbers that a refusal names
# Views of files that models know: "12<tab>x", "12→x", "12 | x", "12: x"; an empty line may have lost its blank.
_NUMBERED = re.compile(r" *(\d{1,7})(\t|→| \| | \|(?=$)|: |:(?=$))(.*)", re.DOTALL)
Comparison: TypeAlias = tuple[Callable[[str], str], Callable[[Sheet], tuple[str, ...]]]  # of a line, of all the file's
_EXACT: Comparison = (str, attrgetter("lines"))
_TRIMMED: Comparison = (str.rstrip, attrgetter("trimmed"))
_STRIPPED: Comparison = (str.strip, attrgetter("stripped"))
_FOLDED: Comparison = (lambda line: fold(line).rstrip(), attrgetter("plain"))
_LOOSE: Comparison = (loose, attrgetter("loosely"))
_WORD = frozenset(ascii_letters + digits + "_")


class NoPlace(EditRefused):
    """The old text stands nowhere, by any rung; another edit of the call may bring it yet."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whole lines of the file that an edit concerns, from the 0-based line `first` on.

    old: the lines as the model wrote them, one for each of the file's; new: what they shall become; indent: what
    turns a new line's indentation into the file's; folded: old and file differ in typographic signs. paired: every
    line changes, each into the new one beside it.
    """

    first: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    indent: Indent = SAME
    folded: bool = False
    paired: bool = False


def locate(old: str, new: str, sheet: Sheet) -> Place:
    """The one place of the old text. Raises NoPlace, or EditRefused with the candidates' line numbers."""
    hits = _hits(old, sheet.text)
    if hits:
        return _exactly(hits, old, new, sheet)
    numbered = _without_numbers(old, new)
    if numbered:
        return _numbered(*numbered, sheet)
    place = _by_lines(old, new, sheet) or _folded(old, new, sheet) or _unescaped(old, new, sheet)
    if place is None:
        raise NoPlace("the old text is not in the file")
    return place


def everywhere(old: str, new: str, sheet: Sheet) -> tuple[Place, ...]:
    """Every exact place of the old text. Raises NoPlace; EditRefused if it is a word here, a part of one there."""
    hits = _hits(old, sheet.text, overlapping=False)
    if not hits:
        raise NoPlace("the old text is not in the file exactly, and replace_all looks for nothing else")
    cut = [at for at in hits if _cuts_a_word(sheet.text, at, old)]
    if cut and len(cut) < len(hits):
        raise EditRefused(
            f"the old text stands {len(hits)} times, but at lines {_numbers(cut, sheet)} as a part of a longer word. "
            "Send these edits one by one, with whole lines."
        )
    if "\n" in old + new or not new or blanks(old) != blanks(new):
        return tuple(_groups(hits, old, new, sheet))
    return tuple(_line_by_line(old, new, sheet))


def _line_by_line(old: str, new: str, sheet: Sheet) -> Iterator[Place]:
    """The places of a text within lines; lines that follow each other are one, since there may be thousands."""
    run: list[str] = []
    for row, line in enumerate(sheet.lines):
        if old in line:
            run.append(line)
        elif run:
            yield _run(row - len(run), run, old, new)
            run = []
    if run:
        yield _run(len(sheet.lines) - len(run), run, old, new)


def _run(first: int, lines: Sequence[str], old: str, new: str) -> Place:
    return Place(first, tuple(lines), tuple(line.replace(old, new) for line in lines), paired=True)


def present(text: str, sheet: Sheet) -> bool:
    """Whether the text stands in the file exactly, and not as a part of a word."""
    return any(not _cuts_a_word(sheet.text, at, text) for at in _hits(text, sheet.text))


def _hits(old: str, text: str, *, overlapping: bool = True) -> list[int]:
    """The offsets where the old text begins."""
    found, at = [], text.find(old)
    while at >= 0:
        found.append(at)
        at = text.find(old, at + (1 if overlapping else len(old)))
    return found


def _cuts_a_word(text: str, at: int, old: str) -> bool:
    """Whether the old text begins or ends within a word: `timeout = 3` in `timeout = 30`."""
    end = at + len(old)
    before = at > 0 and text[at - 1] in _WORD and text[at] in _WORD
    return before or (end < len(text) and text[end - 1] in _WORD and text[end] in _WORD)


def _numbers(hits: Sequence[int], sheet: Sheet) -> str:
    return line_numbers([sheet.row(at) for at in hits])


def line_numbers(rows: Sequence[int]) -> str:
    """0-based lines as a person counts them, not too many."""
    shown = ", ".join(str(row + 1) for row in rows[:SHOWN])
    return f"{shown} and {len(rows) - SHOWN} more" if len(rows) > SHOWN else shown


def _several(count: int, numbers: str) -> EditRefused:
    return EditRefused(f"the old text stands {count} times, at lines {numbers}. Add a line around it.")


def _exactly(hits: list[int], old: str, new: str, sheet: Sheet) -> Place:
    """Rung 1: an exact part of the text."""
    if len(hits) > 1:
        raise _several(len(hits), _numbers(hits, sheet))
    if _cuts_a_word(sheet.text, hits[0], old):
        raise EditRefused(
            f"the old text is only a part of a word at line {_numbers(hits, sheet)}:\n"
            f"{sheet.row(hits[0]) + 1}\t{sheet.lines[sheet.row(hits[0])][:300]}\nSend whole lines."
        )
    return next(_groups(hits, old, new, sheet))


def _groups(hits: Sequence[int], old: str, new: str, sheet: Sheet) -> Iterator[Place]:
    """The places of these hits; those that share a line are one."""
    group: list[int] = []
    for at in hits:
        if group and sheet.row(at) > sheet.row(group[-1] + len(old) - 1):
            yield _place(group, old, new, sheet)
            group = []
        group.append(at)
    yield _place(group, old, new, sheet)


def _place(group: Sequence[int], old: str, new: str, sheet: Sheet) -> Place:
    """Hits made whole lines by the text before and after them on their own lines."""
    first, last = sheet.row(group[0]), sheet.row(group[-1] + len(old) - 1)
    start = sheet.starts[first]
    end = max(sheet.starts[last] + len(sheet.lines[last]), group[-1] + len(old))
    inside = [_inside_indentation(at, old, new, sheet) for at in group]
    if any(inside) and len(group) == 1:
        return Place(first, tuple(_lines(old)), _replacement(old, new), Indent(add=inside[0]))
    parts, at = [], start
    for hit in group:
        parts += [sheet.text[at:hit], new]
        at = hit + len(old)
    block = "".join([*parts, sheet.text[at:end]])
    if not new and not block.strip() and sheet.text[start:end].endswith("\n"):
        block = ""  # all that stood there goes: no line of blanks is left
    return Place(first, sheet.lines[first : last + 1], _replacement(sheet.text[start:end], block))


def _inside_indentation(at: int, old: str, new: str, sheet: Sheet) -> str:
    """The shift of all lines if old is a line that lacks part of its indentation, else "".

    Raises EditRefused where nobody can know the indentation that the new lines are meant to have.
    """
    row = sheet.row(at)
    before = sheet.text[sheet.starts[row] : at]
    if not before or before.strip() or not old.split("\n", 1)[0].strip() or not new:
        return ""
    count, wanted = (sum(bool(line.strip()) for line in text.split("\n")) for text in (old, new))
    whole = at + len(old.rstrip("\n")) == sheet.starts[row] + len(sheet.lines[row])
    if count == 1 and wanted > 1 and blanks(old) and whole:
        return before
    known = old.split("\n")
    further = [line for line in new.split("\n")[1:] if line.strip() and line not in known]
    unsure = any(not line.startswith(before) for line in further) or (blanks(old) and further)
    if blanks(new) != blanks(old) or (count == 1 and wanted > 1) or unsure:
        raise EditRefused(
            f"the old text begins after the indentation of line {row + 1}, so that of the new lines is not clear. "
            "Send whole lines, with their indentation."
        )
    return ""


def _lines(old: str) -> list[str]:
    return old.removesuffix("\n").split("\n")


def _replacement(old: str, new: str) -> tuple[str, ...]:
    """The new text as lines for those of the old; one that forgot the last line break does not join two lines."""
    if not old.endswith("\n"):
        return tuple(new.split("\n"))
    return tuple(_lines(new)) if new else ()


def _without_numbers(old: str, new: str) -> tuple[str, str, int] | None:
    """Rung 2: old and new without the line numbers of a read view, and the first number.

    None unless every line of old has one and they count up. Raises EditRefused if only some lines of new have one.
    """
    rows = [_NUMBERED.fullmatch(line) for line in _lines(old)]
    found = [row for row in rows if row]
    numbers = [int(row[1]) for row in found]
    same_mark = len({row[2].strip(" ") for row in found}) == 1
    if len(found) < len(rows) or not same_mark or numbers != [numbers[0] + i for i in range(len(numbers))]:
        return None
    fresh = [_NUMBERED.fullmatch(line) for line in _lines(new)] if new else []
    if any(fresh) and not all(fresh):
        raise EditRefused("some lines of the new text begin with a line number and some do not. Send them without.")
    end = "\n" * old.endswith("\n")
    plain = "\n".join(row[3] for row in fresh if row) + "\n" * new.endswith("\n") if any(fresh) else new
    return "\n".join(row[3] for row in found) + end, plain, numbers[0]


def _numbered(old: str, new: str, number: int, sheet: Sheet) -> Place:
    """The lines that stood behind the numbers; a single one must still have its number."""
    if not old.strip():
        raise EditRefused("the old text is only line numbers.")
    place = _by_lines(old, new, sheet, exact_first=True) or _folded(old, new, sheet)
    if place is None:
        raise NoPlace("the old text is not in the file, with or without the line numbers it begins with")
    if len(place.old) == 1 and place.first + 1 != number:
        raise EditRefused(
            f"the old text says line {number}, but stands at line {place.first + 1}. Send it without line numbers, "
            "with a line around it."
        )
    return place


def _by_lines(old: str, new: str, sheet: Sheet, *, exact_first: bool = False) -> Place | None:
    """Rungs 3 and 4: whole lines that differ in trailing blanks only, or in indentation by one rule."""
    wanted, fresh = _lines(old), _replacement(old, new)
    for rung in (_EXACT, _TRIMMED, _STRIPPED) if exact_first else (_TRIMMED, _STRIPPED):
        rows = _windows(wanted, sheet, rung)
        if not rows:
            continue
        if len(rows) > 1:
            raise _several(len(rows), line_numbers(rows))
        if rung != _EXACT:
            _only_one(wanted, rows[0], sheet)
        indent = _indent(wanted, rows[0], sheet) if rung == _STRIPPED else SAME
        return Place(rows[0], tuple(wanted), fresh, indent)
    return None


def _windows(wanted: Sequence[str], sheet: Sheet, comparison: Comparison) -> list[int]:
    """The lines where a block begins that is `wanted` under this comparison."""
    of_line, of_file = comparison
    block, lines = tuple(map(of_line, wanted)), of_file(sheet)
    longest = max(range(len(block)), key=lambda n: len(block[n]))
    return [
        row - longest
        for row in _rows(block[longest], lines, longest, len(lines) - len(block) + longest + 1)
        if block[longest] and lines[row - longest : row - longest + len(block)] == block
    ]


def _rows(line: str, lines: Sequence[str], start: int, end: int) -> Iterator[int]:
    """Where the line stands between start and end."""
    while start < end:
        try:
            start = lines.index(line, start, end) + 1
        except ValueError:
            return
        yield start - 1


def _only_one(wanted: Sequence[str], row: int, sheet: Sheet) -> None:
    """Refuse a block that the loosest comparison finds elsewhere too."""
    rows = _windows(wanted, sheet, _LOOSE)
    if rows != [row]:
        raise EditRefused(
            f"the old text is not in the file exactly; lines like it begin at {line_numbers(rows)}. "
            "Copy the lines as they are, with one more around them."
        )


def _indent(wanted: Sequence[str], row: int, sheet: Sheet) -> Indent:
    indent = relation(wanted, sheet.lines[row : row + len(wanted)])
    if indent is None:
        raise EditRefused(
            f"the old text stands at line {row + 1}, but its indentation is not that of the file by any one rule. "
            "Copy the lines as they are."
        )
    return indent


def _folded(old: str, new: str, sheet: Sheet) -> Place | None:
    """Rung 5: the same but for typographic signs; whole lines, or a part of them."""
    wanted = _lines(old)
    rows = _windows(wanted, sheet, _FOLDED)
    if len(rows) > 1:
        raise _several(len(rows), line_numbers(rows))
    if rows:
        _only_one(wanted, rows[0], sheet)
        return Place(rows[0], tuple(wanted), _replacement(old, new), folded=True)
    return _folded_part(old, new, sheet)


def _folded_part(old: str, new: str, sheet: Sheet) -> Place | None:
    """A part of one line, as prose is edited."""
    hits = _hits(fold(old), sheet.folded)
    if not hits or "\n" in old:
        return None
    if len(hits) > 1 or len(_hits(loose(old), "".join(sheet.loosely))) != 1:
        raise _several(max(2, len(hits)), _numbers(hits, sheet))
    _exactly(hits, fold(old), fold(new), Sheet.of(sheet.folded))  # refuses what rung 1 would
    row = sheet.row(hits[0])
    line, at = sheet.lines[row], hits[0] - sheet.starts[row]
    before, after = line[:at], line[at + len(old) :]
    return Place(row, (before + old + after,), tuple((before + new + after).split("\n")), folded=True)


def _unescaped(old: str, new: str, sheet: Sheet) -> Place | None:
    """Rung 6: both texts were escaped once too often, as in a JSON string."""
    plain_old, plain_new = _json_string(old), _json_string(new)
    if plain_old is None or plain_old == old or not plain_old.strip():
        return None
    hits = _hits(plain_old, sheet.text)
    if not hits:
        return None
    if plain_new is None:
        raise EditRefused("the old text is escaped once too often and the new text is not. Send both unescaped.")
    if len(hits) > 1 or len(_hits(loose(plain_old), "".join(sheet.loosely))) != 1:
        raise _several(max(2, len(hits)), _numbers(hits, sheet))
    return _exactly(hits, plain_old, plain_new, sheet)


def _json_string(text: str) -> str | None:
    """What the text says as the inside of a JSON string; None if it is none, as with a real line break in it."""
    try:
        decoded = json.loads(f'"{text}"')
    except ValueError:
        return None
    return decoded.replace("\r\n", "\n") if isinstance(decoded, str) else None
