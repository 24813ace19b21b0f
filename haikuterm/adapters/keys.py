"""Where a key is kept from one start to the next: the system's keyring where there is one, else a file of mode 0600."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from haikuterm.adapters import config_files
from haikuterm.adapters.withheld import without_keys
from haikuterm.core.errors import SettingsError
from haikuterm.core.guard import visible_line
from haikuterm.core.settings import CREDENTIALS, Settings
from haikuterm.core.settings_layers import Layer, merge
from haikuterm.core.toml_lines import toml

SERVICE, ENTRY = "haikuterm", "api_key"
PATIENCE = 5.0  # seconds for the keyring, which may wait for a password that nobody types
IN_KEYRING = "keyring"
FILE_NAMES = (*CREDENTIALS, "kept_in")
_WITHOUT = "Set ANTHROPIC_API_KEY meanwhile."
_WHY = {
    "NoKeyringError": "There is no keyring on this system.",
    "KeyringLocked": "The system's keyring is locked. Unlock it and start again.",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What the keyring gave: the key, "" for none, and why it could give nothing, as a sentence."""

    key: str = ""
    trouble: str = ""


def key_file(folder: Path | None = None) -> Path:
    """The file that holds a kept key, or says that the keyring does."""
    return (folder or config_files.config_folder()) / "credentials.toml"


def kept(folder: Path | None = None) -> tuple[Layer, bool]:
    """The layer of the key file, and whether it says that the key is in the keyring. Raises SettingsError."""
    layer = config_files.layer("key file", key_file(folder), FILE_NAMES)
    values = dict(layer.values)
    elsewhere = values.pop("kept_in", "") == IN_KEYRING
    return replace(layer, where=f"The file {key_file(folder)}", values=values), elsewhere


def from_keyring(seconds: float = PATIENCE) -> Found:
    """The key in the system's keyring; waits so many seconds at most and never raises."""
    if find_spec("keyring") is None:
        return Found("", f"The key is kept in the system's keyring: pip install 'haikuterm[keyring]'. {_WITHOUT}")
    return _ask("get", seconds)


def keep_key(key: str, folder: Path | None = None, *, seconds: float = PATIENCE) -> str:
    """Keep the key for the next start, in the keyring if there is one that works; returns a sentence that says where.

    Raises SettingsError for what cannot be a key, or if it cannot be kept.
    """
    key = key.strip()
    if not key:
        raise SettingsError("That is no API key: it is empty. Copy it again.")
    merge(Settings(), {"api_key": key}, "That is no API key")
    place = key_file(folder)
    if _taken(key, seconds):
        config_files.write(place, f'kept_in = "{IN_KEYRING}"\n')
        return "The key is kept in the system's keyring. `haikuterm config unset api_key` forgets it."
    config_files.write(place, f"api_key = {toml(key)}\n")
    return f"The key is kept in {place}, readable by you only. `haikuterm config unset api_key` forgets it."


def _taken(key: str, seconds: float) -> bool:
    """Whether the keyring keeps the key; it is read again, for a backend may take it and keep nothing."""
    if find_spec("keyring") is None or _ask("set", seconds, key).trouble:
        return False
    return _ask("get", seconds).key == key


def forget_key(folder: Path | None = None, *, seconds: float = PATIENCE) -> str:
    """Take the kept key out of the file and of the keyring; returns a sentence. Raises SettingsError."""
    place = key_file(folder)
    held, there = place.exists(), Found()
    if find_spec("keyring") is not None:
        there = _ask("get", seconds)
        gone = _ask("del", seconds) if there.key else there
        if gone.trouble and (there.key or kept(folder)[1]):
            raise SettingsError(f"{gone.trouble.removesuffix(_WITHOUT)}The key is still in it.")
    try:
        place.unlink(missing_ok=True)
    except OSError as error:
        raise SettingsError(f"{place} cannot be removed: {error.strerror}. Remove it by hand.") from error
    return "The kept key is forgotten." if held or there.key else "No key is kept."


def _ask(action: str, seconds: float, said: str = "") -> Found:
    """Let the keyring's own program get, set or del the key, and give what it printed, or why it could not.

    A program of its own can be ended when it hangs, and whatever a backend raises stays in it. It has no terminal to
    ask on; the key goes through a pipe, since arguments can be seen by all; -P keeps a keyring.py of the user's
    project out.
    """
    command = [sys.executable, "-P", "-m", "keyring", action, SERVICE, ENTRY]
    try:
        done = subprocess.run(
            command,
            input=said,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            start_new_session=True,
            env=without_keys(os.environ),
        )
    except subprocess.TimeoutExpired:
        late = f"The system's keyring did not answer in {seconds:g} seconds; perhaps it must be unlocked."
        return Found("", f"{late} {_WITHOUT}")
    except (OSError, UnicodeDecodeError) as error:
        return Found("", f"The system's keyring cannot be asked ({type(error).__name__}). {_WITHOUT}")
    if done.returncode == 0 or not done.stderr.strip():  # a key that is not there is no trouble
        return Found(done.stdout.strip())
    kind = done.stderr.strip().splitlines()[-1].partition(":")[0].rpartition(".")[2]
    why = _WHY.get(kind, f"The system's keyring failed ({visible_line(kind)[:40]}).")
    return Found("", f"{why} {_WITHOUT}")
