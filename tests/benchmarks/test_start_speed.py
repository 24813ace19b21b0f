"""How fast the full-screen face starts: says figures, asserts only generous ratios to floors of the same run."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import monotonic

import pytest

from tests.ui.terminal import ROOT, Terminal

pytestmark = pytest.mark.benchmark

RUNS = 9
KEY = b"Q"  # in no text of the screen
SMALLEST = (
    "from textual.app import App\nfrom textual.widgets import Input, Markdown\n"
    "class Chat(App):\n    def compose(self):\n        yield Input()\n    def on_mount(self):\n"
    "        self.query_one(Input).focus()\nChat().run()\n"
)


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start is measured, not the compiler."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("HAIKUTERM_THEME", "dark")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    compileall.compile_dir(ROOT / "haikuterm", quiet=1)


def report(text: str) -> None:
    """Say a figure; seen with `pytest -s`."""
    sys.stdout.write(f"{text}\n")


def wall(words: Sequence[str]) -> float:
    """Seconds until a program that ends by itself has ended."""
    start = monotonic()
    subprocess.run([sys.executable, *words], check=True, env=dict(os.environ))
    return monotonic() - start


def until(sight: Callable[[bytes], bool], command: Sequence[str], folder: Path, *, types: bool) -> tuple[float, float]:
    """Seconds, and seconds of CPU, from the start of a program until its output shows the sight.

    types: strike KEY every 20 ms from the first output on.
    """
    before, start = getrusage(RUSAGE_CHILDREN), monotonic()
    terminal = Terminal(folder / "unused", command=command, folder=folder)
    struck = 0.0

    def seen() -> bool:
        nonlocal struck
        if types and terminal.output and monotonic() - struck > 0.02:
            struck = monotonic()
            terminal.write(KEY)
        return sight(terminal.output)

    terminal.until(seen)
    took = monotonic() - start
    terminal.close()
    after = getrusage(RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_first_frame_comes_in_twice_the_time_of_python_itself(tmp_path: Path) -> None:
    nothing, frame = [], []
    for _ in range(RUNS):
        nothing.append(wall(["-c", "pass"]))
        # as the installed command starts it: -m would look the module up first
        command = ("-c", "from haikuterm.__main__ import main; main()")
        frame.append(until(lambda output: b"haikuterm" in output, command, tmp_path, types=False)[0])
    floor, median = statistics.median(nothing), statistics.median(frame)
    report(f"first frame: {median * 1e3:.0f} ms, {median / floor:.1f}x `python -c pass` ({floor * 1e3:.0f} ms)")
    assert min(frame) < 4 * min(nothing)  # the fastest of each: what else the machine does can only add to one


def test_the_first_key_is_seen_as_soon_as_in_the_smallest_app(tmp_path: Path) -> None:
    smallest, ours = [], []
    for _ in range(RUNS):
        command = ("-c", "from haikuterm.__main__ import main; main()")
        smallest.append(until(lambda output: KEY in output, ("-c", SMALLEST), tmp_path, types=True))
        ours.append(until(lambda output: KEY in output, command, tmp_path, types=True))
    (floor, least), (median, cpu) = (
        (statistics.median(took for took, _ in runs), statistics.median(cpu for _, cpu in runs))
        for runs in (smallest, ours)
    )
    report(
        f"ready to type: {median * 1e3:.0f} ms, {median / floor:.2f}x the smallest Textual app ({floor * 1e3:.0f} ms); "
        f"CPU {cpu:.2f} s, {cpu / least:.2f}x"
    )
    assert min(took for took, _ in ours) < 1.5 * min(took for took, _ in smallest)  # the fastest, as above
