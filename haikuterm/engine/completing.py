"""Ways to go on at the cursor: commands, their arguments, and paths after an @ or for the shell, with their folders."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from haikuterm.core import mention
from haikuterm.core.listing import Listing, listing
from haikuterm.engine import commands, running
from haikuterm.engine.commands import Scene
from haikuterm.engine.commands.registry import last_word, takes_prompt
from haikuterm.engine.status import Completion, Completions


def complete(scene: Scene, text: str, cursor: int) -> Completions:
    """What could stand at the cursor; blocks for milliseconds, meant for a thread."""
    line = text[:cursor]
    if line.startswith("/") and "\n" not in line:
        start, items = commands.complete(scene, line)
        if items or not takes_prompt(line):
            return Completions(start, tuple(items))
    if running.is_command(text):
        return _for_the_shell(scene, line)
    typed = mention.at_cursor(line)
    if typed is None or running.is_command(text.lstrip()):
        return Completions(cursor)
    return Completions(typed.start, tuple(_mentions(scene, typed)))


def _for_the_shell(scene: Scene, line: str) -> Completions:
    """Paths of the repository that begin with the word at the cursor; no guesses, and none for the command's name."""
    last = last_word(line.lstrip(running.MARK))
    if last is None or not last[1] or last[1].startswith("-"):
        return Completions(len(line))
    at, typed = last
    known = listing(scene.ports.workspace.listed())
    found = known.beginning(typed) if at or "/" in typed else []
    start = len(line) - len(line.lstrip(running.MARK)) + at
    return Completions(start, tuple(Completion(_argument(path), path) for path in found if path != typed))


def _argument(path: str) -> str:
    """The path as a word of a shell's line; one of a folder stays open."""
    quoted = shlex.quote(path)
    if not path.endswith("/"):
        return f"{quoted} "
    return quoted.removesuffix("'")


def _mentions(scene: Scene, typed: mention.Mention) -> Iterator[Completion]:
    if mention.is_outside(typed.path):
        for path in scene.ports.pictures.beside(typed.path):
            yield _mention(path, "folder" if path.endswith("/") else "", typed)
        return
    known = listing(scene.ports.workspace.listed())
    if typed.path in known.folders:
        whole = mention.written(typed.path, quoted=typed.quoted)
        yield Completion(whole, typed.path, f"all {_files(known, typed.path)}")
    for path in known.like(typed.path, begins=typed.code):
        yield _mention(path, _files(known, path) if path.endswith("/") else "", typed)


def _mention(path: str, note: str, typed: mention.Mention) -> Completion:
    return Completion(mention.written(path, open_end=path.endswith("/"), quoted=typed.quoted), path, note)


def _files(known: Listing, folder: str) -> str:
    count = known.count(folder)
    return f"{count:,} file{'s' * (count != 1)}"
