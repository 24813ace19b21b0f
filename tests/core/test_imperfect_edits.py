"""Edits as small models send them: the right result is known by construction, and nothing else may come out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haikuterm.core.changes import Edit
from haikuterm.core.edits import apply
from haikuterm.core.errors import EditRefused

ROUNDS = 60  # edits of each class in a run: some 1,000 in all
NAMES = ("total", "count", "path", "rows", "limit", "owner", "price", "state")


@dataclass(frozen=True, slots=True)
class Case:
    """A file, and an edit of its lines start..end that is right: `new` for `old`. endings: one for each line."""

    lines: tuple[str, ...]
    endings: tuple[str, ...]
    start: int
    end: int
    new: tuple[str, ...]
    new_endings: tuple[str, ...]

    @property
    def old(self) -> tuple[str, ...]:
        return self.lines[self.start : self.end]

    @property
    def before(self) -> bytes:
        return "".join(map(str.__add__, self.lines, self.endings)).encode()

    @property
    def after(self) -> bytes:
        rows = [*map(str.__add__, self.lines, self.endings)]
        rows[self.start : self.end] = map(str.__add__, self.new, self.new_endings)
        return "".join(rows).encode()


def code(rng: Random, unit: str, marked: bool) -> list[str]:
    """Lines that look like code, some of them alike, some with blanks at the end or typographic signs."""
    lines, level = [], 0
    for _ in range(rng.randint(12, 40)):
        level = max(0, min(4, level + rng.choice((-1, 0, 0, 1))))
        a, b, n = rng.choice(NAMES), rng.choice(NAMES), rng.randint(1, 30)
        text = rng.choice((f"{a} = {n}", f"{a}({b}, {n})", f"if {a} > {b}:", f"return {a}", "}", "", f"# {a}: {b} {n}"))
        if marked and text and rng.random() < 0.5:
            text += rng.choice((f" # it\u2019s {n}", f" # \u201c{a}\u201d", f" # {a} \u2014 {b}", f" # {n}\u00a0kB"))
        lines.append(f"{unit * level}{text}{' ' * rng.choice((0, 0, 0, 2))}" if text else "")
    return lines


def case(rng: Random, unit: str = "", *, marked: bool = False) -> Case:
    """A random file and one right change of a line in a block of it."""
    unit = unit or rng.choice(("    ", "  ", "\t"))
    lines = code(rng, unit, marked)
    style = rng.choice((("\n",), ("\r\n",), ("\n", "\r\n")))
    endings = [rng.choice(style) for _ in lines]
    if rng.random() < 0.3:
        endings[-1] = ""
    size = rng.randint(1, 5)
    start = rng.randrange(len(lines) - size)
    at, old, ends = rng.randrange(size), lines[start : start + size], endings[start : start + size]
    if not (old[at].strip() and old[-1].strip()):  # of blank lines nobody can say how they are meant
        return case(rng, unit, marked=marked)
    fresh = old[at][: len(old[at]) - len(old[at].lstrip())] + f"fresh_{rng.randint(0, 999)}({rng.choice(NAMES)})"
    if rng.random() < 0.5:
        new, new_ends = [*old[:at], fresh, *old[at + 1 :]], ends
    else:
        new, new_ends = [*old[: at + 1], fresh, *old[at + 1 :]], [*ends[: at + 1], ends[at], *ends[at + 1 :]]
    return Case(tuple(lines), tuple(endings), start, start + size, tuple(new), tuple(new_ends))


Sent = tuple[str, str]


def sent(old: Sequence[str], new: Sequence[str], between: str = "\n", end: str = "\n") -> Sent:
    return between.join(old) + end, between.join(new) + end


def each(case: Case, change: Callable[[str], str]) -> Sent:
    """Every line of old and new is written differently."""
    return sent([change(row) for row in case.old], [change(row) for row in case.new])


def numbered(rng: Random, case: Case) -> Sent:
    mark, both = rng.choice(("\t", "→", " | ", ": ")), rng.random() < 0.5
    old = [f"{case.start + 1 + i}{mark}{row}" for i, row in enumerate(case.old)]
    new = [f"{case.start + 1 + i}{mark}{row}" for i, row in enumerate(case.new)] if both else case.new
    return sent(old, new)


def retabbed(rng: Random, case: Case) -> Sent:
    """Blanks for tabs, or tabs for blanks."""
    width = rng.choice((2, 4, 8))

    def change(row: str) -> str:
        body = row.lstrip(" \t")
        indent = row[: len(row) - len(body)]
        return (indent.replace("\t", " " * width) if "\t" in indent else indent.replace("    ", "\t")) + body

    return each(case, change)


def dedented(rng: Random, case: Case) -> Sent:
    """The whole block stands further left."""
    rows = [row for row in (*case.old, *case.new) if row.strip()]
    depth = min((len(row) - len(row.lstrip()) for row in rows), default=0)
    return each(case, lambda row: row[depth:])


def plain(text: str) -> str:
    table = {"\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2014": "-", "\u00a0": " "}
    return text.translate(str.maketrans(table))


def misnumbered(rng: Random, case: Case) -> Sent:
    old, new = numbered(rng, case)
    return old.replace(old[:1], str((int(old[:1]) + 1) % 10), 1) if old[:1].isdigit() else old, new


def some_blanks(rng: Random, case: Case) -> Sent:
    """Each line's indentation is off by its own; a new line is as its neighbour."""
    off = [" " * rng.randint(0, 3) for _ in case.old]
    at = next(i for i, row in enumerate(case.new) if "fresh_" in row)
    inserted = len(case.new) - len(case.old)
    off_new = [*off[:at], off[at - inserted], *off[at + 1 - inserted :]]
    return sent(
        *(
            [o + row.strip() for o, row in zip(offs, rows, strict=True)]
            for offs, rows in ((off, case.old), (off_new, case.new))
        )
    )


def stale(rng: Random, case: Case) -> Sent:
    """One line of old is not in the file any more."""
    at = rng.randrange(len(case.old))
    return sent([*case.old[:at], case.old[at].rstrip() + " stale", *case.old[at + 1 :]], case.new)


CLASSES: dict[str, Callable[[Random, Case], Sent]] = {
    "exact": lambda rng, c: sent(c.old, c.new),
    "no last line break": lambda rng, c: sent(c.old, c.new, end=""),
    "new without its last line break": lambda rng, c: (sent(c.old, c.new)[0], sent(c.old, c.new, end="")[1]),
    "crlf": lambda rng, c: sent(c.old, c.new, between="\r\n", end="\r\n"),
    "trailing blanks lost": lambda rng, c: each(c, str.rstrip),
    "trailing blanks added": lambda rng, c: each(c, lambda row: row + "  "),
    "numbered": numbered,
    "misnumbered": misnumbered,
    "tabs and blanks": retabbed,
    "dedented": dedented,
    "indented": lambda rng, c: each(c, lambda row: "    " + row),
    "first indentation lost": lambda rng, c: tuple(text.lstrip(" \t") for text in sent(c.old, c.new)),  # type: ignore[return-value,unused-ignore] # two texts in, two out
    "each line off": some_blanks,
    "plain signs": lambda rng, c: each(c, plain),
    "escaped": lambda rng, c: tuple(json.dumps(t, ensure_ascii=False)[1:-1] for t in sent(c.old, c.new)),  # type: ignore[return-value,unused-ignore] # two texts in, two out
    "stale": stale,
    "numbered and plain signs": lambda rng, c: tuple(map(plain, numbered(rng, c))),  # type: ignore[return-value,unused-ignore] # two texts in, two out
}
LANDING = {"exact": 0.7, "crlf": 0.7, "trailing blanks lost": 0.5, "numbered": 0.5, "plain signs": 0.3, "dedented": 0.3}


def outcome(case: Case, sent: Sent) -> str:
    """What became of it: right, refused, wrong; other, where what is sent is to the letter another place's text.

    Trailing blanks of the one changed line are the model's own.
    """
    text = case.before.decode().replace("\r\n", "\n")
    meant = len("".join(f"{row}\n" for row in case.lines[: case.start]))
    old = sent[0].replace("\r\n", "\n")
    at = text.find(old)
    if text.count(old) == 1 and not meant <= at <= meant + len(case.old[0]):
        return "other"
    try:
        after = apply(Edit("code.txt", *sent), case.before)
    except EditRefused:
        return "refused"
    return "right" if unblanked(after, case) == unblanked(case.after, case) else f"wrong: {sent} {case} {after!r}"


def unblanked(data: bytes, case: Case) -> list[str]:
    """The lines; the fresh one without blanks at its end."""
    rows = data.decode().split("\n")
    return [row.rstrip(" ") if "fresh_" in row and not row.endswith("\r") else _fresh(row) for row in rows]


def _fresh(row: str) -> str:
    return row.removesuffix("\r").rstrip(" ") + "\r" if "fresh_" in row else row


@pytest.mark.parametrize("kind", CLASSES)
def test_imperfect_edits_land_right_or_not_at_all(kind: str, record_property: Callable[[str, object], None]) -> None:
    marked = "signs" in kind
    results = []
    for seed in range(ROUNDS):
        rng = Random(f"{kind} {seed}")
        one = case(rng, "    " if kind == "escaped" else "", marked=marked)
        results.append(outcome(one, CLASSES[kind](rng, one)))
    for result in ("right", "refused", "other"):
        record_property(f"{kind}: {result}", results.count(result))
    assert [r for r in results if r.startswith("wrong")] == []
    assert results.count("right") >= ROUNDS * LANDING.get(kind, 0)


@given(st.integers(0, 2**32), st.sampled_from(sorted(CLASSES)))
@settings(max_examples=500, deadline=None)
def test_no_file_and_no_imperfection_makes_a_wrong_change(seed: int, kind: str) -> None:
    rng = Random(seed)
    one = case(rng, marked="signs" in kind or rng.random() < 0.2)
    result = outcome(one, CLASSES[kind](rng, one))
    assert result in ("right", "refused", "other")


@given(st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_a_block_that_stands_twice_is_never_changed(seed: int) -> None:
    rng = Random(seed)
    one = case(rng)
    twice = replace(one, lines=one.lines + one.old, endings=(*one.endings[:-1], "\n") + ("\n",) * len(one.old))
    kind = rng.choice([k for k in CLASSES if "numbered" not in k or len(one.old) > 1])
    assert outcome(twice, CLASSES[kind](rng, one)) in ("refused", "other")
