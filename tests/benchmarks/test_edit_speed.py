"""How fast edits and diffs are: says figures, asserts only generous ratios to work done in the same run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from time import process_time

import pytest

from haikuterm.core.changes import Edit, FileChange
from haikuterm.core.diff import diff
from haikuterm.core.edits import apply
from haikuterm.core.errors import EditRefused

pytestmark = pytest.mark.benchmark

SIZES = {"2,000 lines": 2_000, "1 MB": 33_000}
TIMES = 9  # runs, of which the fastest counts: what else the machine does can only add to one


def source(count: int) -> list[str]:
    """Lines that look like code: most are unique, many are blank or a brace."""
    rng = Random(1)
    kinds = (
        lambda n: f"    value_{n} = compute({n}, other_{n % 97}, 'x')  # a comment as there are many",
        lambda n: f"def function_{n}(self, argument, *, option=None):",
        lambda n: "",
        lambda n: "    }",
        lambda n: f"        return self.total_{n % 500} + {n}",
    )
    return [rng.choice(kinds)(n) for n in range(count)]


def fastest(action: Callable[[], object]) -> float:
    """Seconds of CPU that the action takes, whether it is refused or not."""
    spent = []
    for _ in range(TIMES):
        start = process_time()
        with suppress(EditRefused):
            action()
        spent.append(process_time() - start)
    return min(spent)


def edits(lines: list[str]) -> Iterator[tuple[str, Edit]]:
    """One edit of every rung, of every way to fail, and of every line at once."""
    at = next(n for n in range(len(lines) // 2, len(lines)) if "value" in lines[n])
    old = "\n".join(lines[at - 1 : at + 2])
    new = old.replace("compute", "computed")
    yield "exact", Edit("a", old, new)
    yield "numbered", Edit("a", "\n".join(f"{at + n}\t{row}" for n, row in enumerate(old.split("\n"))), new)
    yield "trailing blanks", Edit("a", "".join(f"{row}  \n" for row in old.split("\n")), f"{new}\n")
    yield "indentation", Edit("a", f"  {lines[at]}\n", "  other = 1\n")
    yield "typographic", Edit("a", lines[at].replace("'", "\u2019") + "\n", "    other = 1\n")
    yield "escaped", Edit("a", old.replace("\n", "\\n").replace("'", "\\u0027"), new.replace("\n", "\\n"))
    yield "replace all", Edit("a", "self", "this", replace_all=True)
    yield "not found, near", Edit("a", f"{old}\nnever", "brand_new = 1\n")
    yield "not found, far", Edit("a", "    value_x = compute_it(99, other_, 'y')\n    never\n", "brand_new = 1\n")
    yield "not found, nothing like it", Edit("a", "zzyzx qwert\n", "brand_new = 1\n")
    yield "in many places", Edit("a", "    }\n", "x")


@pytest.mark.parametrize("size", SIZES)
def test_an_edit_costs_a_few_times_what_splitting_the_file_costs(size: str) -> None:
    lines = source(SIZES[size])
    data = ("\n".join(lines) + "\n").encode()
    floor = fastest(lambda: "\n".join(data.decode().split("\n")).encode())
    for name, edit in edits(lines):
        spent = fastest(lambda edit=edit: apply(edit, data))  # type: ignore[misc]
        sys.stdout.write(f"{size}, {name}: {spent * 1000:.1f} ms, {spent / floor:.0f} times the floor\n")
        assert spent < 150 * floor + 0.01


def test_an_edit_of_every_line_costs_about_the_same_for_each() -> None:
    for size, count in SIZES.items():
        data = ("a line with x in it that is not short\n" * count)[:1_000_000].encode()
        floor = fastest(lambda data=data: data.decode().split("\n"))  # type: ignore[misc]
        spent = fastest(lambda data=data: apply(Edit("a", "x", "y", replace_all=True), data))  # type: ignore[misc]
        sys.stdout.write(f"{size}, every line: {spent * 1000:.1f} ms, {spent / floor:.0f} times the floor\n")
        assert spent < 300 * floor + 0.01


def pairs(count: int) -> Iterator[tuple[str, list[str], list[str]]]:
    """Two versions of so many lines, from hardly changed to hardly alike."""
    rng, lines = Random(3), source(count)
    braces = [rng.choice(("", "}", "  }", "{")) for _ in range(count)]
    turns = ["a", "b"] * (count // 2)
    yield "nothing changed", lines, lines
    yield "1 line in 100 changed", lines, [row + "!" if rng.random() < 0.01 else row for row in lines]
    yield "1 line in 3 changed", lines, [row + "!" if rng.random() < 0.33 else row for row in lines]
    yield "new file", [], lines
    yield "no line in common", [f"a{n}" for n in range(count)], [f"b{n}" for n in range(count)]
    yield "only blanks in common", [f"a{n}" * (n % 2) for n in range(count)], [f"b{n}" * (n % 2) for n in range(count)]
    yield "equal lines, few changed", braces, ["x" if rng.random() < 0.01 else row for row in braces]
    yield "equal lines, unrelated", braces, [rng.choice(("", "}", "  }", "{")) for _ in range(count)]
    yield "two kinds of lines", turns, [*turns[: count // 3], "c", *turns[count // 3 : count // 2], "d", *turns]
    yield "halves swapped", lines, lines[count // 2 :] + lines[: count // 2]
    yield "back to front", lines, lines[::-1]


def test_a_diff_costs_a_few_times_what_its_lines_cost() -> None:
    for name, old, new in pairs(10_000):
        change = FileChange("a", *("".join(f"{row}\n" for row in rows).encode() for rows in (old, new)))
        floor = fastest(lambda rows=(old, new): [[(n, row) for n, row in enumerate(side)] for side in rows])  # type: ignore[misc]
        spent = fastest(lambda change=change: diff(change).unified())  # type: ignore[misc]
        sys.stdout.write(f"10,000 lines, {name}: {spent * 1000:.0f} ms, {spent / floor:.0f} times the floor\n")
        assert spent < 300 * floor
