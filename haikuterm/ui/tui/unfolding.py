"""Folds and unfolds entries of the transcript, stamps turns, and scrolls to places: what is read stays where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haikuterm.ui.tui.folding import View, foldable

if TYPE_CHECKING:
    from haikuterm.ui.tui.roll import Place
    from haikuterm.ui.tui.transcript import Transcript


def look(transcript: Transcript, view: View) -> None:
    """Fold or unfold everything, show stamps or hide them."""
    roll, before = transcript.roll, transcript.view
    roll.looks.view = view
    folds, stamps = view.unfolded != before.unfolded, view.stamped != before.stamped
    for entry in roll.entries if folds else ():
        entry.opened = None
    roll.reshape(
        index for index, entry in enumerate(roll.entries) if (stamps and entry.stamp) or (folds and foldable(entry))
    )
    transcript.stay()


def fold(transcript: Transcript, index: int) -> bool:
    """Fold an entry, or unfold it, where that is possible; what stands at the top of the screen stays there."""
    roll, entry = transcript.roll, transcript.roll.entries[index]
    if not foldable(entry):
        return False
    entry.opened = transcript.view.folds(entry)
    roll.reshape([index])
    transcript.stay(transcript.top)
    return True


def stamp(transcript: Transcript, index: int, text: str) -> None:
    """When the turn that an entry begins was, and what it cost; shown on demand."""
    transcript.roll.entries[index].stamp = text
    if transcript.view.stamped:
        transcript.roll.reshape([index])
        transcript.stay()


def reveal(transcript: Transcript, place: Place, *, at_top: bool = False, around: bool = False) -> None:
    """Scroll no further than is needed to see the place; or put it at the top, or where what is around it is seen."""
    roll, height = transcript.roll, transcript.scrollable_content_region.height
    roll.height(place[0])
    top = transcript.top
    below = place >= top and roll.row(place) - roll.row(top) >= height
    if at_top:
        transcript.stay(place)
    elif around and (below or place < top):
        transcript.stay(roll.moved(place, -height // 3, height))
    elif below:
        transcript.stay(roll.moved(place, 1 - height, height))
    else:
        transcript.stay(place if place < top else None)
