"""Owns what is done early so that no key waits for it later."""

from __future__ import annotations

import gc
from collections.abc import Callable

SAMPLE = "# A *word*\n\n- `one`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```{}\nx = 1\n```\n"
LANGUAGES = ("python", "bash", "diff", "json")  # the lexers that most answers need


def settle() -> None:
    """Before text streams in, or is read: what is there will stay, so the garbage collector need not look at it."""
    gc.collect(0)
    gc.freeze()


def tidy() -> None:
    """After much was drawn in a quiet moment: let go of what it left, which would else be done in a frame to come."""
    if gc.isenabled():
        gc.collect()


def warm(first: Callable[[], None]) -> None:
    """Do `first`, then load the parser and the common lexers: in a thread, or the first code takes 50 ms more."""
    first()
    from haikuterm.ui.theme import DEFAULT, load
    from haikuterm.ui.tui.blocks import whole
    from haikuterm.ui.tui.markdown import Markdown

    markdown = Markdown(load(DEFAULT))
    for language in LANGUAGES:
        whole(markdown, SAMPLE.format(language), 80)
