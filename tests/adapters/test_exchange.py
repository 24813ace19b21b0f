"""Writing while others write: whatever they do at any point, neither their bytes nor ours are lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import haikuterm
from haikuterm.adapters import disk
from haikuterm.adapters.exchange import Steps, System, at_once, make, remove, swap

HELD, OURS = b"held", b"ours"


class Outside:
    """Other programs, which save as editors do. due: bytes of theirs that none of them overwrote or removed."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.due: set[bytes] = set()
        self.last_removed = False
        self._number = 0
        self._replaced = 0
        self._moved = False  # they moved the file away and count on nothing being there
        self._open: tuple[int, int] | None = None  # descriptor, how often the file had been replaced by then

    def do(self, act: str) -> None:
        """One act; those that make no sense now do nothing."""
        try:
            getattr(self, act)()
        except (FileNotFoundError, FileExistsError):
            return

    def _wrote(self, data: bytes, *, beside_others: bool = False) -> None:
        self.due = {data} | (self.due if beside_others else set())
        self.last_removed = self._moved = False

    def _new(self) -> bytes:
        self._number += 1
        return b"outside %d" % self._number

    def save(self) -> None:
        """A new file takes the place of the old one."""
        data, other = self._new(), self.place.with_name("save")
        other.write_bytes(data)
        other.replace(self.place)
        self._replaced += 1
        self._wrote(data)

    def rewrite(self) -> None:
        """The file is cut and filled again; made if it is missing."""
        made = self._moved or not self.place.exists()
        data = self._new()
        self.place.write_bytes(data)
        self._wrote(data, beside_others=made)

    def create(self) -> None:
        """Only if there is no such file."""
        data = self._new()
        with self.place.open("xb") as file:
            file.write(data)
        self._wrote(data, beside_others=True)

    def move(self) -> None:
        """The file gets another name."""
        self.place.rename(self.place.with_name(f"backup {self._number}"))
        self.last_removed = self._moved = True

    def back_up(self) -> None:
        """The old file gets another name, a new one is made."""
        self.move()
        self.rewrite()

    def unlink(self) -> None:
        """The file is removed."""
        self.place.unlink()
        self._replaced += 1
        self.due, self.last_removed = set(), True

    def open(self) -> None:
        """The file is opened for writing, and nothing written yet."""
        if self._open is None:
            self._open = (os.open(self.place, os.O_RDWR), self._replaced)

    def finish(self) -> None:
        """What was opened is written and closed."""
        if self._open is None:
            return
        descriptor, replaced = self._open
        data = self._new()
        self.due.discard(os.pread(descriptor, 100, 0))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, data, 0)
        if replaced == self._replaced:  # else it was they themselves who took this file away
            self._wrote(data)
        self.close()

    def close(self) -> None:
        """What was opened is closed as it is."""
        if self._open is not None:
            os.close(self._open[0])
            self._open = None


ACTS = ("save", "rewrite", "create", "move", "back_up", "unlink", "open", "finish")
NO_RENAME = System(rename=lambda *_: False, patience=0.0)
QUICK = System(patience=0.0)

Plan = Sequence[tuple[int, str]]  # before which step, what


def play(steps: Steps, outside: Outside, plan: Plan) -> bool | None:
    """Take the steps with the acts in between; what came out, None for an error."""
    waiting, number = list(plan), 0
    while True:
        while waiting and waiting[0][0] <= number:
            outside.do(waiting.pop(0)[1])
        try:
            next(steps)
            number += 1
        except StopIteration as end:
            break_off: bool | None = bool(end.value)
            break
        except OSError:
            break_off = None
            break
    for _, act in waiting:
        outside.do(act)
    return break_off


def visible(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def check(folder: Path, before: bytes | None, after: bytes | None, system: System, plan: Plan) -> None:
    """Play it on a fresh file and compare what is there with what must be."""
    place = folder / "file"
    for old in folder.iterdir():
        old.unlink()
    if before is not None:
        place.write_bytes(before)
    outside = Outside(place)
    if before is None:
        steps = make(place, after or b"", None, system)
    elif after is None:
        steps = remove(place, before, system)
    else:
        steps = swap(place, after, before, system)
    done = play(steps, outside, plan)
    outside.finish()
    files = visible(folder)
    assert not [name for name in files if disk.is_temporary(name)]
    assert outside.due <= set(files.values()), f"lost of theirs, {done}: {files}"
    if after is not None and all(act == "save" for _, act in plan):
        assert files.keys() <= {"file"}
    if not plan:
        assert done is True
        assert files.get("file") == after
    if not done:
        assert files.get("file") != OURS, "it is said that nothing was written"
    if done and not outside.due and not outside.last_removed:
        assert files.get("file") == after, "lost of ours"


def plans(steps: int, longest: int) -> Iterator[Plan]:
    """Every way to put up to so many acts before so many steps."""
    for length in range(longest + 1):
        for places in combinations_with_replacement(range(steps), length):
            for acts in product(ACTS, repeat=length):
                yield tuple(zip(places, acts, strict=True))


CHANGES: dict[str, tuple[bytes | None, bytes | None, System, int]] = {
    "replacing": (HELD, OURS, QUICK, 6),
    "making": (None, OURS, QUICK, 3),
    "removing": (HELD, None, QUICK, 5),
    "replacing without such a rename": (HELD, OURS, NO_RENAME, 3),
    "making without such a rename": (None, OURS, NO_RENAME, 3),
    "removing without such a rename": (HELD, None, NO_RENAME, 5),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_two_acts_of_others_at_any_points_lose_nothing(
    tmp_path: Path, change: tuple[bytes | None, bytes | None, System, int]
) -> None:
    before, after, system, steps = change
    for plan in plans(steps, 2):
        check(tmp_path, before, after, system, plan)


plan_lists = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(ACTS)), min_size=3, max_size=8).map(sorted)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@example(plan=[(3, "save"), (4, "move"), (9, "rewrite")], after=OURS)  # the backup is not of what they think
@example(plan=[(0, "open"), (4, "rewrite"), (4, "finish")], after=OURS)  # into two files that they think are one
@example(plan=[(0, "open"), (5, "save"), (5, "finish")], after=OURS)
@example(plan=[(0, "open"), (5, "finish"), (5, "save")], after=OURS)
@given(plan=plan_lists, after=st.sampled_from([OURS, None]))
def test_many_acts_of_others_lose_nothing(tmp_path: Path, plan: Plan, after: bytes | None) -> None:
    check(tmp_path, HELD, after, QUICK, plan)


def test_what_two_programs_wrote_in_one_moment_is_kept_under_another_name(tmp_path: Path) -> None:
    """One saves as we write, another moves what it takes for that file away and makes a new one."""
    place = tmp_path / "file"
    place.write_bytes(HELD)
    outside = Outside(place)
    steps = swap(place, OURS, HELD, QUICK)
    for step in steps:
        if step == "swap":
            outside.save()
        if step == "look":
            outside.back_up()
        if step == "give back":
            break
    with pytest.raises(OSError, match=r"one of them wrote is now in file\.kept-1"):
        at_once(steps)
    assert visible(tmp_path) == {"file": b"outside 2", "file.kept-1": b"outside 1", "backup 1": OURS}


@pytest.mark.parametrize("last", ["look", "give back"])
def test_bytes_of_others_outlive_an_interrupt(tmp_path: Path, last: str) -> None:
    place = tmp_path / "file"
    place.write_bytes(HELD)
    steps = swap(place, OURS, HELD, QUICK)
    for step in steps:
        if step == "swap":
            place.write_bytes(b"theirs")
        if step == last:
            steps.close()
    assert b"theirs" in visible(tmp_path).values()


def test_a_folder_or_a_link_that_took_the_place_is_given_back(tmp_path: Path) -> None:
    place = tmp_path / "file"
    takes: tuple[Callable[[], None], ...] = (place.mkdir, lambda: place.symlink_to("elsewhere"))
    for change, take in product(("swap", "take"), takes):
        place.write_bytes(HELD)
        for step in swap(place, OURS, HELD, QUICK) if change == "swap" else remove(place, HELD, QUICK):
            if step == change:
                place.unlink()
                take()
        assert [p.name for p in tmp_path.iterdir()] == ["file"]
        assert place.is_dir() or place.readlink() == Path("elsewhere")
        place.rmdir() if place.is_dir() else place.unlink()


def test_a_full_name_is_refused_without_a_trace(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        at_once(make(tmp_path / "new" / ("x" * 300), OURS))
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, sys, time
from pathlib import Path
from haikuterm.adapters.repo import RepoWorkspace
root, rounds = Path(sys.argv[1]), int(sys.argv[2])
names = [f"{n}.txt" for n in range(50)]
def image(n, side): return (f"{side} {n}\\n" * (n * 40 + 1)).encode()
states = set()
for number in range(rounds):
    for n, name in enumerate(names):
        (root / name).write_bytes(image(n, "old"))
    told, tell = os.pipe()
    leave, give = os.pipe()
    child = os.fork()
    if child == 0:
        space = RepoWorkspace(root)
        for n, name in enumerate(names):
            os.read(leave, 1)  # a pipe that runs dry holds it, however late the kill comes
            space.write(name, image(n, "new"), image(n, "old"))
            os.write(tell, b".")
        os._exit(0)
    os.write(give, b"." * (number + 3))
    for _ in range(number + 1):  # killed while it writes one of the two files after these
        os.read(told, 1)
    end = time.monotonic() + number * 0.0001  # each time at another point of the write
    while time.monotonic() < end:
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    for pipe in (told, tell, leave, give):
        os.close(pipe)
    found = [(root / name).read_bytes() for name in names]
    kinds = [{image(n, s): s for s in ("old", "new")} for n in range(50)]
    sides = [kind.get(data, "BROKEN") for kind, data in zip(kinds, found)]
    assert sides == sorted(sides) and "BROKEN" not in sides, sides
    states.add(sides.count("new"))
    assert RepoWorkspace(root).files() == tuple(sorted(names))
print(len(states))
"""


def test_a_process_killed_while_it_writes_leaves_each_file_old_or_new(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(haikuterm.__file__).parents[1])}
    command = [sys.executable, "-c", KILLED, str(tmp_path), "30"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert int(done.stdout) >= 10, "killed at several points"
