"""What the user agreed to, and for what: kept in the state folder from one start to the next."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from haikuterm.adapters import disk
from haikuterm.core.errors import SettingsError


class Consents:
    """What was agreed to for one place: that tools run in a root, that a settings file of this content is taken.

    place: the root or the file. file: where those of all places are kept; one that cannot be read holds none.
    """

    def __init__(self, place: str, file: Path) -> None:
        self._place = place
        self._file = file

    def given(self, what: str) -> bool:
        """Whether the user agreed to it here."""
        return what in self._read().get(self._place, [])

    def give(self, what: str) -> None:
        """Keep that the user agreed. Raises SettingsError where it cannot be kept."""
        self._change(lambda kept: sorted({*kept, what}), "so you will be asked again")

    def take_back(self) -> bool:
        """Forget all that was agreed to here; whether there was anything. Raises SettingsError."""
        held = bool(self._read().get(self._place))
        if held:
            self._change(lambda _: [], "so what was agreed to still holds")
        return held

    def _change(self, changed: Callable[[Sequence[str]], list[str]], otherwise: str) -> None:
        try:
            with disk.alone(self._file.parent):
                kept = self._read()
                kept[self._place] = changed(kept.get(self._place, []))
                rows = {place: row for place, row in kept.items() if row}
                disk.replace(self._file, json.dumps(rows, indent=1).encode("ascii"), mode=0o600)
        except OSError as error:
            raise SettingsError(f"{self._file} cannot be written ({error.strerror}), {otherwise}.") from error

    def _read(self) -> dict[str, list[str]]:
        try:
            kept = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        rows = kept.items() if isinstance(kept, dict) else ()
        return {place: [str(what) for what in row] for place, row in rows if isinstance(row, list)}
