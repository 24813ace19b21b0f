"""Model output to edits to new bytes, or the reason why not.

ladder.py finds the place, splice.py changes it, elision.py and syntax.py look at what came out. Everything is planned
in memory; an edit that fails leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from haikuterm.core.changes import Edit, FileChange, Proposal
from haikuterm.core.elision import placeholder
from haikuterm.core.errors import EditRefused
from haikuterm.core.ladder import NoPlace, Place, everywhere, locate, present
from haikuterm.core.nearest import region
from haikuterm.core.sheet import Sheet
from haikuterm.core.splice import added, splice
from haikuterm.core.syntax import newly_broken
from haikuterm.core.textfile import decode, is_binary


class PlanRefused(EditRefused):
    """Some edits of a call do not fit, so none is planned. fitting: those that would."""

    def __init__(self, sentences: str, fitting: tuple[Edit, ...]) -> None:
        super().__init__(sentences)
        self.fitting = fitting


def plan(edits: Sequence[Edit], files: Mapping[str, bytes], *, hold: bool = False) -> Proposal:
    """All edits applied in memory, in order, to these files; one whose text is missing is tried once more at the end.

    Raises PlanRefused with a sentence for each edit that does not fit; then nothing at all is planned. hold: the caller
    keeps the fitting ones for the next call, and the sentences ask for the others only.
    """
    now, failures = dict(files), _Failures(edits, files)
    missing = [pair for pair in enumerate(edits, 1) if not failures.attempt(*pair, now, last=False)]
    for number, edit in missing:
        failures.attempt(number, edit, now, last=True)
    changed = [FileChange(p, files[p], now[p]) for p in dict.fromkeys(e.path for e in edits) if p in files]
    changed = [change for change in changed if change.before != change.after]
    if not failures.said:
        failures.check(changed)
    if failures.said:
        raise PlanRefused(failures.sentences(hold), failures.fitting)
    return Proposal(tuple(changed), tuple(edits))


@dataclass(slots=True)
class _Failures:
    """What went wrong with the edits of one call. said: sentences by the edit's number; 0 is for the whole."""

    edits: Sequence[Edit]
    files: Mapping[str, bytes]
    said: dict[int, str] = field(default_factory=dict)

    def attempt(self, number: int, edit: Edit, now: dict[str, bytes], *, last: bool) -> bool:
        """Apply one edit to the files as they are now; False if it may yet fit after the others."""
        try:
            if edit.path not in now:
                raise EditRefused("there is no such file. Use create for a new one.")
            now[edit.path] = apply(edit, now[edit.path])
        except NoPlace as missing:
            if not last:
                return False
            self.said[number] = f"{_not_found(str(missing), edit, now[edit.path])}{self._elsewhere(edit)}"
        except EditRefused as refused:
            self.said[number] = str(refused)
        return True

    def _elsewhere(self, edit: Edit) -> str:
        """Where else the text stands; it is never changed there."""
        places = [path for path, data in self.files.items() if path != edit.path and edit.old in decode(data).text]
        return f"\nIt stands in {', '.join(places[:3])}, which this edit does not name." if places else ""

    def check(self, changed: Sequence[FileChange]) -> None:
        """Refuse files that could be parsed before and cannot now."""
        broken = {c.path: newly_broken(c.path, c.before or b"", c.after or b"") for c in changed}
        said = [f"{path} would not parse any more, {why}." for path, why in broken.items() if why]
        if said:
            self.said[0] = "\n".join(said)

    @property
    def fitting(self) -> tuple[Edit, ...]:
        """The edits that would fit; none where the whole is what is wrong."""
        return () if 0 in self.said else tuple(e for n, e in enumerate(self.edits, 1) if n not in self.said)

    def sentences(self, hold: bool) -> str:
        """What went wrong, and what is to be sent again."""
        rows = [self._row(number, why) for number, why in sorted(self.said.items())]
        if not self.fitting:
            return "\n".join([*rows, "Nothing was written. Send all edits of this call again, corrected."])
        fit = ", ".join(str(n) for n in range(1, len(self.edits) + 1) if n not in self.said)
        if hold:
            return "\n".join(
                [*rows, f"Nothing was written yet. Edit {fit} fits and is kept: send only the others again."]
            )
        return "\n".join(
            [*rows, f"Edit {fit} would fit.", "Nothing was written. Send all edits of this call again, corrected."]
        )

    def _row(self, number: int, why: str) -> str:
        return f"Edit {number} of {len(self.edits)} ({self.edits[number - 1].path}): {why}" if number else why


def apply(edit: Edit, data: bytes) -> bytes:
    """The file's bytes with this edit in it; raises EditRefused if it does not fit exactly one place (NoPlace: none).

    An empty file takes an empty old text: there is only one place in it.
    """
    if is_binary(data):
        raise EditRefused("the file is binary.")
    file = decode(data)
    old, new = (text.replace("\r\n", "\n") for text in (edit.old, edit.new))
    if not old.strip() and (old or file.text):
        raise EditRefused("the old text is empty or blank. Use create for a new file, or send lines that are there.")
    if old == new:
        raise EditRefused("old and new are the same.")
    sheet = Sheet.of(file.text)
    places = everywhere(old, new, sheet) if edit.replace_all and old else (_locate(old, new, sheet),)
    _refuse_placeholders(places, sheet)
    after = file.encode(splice(sheet, places))
    if after == data:
        raise EditRefused("this edit would change nothing: the lines it brings are in the file already.")
    return after


def _locate(old: str, new: str, sheet: Sheet) -> Place:
    return locate(old, new, sheet) if old else Place(0, ("",), tuple(new.split("\n")))


def _refuse_placeholders(places: Sequence[Place], sheet: Sheet) -> None:
    for place in places:
        found = placeholder(added(place), place.new, chain(place.old, sheet.lines))
        if found:
            raise EditRefused(f"the new text leaves code out ({found!r}). Write every line that shall be there.")


def _not_found(why: str, edit: Edit, data: bytes) -> str:
    """Why there is no match, with the region of the file that comes nearest."""
    sheet = Sheet.of(decode(data).text)
    old, new = (text.replace("\r\n", "\n") for text in (edit.old, edit.new))
    if new.strip() and present(new, sheet):
        return "the old text is not in the file, but the new text is: this seems to be applied already."
    near = region(old.split("\n"), sheet.lines)
    if not near:
        return f"{why}, and nothing like it. Read the file again."
    return f"{why}. The nearest lines are:\n{near}"
