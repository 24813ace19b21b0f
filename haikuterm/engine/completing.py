"""Ways to go on at the cursor: commands, their arguments, and paths after an @, with the folders they are in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haikuterm.core import mention
from haikuterm.core.listing import Listing, listing
from haikuterm.engine import commands, running
from haikuterm.engine.commands import Scene
from haikuterm.engine.status import Completion, Completions

_OUTSIDE = re.compile(r"/|~|\.\./|[A-Za-z]:[/\\]")


def complete(scene: Scene, text: str, cursor: int) -> Completions:
    """What could stand at the cursor; blocks for milliseconds, meant for a thread."""
    line = text[:cursor]
    if line.startswith("/") and "\n" not in line:
        start, items = commands.complete(scene, line)
        return Completions(start, tuple(items))
    typed = mention.at_cursor(line)
    if typed is None or running.is_command(text.lstrip()):
        return Completions(cursor)
    return Completions(typed.start, tuple(_mentions(scene, typed)))


def _mentions(scene: Scene, typed: mention.Mention) -> Iterator[Completion]:
    if _OUTSIDE.match(typed.path):
        for path in scene.ports.pictures.beside(typed.path):
            yield _mention(path, "folder" if path.endswith("/") else "", typed)
        return
    known = listing(scene.ports.workspace.files())
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
