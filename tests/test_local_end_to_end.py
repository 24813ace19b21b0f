"""The real embedded model: fetched, asked, killed. Run: pytest -m local (HAIKUTERM_MODELS keeps the download)."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path

import pytest

from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.adapters.embedded import EmbeddedModels, EmbeddedProvider
from haikuterm.adapters.linters import Linters
from haikuterm.core.context import build
from haikuterm.core.messages import Message, Text
from haikuterm.core.models import catalogue
from haikuterm.core.ports import FileText
from haikuterm.core.request import Reply, Request, StreamEvent
from haikuterm.engine.lines import LineFixed, fix_lines

pytestmark = [pytest.mark.local, pytest.mark.timeout(1800)]
QWEN = catalogue().resolve("qwen-0.5b")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the weights are, or come to: HAIKUTERM_MODELS, so that they are fetched once."""
    named = os.environ.get("HAIKUTERM_MODELS")
    return Path(named) if named else tmp_path_factory.mktemp("models")


@pytest.fixture
def models(folder: Path) -> EmbeddedModels:
    """The embedded models, the small one fetched from the real sources and checked."""
    pytest.importorskip("xllamacpp", reason="the extra [local] is not installed")
    here = EmbeddedModels(folder)
    here.pull(QWEN.id, lambda what, done, total: None)
    return here


@pytest.fixture
async def provider(models: EmbeddedModels) -> AsyncIterator[EmbeddedProvider]:
    """The real server behind the real SDK."""
    running = EmbeddedProvider(models, lambda url, key: ClaudeProvider(api_key=key, base_url=url, timeout=600))
    yield running
    await running.close()


async def ask(provider: EmbeddedProvider, prompt: str) -> list[StreamEvent]:
    request = build(QWEN, [Message("user", (Text(prompt),))])
    async with aclosing(provider.stream(request)) as events:
        return [event async for event in events]


async def test_it_answers_in_a_stream_with_usage_and_at_no_cost(provider: EmbeddedProvider) -> None:
    events = await ask(provider, "Say hello in one short sentence.")
    reply = events[-1]
    assert isinstance(reply, Reply)
    assert len(events) > 3
    assert reply.message.text.strip()
    assert reply.usage.prompt > 10
    assert reply.usage.output > 1


async def test_it_fixes_most_of_a_files_findings_line_by_line(provider: EmbeddedProvider, tmp_path: Path) -> None:
    """A small model has bad days: at least four of six, and whatever it does keeps the file's meaning."""
    source = (
        "import os\nfrom json import dumps, loads\n\n\n"
        "def read(path, cache):\n"
        "    if cache == None or not path in cache:\n"
        "        unused = open(path)\n"
        "        try:\n            return dumps(path)\n"
        "        except:\n            return f'nothing'\n"
    )
    (tmp_path / "ruff.toml").write_text('[lint]\nselect = ["E7", "F"]\n')
    checker, data = Linters(tmp_path), source.encode()
    report = await checker.check(["app.py"], {"app.py": data})
    assert len(report.findings) >= 6

    async def door(request: Request):  # type: ignore[no-untyped-def] # the engine's Ask, less its charges
        async with aclosing(provider.stream(request)) as events:
            async for event in events:
                if isinstance(event, Reply):
                    yield event

    file, last = FileText("app.py", source, data, sha256(data).hexdigest()), None
    async with aclosing(fix_lines(door, checker, QWEN, file, report.findings)) as events:
        async for event in events:
            last = event
    assert isinstance(last, LineFixed)
    assert len(last.fixed) >= 4
    after = await checker.check(["app.py"], {"app.py": last.data})
    assert len(after.findings) == len(last.left)
    compile(last.data, "app.py", "exec")


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="finds the child in /proc")
async def test_a_server_that_is_killed_is_back_for_the_next_prompt(provider: EmbeddedProvider) -> None:
    await ask(provider, "Say yes.")
    [child] = _children()
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert isinstance((await ask(provider, "Say yes."))[-1], Reply)
    assert _children() != [child]


def _children() -> list[int]:
    """Our child processes that serve a model."""
    found = subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "embedded_child"], capture_output=True, text=True)
    return [int(line) for line in found.stdout.split()]
