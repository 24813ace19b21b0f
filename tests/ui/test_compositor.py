"""A frame of ours is Textual's own, made from fewer rows."""

from __future__ import annotations

import random

from textual._compositor import Compositor
from textual.geometry import Region

from tests.ui.screen import running, text, type_in, until
from tests.ui.scripted_engine import ScriptedEngine


async def test_any_part_of_a_frame_is_what_textual_makes_of_all_rows() -> None:
    chance = random.Random(8)
    async with running(ScriptedEngine(commands={"/help": "what there is"})) as (app, pilot):
        await type_in(pilot, "one\n" * 3 + "/")
        await pilot.press("enter")
        await type_in(pilot, "/h")
        await until(pilot, lambda: app.popup.display and "what there is" in text(app))
        ours, usual, size = app.screen._compositor, Compositor(), app.screen.size
        usual.reflow(app.screen, size)
        for _ in range(60):
            x, y = chance.randrange(size.width), chance.randrange(size.height)
            crop = Region(x, y, chance.randint(1, size.width - x), chance.randint(1, size.height - y))
            frames = [one._render_chops(crop, crop.line_range.__contains__) for one in (ours, usual)]
            assert frames[0] == frames[1]


async def test_a_key_asks_the_conversation_for_no_row() -> None:
    async with running(ScriptedEngine()) as (app, _):
        asked = app.screen._compositor._get_renders(app.composer.region)
        assert app.transcript.region not in [region for region, _, _ in asked]
