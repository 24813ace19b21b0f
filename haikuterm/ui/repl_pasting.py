"""Pastes of the inline face: pictures become mentions, big ones one word, escapes visible."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from os.path import isfile

from prompt_toolkit.application import get_app, run_in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, has_completions, has_focus
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

from haikuterm.core.drafts import Draft
from haikuterm.core.dropped import mentions
from haikuterm.core.errors import SettingsError
from haikuterm.core.guard import visible, visible_line
from haikuterm.ui.chips import Chip, Chips, big, drawn, plain
from haikuterm.ui.editor import edit


class Pasting:
    """The pastes of one prompt: its buffer holds their marks, a draft what they stand for."""

    def __init__(self) -> None:
        self.chips = Chips()
        self._was = 0

    def watch(self, buffer: Buffer) -> None:
        """Keep the marks of this buffer whole, and the cursor out of them."""
        buffer.on_text_changed += self._mend
        buffer.on_cursor_position_changed += self._pass

    def draft(self, text: str) -> Draft:
        """What is typed, unfolded."""
        return Draft(self.chips.whole(text), self.chips.folded(text))

    def folded(self, draft: Draft) -> str:
        """A draft of last time as the buffer holds it."""
        for text in draft.pasted:
            self.chips.add(text)
        return self.chips.fold(draft.text)

    def edit(self, event: KeyPressEvent, tell: Callable[[str], None]) -> None:
        """Open the draft in the user's editor, unfolded there; what it leaves of big pastes is folded again.

        tell: prints why that is not possible.
        """
        buffer = event.current_buffer

        async def go() -> None:
            try:
                text = await run_in_terminal(lambda: edit(self.chips.whole(buffer.text), "prompt.md"))
            except SettingsError as error:
                await run_in_terminal(partial(tell, visible_line(str(error))))
                return
            if text is not None:
                folded = self.chips.fold(text.removesuffix("\n"))
                buffer.document = Document(folded, len(folded))

        event.app.create_background_task(go())

    def keys(self) -> KeyBindings:
        """What pastes, and what a chip makes of Backspace, Delete and Tab."""
        keys = KeyBindings()
        writing = has_focus(DEFAULT_BUFFER)
        beside = Condition(lambda: self._at(0) or self._at(1))
        keys.add(Keys.BracketedPaste, filter=writing)(self._paste)
        keys.add("tab", filter=writing & beside & ~has_completions)(self._open)
        keys.add("backspace", filter=writing & Condition(lambda: self._at(1)))(self._left)
        keys.add("delete", filter=writing & Condition(lambda: self._at(0)))(self._right)
        return keys

    def _at(self, end: int) -> bool:
        """Whether a chip ends (1) or begins (0) at the cursor."""
        document = get_app().current_buffer.document
        found = self._beside(document)
        return found is not None and found[end] == document.cursor_position

    def _paste(self, event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        named = mentions(event.data, isfile)
        if named and (before := buffer.document.char_before_cursor) and not before.isspace():
            named = f" {named}"  # a mention stands at the beginning of a word
        text = plain(visible((named or event.data).replace("\r\n", "\n").replace("\r", "\n")))
        found = self._beside(buffer.document) if big(text) else None
        if found and found[2].text == text:
            self._open(event)
        else:
            buffer.insert_text(self.chips.add(text) if big(text) else text)

    def _beside(self, document: Document) -> tuple[int, int, Chip] | None:
        """The chip that ends or begins at the cursor, and from where to where it stands."""
        at = document.cursor_position
        spans = [span for span in self.chips.spans(document.text) if at in span[:2]]
        return next((span for span in spans if span[1] == at), spans[0] if spans else None)

    def _open(self, event: KeyPressEvent) -> None:
        """Put the text of the chip in its place."""
        self._replace(event.current_buffer, self.chips.open)

    def _left(self, event: KeyPressEvent) -> None:
        self._replace(event.current_buffer, lambda _: "")

    _right = _left

    def _replace(self, buffer: Buffer, text: Callable[[Chip], str]) -> None:
        if found := self._beside(buffer.document):
            start, end, chip = found
            whole, new = buffer.text, text(chip)
            buffer.document = Document(whole[:start] + new + whole[end:], start + len(new))

    def _mend(self, buffer: Buffer) -> None:
        """A mark that was cut goes as a whole."""
        if (text := self.chips.mended(buffer.text)) != buffer.text:
            buffer.document = Document(text, len(self.chips.mended(buffer.text[: buffer.cursor_position])))

    def _pass(self, buffer: Buffer) -> None:
        """The cursor passes a chip in one step."""
        at, was = buffer.cursor_position, self._was
        for start, end, _ in self.chips.spans(buffer.text):
            if start < at < end:
                at = start if at < was else end
        self._was = at
        if at != buffer.cursor_position:
            buffer.cursor_position = at


class Drawn(Processor):
    """Draws chips with brackets around them."""

    def __init__(self, chips: Chips) -> None:
        self._chips = chips

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The line as it is shown, of the same length."""
        fragments = transformation_input.fragments
        line = "".join(fragment[1] for fragment in fragments)
        spans = [*self._chips.spans(line)]
        if not spans:
            return Transformation(fragments)
        shown: StyleAndTextTuples = []
        for place, ((style, *_), sign) in enumerate(zip(explode_text_fragments(fragments), drawn(line), strict=True)):
            inside = any(start <= place < end for start, end, _ in spans)
            shown.append((f"{style} class:accent" if inside else style, sign))
        return Transformation(shown)
