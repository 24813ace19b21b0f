"""How fast a diff of 10,000 lines is on the screen: says figures, asserts only ratios to work done in the same run."""

from __future__ import annotations

from statistics import median
from time import process_time

import pytest
from textual.app import App, ComposeResult

from haikuterm.core.changes import FileChange, Proposal
from haikuterm.core.review import Review
from haikuterm.ui.theme import DEFAULT, load
from haikuterm.ui.tui.review_sheet import ReviewSheet
from tests.benchmarks.test_transcript_speed import report, unit

pytestmark = pytest.mark.benchmark

OLD = [f"    value_{n} = compute({n}, 'some text')\n" for n in range(40_000)]
ALL = [line.replace("compute", "call") for line in OLD]


class Stage(App[None]):
    """A review alone on a screen."""

    def __init__(self, review: Review) -> None:
        super().__init__()
        self.review = review
        self.sheet = ReviewSheet(review, load(DEFAULT))

    def compose(self) -> ComposeResult:
        """Only the sheet."""
        yield self.sheet


def proposal(old: list[str], new: list[str]) -> Proposal:
    return Proposal((FileChange("big.py", "".join(old).encode(), "".join(new).encode()),))


async def drawn(review: Review, size: tuple[int, int]) -> tuple[float, float]:
    """Seconds of CPU until the first screen is drawn, and of another one at the end; medians of five."""
    app = Stage(review)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        sheet, rows = app.sheet, range(app.sheet.size.height)
        firsts, lasts = [], []
        for _ in range(5):
            sheet.scroll_to(y=0)
            sheet._bodies.clear()
            start = process_time()
            sheet.show(review)
            [sheet.render_line(y) for y in rows]
            firsts.append(process_time() - start)
            sheet.scroll_to(y=len(sheet._stack))
            start = process_time()
            [sheet.render_line(y) for y in rows]
            lasts.append(process_time() - start)
        return median(firsts), median(lasts)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
@pytest.mark.parametrize("hunks", [1, 1250])
async def test_ten_thousand_lines_are_compared_laid_out_and_drawn_in_a_moment(
    size: tuple[int, int], hunks: int
) -> None:
    old = OLD[:5000] if hunks == 1 else OLD[: hunks * 8]
    new = ALL[:5000] if hunks == 1 else [ALL[n] if n % 8 == 4 else line for n, line in enumerate(old)]
    one = unit()
    start = process_time()
    review = Review.of(proposal(old, new))
    compared = process_time() - start
    assert len(review.items) == hunks
    first, last = await drawn(review, size)
    report(
        f"{sum(len(item.hunk.lines) for item in review.items if item.hunk)} lines, {hunks} hunks, {size}: "
        f"compared {compared * 1000:.0f} ms, first screen {first * 1000:.0f} ms, last one {last * 1000:.0f} ms; "
        f"unit {one * 1000:.1f} ms"
    )
    assert first < 60 * one
    assert last < 10 * one
