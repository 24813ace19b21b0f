"""`haikuterm local pull|list|remove`: the embedded models from the command line, with a bar for the long wait."""

from __future__ import annotations

from time import monotonic
from typing import TextIO

from haikuterm.core.errors import LocalModelError
from haikuterm.core.models import DEFAULT_LOCAL
from haikuterm.core.ports import LocalFile, LocalModels

ACTIONS = ("pull", "list", "remove")
BAR = 28  # columns
REDRAW = 0.1  # seconds; a terminal over the network is slow
TENTHS = 10


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
    bar = ProgressBar(err)
    try:
        models.pull(name, bar.show)
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


class ProgressBar:
    """Progress on a stream: a bar that is redrawn on a terminal, else one plain line per tenth."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._live = err.isatty()
        self._drawn_at = 0.0
        self._last: tuple[str, int] = ("", -1)
        self._shown = False

    def show(self, what: str, done: int, total: int) -> None:
        """Tell how far it is; total 0 where nobody knows. Fits core.ports.Report."""
        share = min(1.0, done / total) if total else 0.0
        if self._live:
            self._draw(what, done, total, share)
        elif self._last != (what, int(share * TENTHS)):
            self._last = (what, int(share * TENTHS))
            self._err.write(f"{what}: {_amount(done, total, share)}\n" if total else f"{what}\n")
            self._err.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._err.write("\r\x1b[K")
            self._err.flush()
            self._shown = False

    def _draw(self, what: str, done: int, total: int, share: float) -> None:
        now = monotonic()
        if self._shown and done != total and now - self._drawn_at < REDRAW:
            return
        self._drawn_at, self._shown = now, True
        full = round(share * BAR)
        bar = f" {'━' * full}{'─' * (BAR - full)} {_amount(done, total, share)}" if total else ""
        self._err.write(f"\r\x1b[K{what}{bar}")
        self._err.flush()


def _amount(done: int, total: int, share: float) -> str:
    return f"{share:4.0%} of {human(total)} ({human(done)})"
