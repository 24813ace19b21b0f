"""The reading mode: a cursor in the conversation, with keys of its own to search, copy, fold, jump and open links."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter

from rich.style import Style
from textual.content import Content
from textual.events import Key, Paste
from textual.message import Message
from textual.widget import Widget

from haikuterm.core.guard import visible_line
from haikuterm.ui.tui import unfolding
from haikuterm.ui.tui.cursor import Cursor
from haikuterm.ui.tui.inks import ground
from haikuterm.ui.tui.key_list import KeyList
from haikuterm.ui.tui.keys import READING_KEYS, actions
from haikuterm.ui.tui.roll import Place
from haikuterm.ui.tui.searching import Hit, Search
from haikuterm.ui.tui.selecting import Mark
from haikuterm.ui.tui.taking import Copied, Taking
from haikuterm.ui.tui.transcript import Transcript

SLICE = 0.008  # seconds of a search that anything else waits at most
GAP = "  "
_ACTIONS = actions(READING_KEYS)


class Reading(Widget, can_focus=True):
    """A line that says what is read and which keys there are; it has the focus while the mode lasts."""

    @dataclass
    class Left(Message):
        """The reader goes back to the input. key: one that was meant for it, None for none."""

        key: Key | None

    def __init__(self, transcript: Transcript, taking: Taking) -> None:
        super().__init__(id="reading")
        self.display = self.typing = False
        self.search: Search | None = None
        self.cursor = Cursor(transcript)
        self._transcript, self._taking = transcript, taking
        self._origin: Place = (0, 0)
        self._current: tuple[int, list[Hit]] = (0, [])  # the place that was found: entry and hits
        transcript.marks = self._marks

    def begin(self, words: str | None = None) -> None:
        """Take the keys. words: look for these at once; "" asks for them."""
        roll, transcript = self._transcript.roll, self._transcript
        height = transcript.scrollable_content_region.height
        if not self.display:
            self.display = True
            self.cursor.place = self.cursor.inside(roll.moved(transcript.top, height - 1, height))
            self.search = None
        self.focus()
        if words is not None:
            self._look_for(words, typing=not words)
        self._moved()

    def action_leave(self) -> None:
        """Give the keys back."""
        self._leave(None)

    def _leave(self, key: Key | None) -> None:
        self.display = self.typing = False
        self.search = None
        self._transcript.refresh()
        self._hand_back(key)

    def _hand_back(self, key: Key | None) -> None:
        """Say that the reader is gone, or that a key is not for them; a new one, for nobody has taken it yet."""
        self.post_message(self.Left(key and Key(key.key, key.character)))

    def action_back(self) -> None:
        """End the search, or the reading."""
        if self.search is None:
            self._leave(None)
        else:
            self.search = None
            self._moved()

    async def _on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()
        if not self.display:
            self._hand_back(event)
        elif self.typing:
            self._type(event)
        elif action := _ACTIONS.get(event.key):
            await self.run_action(action)
        elif event.is_printable:
            self._leave(event)
        else:
            self._hand_back(event)

    def on_paste(self, event: Paste) -> None:
        """A paste is searched for, or goes to the input."""
        event.stop()
        if self.typing and self.search:
            self._look_for(self.search.words + " ".join(event.text.split()), typing=True)

    def _type(self, event: Key) -> None:
        words = self.search.words if self.search else ""
        match event.key:
            case "enter":
                self.typing = False
                self.search = self.search if words.strip() else None
            case "escape" | "ctrl+c":
                self.typing, self.search, self.cursor.place = False, None, self._origin
            case "backspace":
                self._look_for(words[:-1], typing=True)
            case "ctrl+u":
                self._look_for("", typing=True)
            case "up" | "down":
                self.action_next(1 if event.key == "down" else -1)
            case _ if event.is_printable and event.character:
                self._look_for(words + event.character, typing=True)
        self._moved()

    def action_search(self) -> None:
        """Ask for words to look for."""
        self._origin = self.cursor.place
        self._look_for("", typing=True)

    def _look_for(self, words: str, *, typing: bool) -> None:
        if not self.typing:
            self._origin = self.cursor.place
        self.search, self.typing, self._current = Search(words), typing, (0, [])
        self.run_worker(self._scan(self.search), group="search", exclusive=True)

    async def _scan(self, search: Search) -> None:
        until = perf_counter() + SLICE
        for _ in search.scan(self._transcript.roll.entries):
            if perf_counter() > until:
                await asyncio.sleep(0)
                until = perf_counter() + SLICE
        search.start(self._origin[0])
        if search is self.search:
            self.action_next(0)

    def action_next(self, step: int) -> None:
        """Go to the next place that was found, or the one before."""
        search, roll = self.search, self._transcript.roll
        if search is not None and search.over:
            deque(search.scan(roll.entries), maxlen=0)  # what has come since; the conversation may be another one
        if search is None or not search.found:
            self._moved()
            return
        search.step(step)
        index, number = search.found[search.at]
        if self._transcript.view.folds(roll.entries[index]):
            unfolding.fold(self._transcript, index)
        groups = search.groups(roll.drawn(index).lines)
        found = groups[min(number, len(groups) - 1)] if groups else []
        self._current = (index, found)
        self.go((index, found[0][0] if found else 0), around=True)

    def action_line(self, step: int) -> None:
        """So many rows down."""
        roll, height = self._transcript.roll, self._transcript.scrollable_content_region.height
        place = roll.moved(self.cursor.inside(), step, height)
        if step < 0 and place[0] < len(roll) and place != self.cursor.inside(place):
            place = roll.moved(place, -1, height)  # the empty row above an entry is no place to be
        self.go(self.cursor.inside(place))

    def action_page(self, step: int) -> None:
        """So many screens down."""
        self.action_line(step * max(1, self._transcript.scrollable_content_region.height - 1))

    def action_edge(self, end: bool) -> None:
        """To the beginning, or to the end, which is followed then."""
        self.go(self.cursor.inside((10**9, 0)) if end else (0, 0))
        if end:
            self._transcript.action_scroll_end()

    def action_message(self, step: int) -> None:
        """To the message after this one, or before."""
        entries, index = self._transcript.roll.entries, self.cursor.message + step
        if 0 < index < len(entries) and entries[index].kind == "charge":
            index += step
        if 0 <= index < len(entries):
            self.go(self.cursor.inside((index, 0)))

    def action_turn(self, step: int) -> None:
        """To the prompt after this place, or before; it comes to the top."""
        entries, index = self._transcript.roll.entries, self.cursor.message + step
        while 0 <= index < len(entries) and entries[index].kind != "user":
            index += step
        if 0 <= index < len(entries):
            self.go((index, int(entries[index].gap)), at_top=True)

    def go(self, place: Place, *, at_top: bool = False, around: bool = False) -> None:
        """Put the cursor there, and see to it that it is seen. at_top: of the screen. around: with what is near it."""
        self.cursor.place = place
        if len(self._transcript.roll):
            unfolding.reveal(self._transcript, place, at_top=at_top, around=around)
        self._moved()

    def _moved(self) -> None:
        self.refresh()
        self._transcript.refresh()

    def action_copy(self) -> None:
        """Copy the message as it was written."""
        if self.cursor.source:
            self.post_message(Copied(self.cursor.source, self.cursor.called))

    async def action_code(self) -> None:
        """Copy a block of its code; of several, the one that is chosen."""
        await self._taking.code(self.cursor.source)

    async def action_link(self) -> None:
        """Open a link of the message, after its whole address was seen."""
        await self._taking.link(self.cursor.source)

    def action_fold(self) -> None:
        """Fold the message, or unfold it."""
        index = self.cursor.message
        if len(self._transcript.roll) and unfolding.fold(self._transcript, index):
            self.go(self.cursor.inside((index, 0)))

    def action_times(self) -> None:
        """Show when each turn was and what it cost, or hide it."""
        view = self._transcript.view
        unfolding.look(self._transcript, replace(view, stamped=not view.stamped))
        self.go(self.cursor.inside())

    def action_keys(self) -> None:
        """Show the list of keys."""
        self.app.push_screen(KeyList(READING_KEYS, "Esc leaves · letters that are no key are typed into the input"))

    def _marks(self, place: Place) -> Iterator[Mark]:
        """What is painted on a row: the cursor, and the words that were found."""
        if not self.display:
            return
        theme = self._transcript.theme
        plain = theme.ansi or self.app.no_color
        if place == self.cursor.inside():
            yield 0, -1, Style(reverse=True) if plain else ground(theme, "accent") + Style(bold=True)
        if self.search is not None:
            current = self._current[1] if self._current[0] == place[0] else []
            yield from self.search.marks(place[1], self._transcript.roll.drawn(place[0]).lines, current)

    def render(self) -> Content:
        """Where the reader is, and as many of the keys as there is room for."""
        total = len(self._transcript.roll)
        where = f"{self.cursor.called} {self.cursor.message + 1} of {total}" if total else "nothing said yet"
        if self.search is not None:
            words = visible_line(self.search.words)
            where = GAP.join(filter(None, (f"/{words}{'▏' if self.typing else ''}", self.search.count)))
        parts = [Content.styled(where, "bold $hk-accent")]
        hints = ("Enter keeps it", "Esc leaves") if self.typing else _HINTS[self.search is not None]
        width = self.content_size.width
        for hint in hints:
            if sum(part.cell_length + len(GAP) for part in parts) + len(hint) <= width:
                parts.append(Content.styled(hint, "$hk-muted"))
        return Content(GAP).join(parts).truncate(width, ellipsis=True)


_SHORT = tuple(
    dict.fromkeys(
        "[ ] turn" if key.short == "turn" else f"{key.shown} {key.short}" for key in READING_KEYS if key.short
    )
)
_HINTS = (_SHORT, ("n N next, before", *_SHORT))
