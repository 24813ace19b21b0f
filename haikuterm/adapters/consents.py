"""What the user agreed to run in which repository, kept from one start to the next."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

from haikuterm.adapters import disk
from haikuterm.core.errors import SettingsError


class Consents:
    """The consents for one root. file: where those of all roots are kept; one that cannot be read holds none."""

    def __init__(self, root: str, file: Path) -> None:
        self._root = root
        self._file = file

    def given(self, tool: str) -> bool:
        """Whether the user agreed that the tool runs in this root."""
        return tool in self._read().get(self._root, [])

    def give(self, tool: str) -> None:
        """Keep that the user agreed. Raises SettingsError where it cannot be kept."""
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._file.with_suffix(".lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                kept = self._read()
                kept[self._root] = sorted({*kept.get(self._root, []), tool})
                disk.replace(self._file, json.dumps(kept, indent=1).encode("ascii"), mode=0o600)
        except OSError as error:
            raise SettingsError(
                f"{self._file} cannot be written ({error.strerror}), so you will be asked again."
            ) from error

    def _read(self) -> dict[str, list[str]]:
        try:
            kept = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        rows = kept.items() if isinstance(kept, dict) else ()
        return {root: [str(tool) for tool in tools] for root, tools in rows if isinstance(tools, list)}
