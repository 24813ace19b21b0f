"""Edits in the text of a reply, for servers without tools: SEARCH/REPLACE blocks, unified diffs, whole short files.

Lenient about how a block is dressed, strict about what it means: a file is the one that is named or none, and a
reply that can be read in two ways is refused as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from haikuterm.core.changes import Edit, FileChange, Proposal
from haikuterm.core.edits import plan
from haikuterm.core.elision import placeholder, shrunk
from haikuterm.core.errors import EditRefused
from haikuterm.core.ladder import Place
from haikuterm.core.reply_blocks import read_blocks
from haikuterm.core.reply_diffs import read_diffs
from haikuterm.core.reply_files import read_files
from haikuterm.core.reply_rows import Written
from haikuterm.core.sheet import Sheet
from haikuterm.core.splice import splice
from haikuterm.core.syntax import newly_broken
from haikuterm.core.textfile import Decoded, decode

SHORT = 100  # lines of a file that a reply may replace as a whole


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reply wants changed. wholes: new files, and short ones written out in full."""

    edits: tuple[Edit, ...] = ()
    wholes: tuple[FileChange, ...] = ()


def parse_reply(reply: str, files: Mapping[str, bytes], only: str = "") -> Answer:
    """The edits and whole files of a reply; nothing if it holds none.

    files: path -> bytes of the files the model was shown; another one can only be new. only: the one of them that a
    block or hunk without a name can mean, "" if that is not sure. Raises EditRefused.
    """
    rows = reply.replace("\r\n", "\n").split("\n")
    blocks = read_blocks(rows, files, only)
    diffs = read_diffs(rows, only) if not blocks else []
    wholes = [w for w in read_files(rows) if w.path not in files or not (blocks or diffs)]
    edits, changes = [], []
    for written in [*blocks, *diffs, *wholes]:
        if written.path in files and not written.whole:
            edits.append(Edit(written.path, written.old, written.new))
        elif written.whole or not written.old:
            changes.append(_whole(written, files.get(written.path)))
        else:
            raise EditRefused(f"{written.path} is none of the files that were sent. Nothing was written.")
    _refuse_twice(edits, changes)
    return Answer(tuple(edits), tuple(changes))


def propose_reply(reply: str, files: Mapping[str, bytes], only: str = "") -> Proposal | None:
    """The changes that a reply means for these files; None if it holds none. Raises EditRefused.

    only: the file that was attached, where it was exactly one: then its name need not be said.
    """
    answer = parse_reply(reply, files, only)
    if not answer.edits and not answer.wholes:
        return None
    planned = plan(answer.edits, files)
    changes = tuple(change for change in answer.wholes if change.before != change.after)
    return Proposal((*planned.files, *changes), answer.edits)


def _refuse_twice(edits: list[Edit], changes: list[FileChange]) -> None:
    count = Counter(change.path for change in changes)
    twice = [path for path in count if count[path] > 1 or any(edit.path == path for edit in edits)]
    if twice:
        raise EditRefused(f"{twice[0]} is written more than once in full. Nothing was written. Send it once.")


def _whole(written: Written, before: bytes | None) -> FileChange:
    """A file from its full text. Raises EditRefused if the text can hardly be all of it."""
    path, text = written.path, written.new
    if before is None:
        _refuse(path, placeholder(text.split("\n"), text.split("\n"), ()), "leaves code out")
        return FileChange(path, None, Decoded("", "utf-8").encode(text))
    if not written.whole:
        raise EditRefused(f"{path} exists already. Nothing was written.")
    file = decode(before)
    sheet, new = Sheet.of(file.text), text.split("\n")
    if len(sheet.lines) > SHORT:
        raise EditRefused(
            f"{path} has more than {SHORT} lines; such a file is not replaced as a whole. Nothing was written. "
            "Send SEARCH/REPLACE blocks."
        )
    if not file.text.endswith("\n") and new[-1] == "":
        new.pop()
    _refuse(path, placeholder(new, new, sheet.lines), "leaves code out")
    _refuse(path, shrunk(sheet.lines, new), "is hardly the whole file")
    after = file.encode(splice(sheet, [Place(0, sheet.lines, tuple(new))]))
    _refuse(path, newly_broken(path, before, after), "would not parse any more")
    return FileChange(path, before, after)


def _refuse(path: str, why: str, what: str) -> None:
    if why:
        raise EditRefused(f"the new text of {path} {what}: {why}. Nothing was written.")
