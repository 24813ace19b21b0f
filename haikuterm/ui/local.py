"""`haikuterm local pull|list|remove`: the embedded models from the command line, with a bar for the long wait."""

from __future__ import annotations

from typing import TextIO

from haikuterm.core.errors import LocalModelError
from haikuterm.core.events import Progress
from haikuterm.core.models import DEFAULT_LOCAL
from haikuterm.core.ports import LocalFile, LocalModels
from haikuterm.ui.progress import live_line

ACTIONS = ("pull", "list", "remove")


def run(models: LocalModels, action: str, name: str, out: TextIO, err: TextIO) -> int:
    """Do what the command asks; results go to `out`, progress and complaints to `err`.

    action: one of ACTIONS. name: as the catalogue knows it, "" for the default one. Returns the exit code: 0, 1 where
    there is nothing to remove, else the error's own (3). A Ctrl-C passes through; a pull goes on from there next time.
    """
    try:
        match action:
            case "pull":
                return pull(models, name or DEFAULT_LOCAL, out, err)
            case "remove":
                return remove(models, name or DEFAULT_LOCAL, out)
            case _:
                out.writelines(f"{row}\n" for row in table(models.list()))
                return 0
    except LocalModelError as error:
        err.write(f"{error}\n")
        return error.exit_code


def pull(models: LocalModels, name: str, out: TextIO, err: TextIO) -> int:
    """Fetch one model, showing how far it is. Raises LocalModelError."""
    bar = live_line(err)
    try:
        models.pull(name, lambda what, done, total: bar.show(Progress(what, done, total)))
    finally:
        bar.clear()
    out.write(f"{name} is here. Try it: haikuterm --local\n")
    return 0


def remove(models: LocalModels, name: str, out: TextIO) -> int:
    """Delete one model. Raises LocalModelError."""
    freed = models.remove(name)
    out.write(f"{name} is removed: {human(freed)} freed.\n" if freed else f"There is nothing of {name} to remove.\n")
    return 0 if freed else 1


def table(files: tuple[LocalFile, ...]) -> list[str]:
    """The models as rows of text."""
    width = max((len(file.model.alias) for file in files), default=0)
    return [f"{file.model.alias:<{width}}  {human(file.size):>8}  {_state(file)}" for file in files]


def _state(file: LocalFile) -> str:
    if file.present:
        return f"here  {file.path}"
    fetch = f"haikuterm local pull {file.model.alias}"
    return f"{human(file.partial)} of it here; go on: {fetch}" if file.partial else f"not here; fetch: {fetch}"


def human(count: int) -> str:
    """Bytes for people, in powers of 1000 as networks and disks count them."""
    size, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
