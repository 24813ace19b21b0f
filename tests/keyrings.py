"""Keyrings for tests, chosen by PYTHON_KEYRING_BACKEND: one in a file, and ones that fail as real ones do."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class InFile(KeyringBackend):
    """Keeps passwords in the file that TEST_KEYRING names."""

    priority = 1

    def _all(self) -> dict[str, str]:
        place = Path(os.environ["TEST_KEYRING"])
        held: dict[str, str] = json.loads(place.read_text()) if place.exists() else {}
        return held

    def get_password(self, service: str, username: str) -> str | None:
        """The password, None if there is none."""
        return self._all().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        held = {**self._all(), f"{service} {username}": password}
        Path(os.environ["TEST_KEYRING"]).write_text(json.dumps(held))

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""
        held = self._all()
        if held.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError("there is none")
        Path(os.environ["TEST_KEYRING"]).write_text(json.dumps(held))


class Locked(InFile):
    """Wants its own password, which nobody types."""

    def get_password(self, service: str, username: str) -> str | None:
        """Never."""
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Never."""
        raise KeyringLocked("locked")


class Broken(InFile):
    """Fails with an error that no keyring should raise, the secret in it."""

    def get_password(self, service: str, username: str) -> str | None:
        """Never."""
        raise ZeroDivisionError("sk-ant-in-the-error")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Never."""
        raise ZeroDivisionError(password)


class Hanging(InFile):
    """Waits for ever."""

    def get_password(self, service: str, username: str) -> str | None:
        """Never."""
        threading.Event().wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Never."""
        threading.Event().wait()
