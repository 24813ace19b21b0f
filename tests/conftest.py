"""Isolation for every test: a home of its own, no credentials, no way to the network but the loopback."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from haikuterm.adapters.withheld import withhold
from haikuterm.core.models import adopt
from tests.messages_api import api  # noqa: F401 - a fixture for all tests
from tests.warm_python import warm  # noqa: F401 - the same

# The same examples every time: a run that fails can be run again. Look further with --hypothesis-profile=default.
# No deadline: how long an example takes says more of the machine than of the code.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core: half of the time of a test with a terminal or a server is waiting."""
    return 2 * (os.cpu_count() or 1)


LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders for the homes; a numbered one of pytest's for each would look at all that are there already."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def isolated(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A fresh home and an environment without credentials; returns the home."""
    adopt(None)  # a program that a test started in this process chose its own models and prices
    withhold([])  # and its own keys
    home = next(homes)
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BEDROCK", "VERTEX", "FOUNDRY"):
        monkeypatch.delenv(f"CLAUDE_CODE_USE_{name}", raising=False)
    for name in ("HAIKUTERM_OFFLINE", *(() if request.node.get_closest_marker("local") else ("HAIKUTERM_MODELS",))):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a pytest that a test starts needs none of our plugins
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    (home / ".gitconfig").write_text(
        "[user]\nname = Test\nemail = test@example.invalid\n[init]\ndefaultBranch = main\n"
    )
    if request.node.get_closest_marker("local") is None:
        monkeypatch.setattr(socket.socket, "connect", _loopback_only(socket.socket.connect))
    return home


def _loopback_only(connect: Callable[..., None]) -> Callable[..., None]:
    """The real connect, which refuses every address that is not on this machine."""

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and host not in LOOPBACK:
            raise OSError(f"tests do not talk to {host}")
        connect(self, address)

    return guarded


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with one Python file that has an unused import; also the working directory."""
    root = tmp_path / "repo"
    root.mkdir()
    (root / "app.py").write_text("import os\nimport sys\n\n\ndef main() -> int:\n    return len(sys.argv)\n")
    (root / "README.md").write_text("# app\n")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    monkeypatch.chdir(root)
    return root
