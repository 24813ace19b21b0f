"""Prints how fast haikuterm is, and how that compares with its floors: bare Python, and the smallest chat on Textual.

Figures of one run on one machine; the ratios are what stays comparable. Takes about a minute.
"""

from __future__ import annotations

import asyncio
import compileall
import sys
from pathlib import Path

from tests.benchmarks.in_frames import frames
from tests.benchmarks.in_memory import transcript_memory
from tests.benchmarks.in_process import completion, long_conversation
from tests.benchmarks.in_terminal import bare_python, measure


def say(what: str, ours: float, unit: str, floor: float | None = None, of: str = "") -> None:
    """One row: the figure, and how many times that of its floor."""
    ratio = f"{ours / floor:8.2f} x {of} ({floor:.4g})" if floor else ""
    sys.stdout.write(f"{what:<44}{ours:>10.4g} {unit:<6}{ratio}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    compileall.compile_dir(Path(__file__).parents[2] / "haikuterm", quiet=2)
    pace, flood = (2000, 200.0), (20_000, 0.0)
    bare, small, ours = bare_python(), measure("smallest", *pace), measure("ours", *pace)
    say("the status line is there", ours.ready * 1000, "ms", bare * 1000, "python -c pass")
    say("the status line is there", ours.ready * 1000, "ms", small.ready * 1000, "smallest")
    say("CPU for 2,000 tokens at 200 a second", ours.cpu, "s", small.cpu, "smallest")
    say("bytes for 2,000 tokens at 200 a second", ours.written / 1000, "kB", small.written / 1000, "smallest")
    say("peak memory", ours.memory, "MB", small.memory, "smallest")
    all_at_once = measure("ours", *flood)
    say("20,000 tokens at once", all_at_once.answer, "s")
    say("CPU per token of these", all_at_once.cpu / 20, "ms", ours.cpu / 2, "at 200 a second")
    few, many = asyncio.run(long_conversation(200)), asyncio.run(long_conversation(10_000))
    for name, seconds in many.items():
        say(f"{name}, in 10,000 messages", seconds * 1000, "ms", few[name] * 1000, "200 messages")
    for name, spent in asyncio.run(frames(10_000, 100)).items():
        say(f"frame of a {name}, p95 of CPU", spent[94] * 1000, "ms")
    opened, read = asyncio.run(transcript_memory(10_000, 300))
    say("memory over the text of 10,000 messages", opened / 1e6, "MB")
    say("the same after 300 pages were read", read / 1e6, "MB")
    typed = completion(100_000)
    for name, spent in {"list made": typed.made, "first letter": typed.first, "later ones": typed.later}.items():
        say(f"100,000 paths: {name}, at most", spent.wall * 1000, "ms")
        say(f"100,000 paths: {name}, of it CPU", spent.cpu * 1000, "ms")
    say("the loop blocked by these at most", typed.blocked * 1000, "ms")


if __name__ == "__main__":
    main()
