"""Whatever is struck, the face never raises, never loses a draft and never sends what nobody asked for."""

from __future__ import annotations

import random

import pytest

from haikuterm.core.settings import Settings
from tests.ui.monkey import Monkey, RandomEngine
from tests.ui.screen import running


async def run(seed: int, strokes: int) -> None:
    """One person at one face; vim's keys where the seed is odd."""
    dice = random.Random(seed)
    engine = RandomEngine(dice)
    async with running(engine, Settings(vim=seed % 2 == 1)) as (app, pilot):
        await Monkey(app, engine, dice).play(strokes)
        await pilot.pause()


@pytest.mark.parametrize("seed", [0, 1])
async def test_five_hundred_strokes_lose_nothing(seed: int) -> None:
    await run(seed, 500)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
async def test_ten_thousand_strokes_lose_nothing(seed: int) -> None:
    await run(seed, 1_000)
