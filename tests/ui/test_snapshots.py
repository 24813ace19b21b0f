"""The dozen screens look as they did: in a dark and a light theme, on three sizes.

`HAIKUTERM_SNAPSHOTS=write` in the environment writes them anew; read the diff before it is committed.
"""

from __future__ import annotations

import os
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.ui.scenes import STAGES, tour
from tests.ui.snapshots import snapshot

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (160, 50), (40, 12))
THEMES = ("dark", "light")


@pytest.mark.parametrize(
    ("theme", "size"),
    [
        pytest.param(theme, size, id=f"{theme}-{size[0]}x{size[1]}", marks=() if size == SIZES[0] else pytest.mark.slow)
        for theme in THEMES
        for size in SIZES
    ],
)
async def test_the_dozen_screens_look_as_they_did(theme: str, size: tuple[int, int]) -> None:
    seen = {}
    async with aclosing(tour(theme, size)) as screens:
        async for name, app in screens:
            seen[FOLDER / f"{name}-{theme}-{size[0]}x{size[1]}.txt"] = snapshot(app)
    if os.environ.get("HAIKUTERM_SNAPSHOTS") == "write":
        FOLDER.mkdir(exist_ok=True)
        for file, shown in seen.items():
            file.write_text(shown, encoding="utf-8")
    assert {file.name: shown for file, shown in seen.items()} == {
        file.name: file.read_text(encoding="utf-8") for file in seen
    }


def test_there_is_no_snapshot_of_a_screen_that_is_no_more() -> None:
    sizes = [f"{columns}x{rows}" for columns, rows in SIZES]
    names = {f"{stage.__name__}-{theme}-{size}.txt" for stage in STAGES for theme in THEMES for size in sizes}
    assert {file.name for file in FOLDER.iterdir()} == names
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 400_000
