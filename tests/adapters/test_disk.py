"""Bytes on disk: whole or not at all, and nothing left over."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from haikuterm.adapters import disk
from haikuterm.adapters.exchange import at_once, make, swap
from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.core.errors import PathRefused


def test_replacing_follows_the_umask_or_the_mode_that_is_named(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        disk.replace(tmp_path / "new/deep/a", b"1")
        disk.replace(tmp_path / "b", b"2", mode=0o600)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new/deep/a").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b", "new"]


def test_replacing_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "folder", tmp_path / "new" / ("x" * 300)):
        with pytest.raises(OSError, match=r"directory|too long"):
            disk.replace(place, b"1")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("data", [b"", b"short", b"longer than it was" * 100])
def test_overwriting_keeps_the_file_and_looks_first(tmp_path: Path, data: bytes) -> None:
    place = tmp_path / "a"
    place.write_bytes(b"as it was")
    number = place.stat().st_ino
    for wrong in (b"", b"as it", b"as it was not"):
        assert not disk.overwrite(place, data, wrong)
    assert place.read_bytes() == b"as it was"
    assert disk.overwrite(place, data, b"as it was")
    assert (place.read_bytes(), place.stat().st_ino) == (data, number)


def test_only_old_temporary_files_are_swept(tmp_path: Path) -> None:
    ours = disk.beside(tmp_path / "a")
    assert disk.is_temporary(ours.name)
    for name in (ours.name, ".haikuterm-", ".haikuterm-0123456789AB", ".haikuterm-0123456789abc", "a"):
        (tmp_path / name).write_bytes(b"")
    now = ours.stat().st_ctime
    (tmp_path / ".haikuterm-0123456789ab").mkdir()
    disk.sweep(tmp_path, now + disk.DAY - 1)
    assert ours.exists()
    disk.sweep(tmp_path, now + disk.DAY + 1)
    assert not ours.exists()
    assert len(list(tmp_path.iterdir())) == 5
    disk.sweep(tmp_path / "nothing", now)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 64 kB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    command = [mount or "", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small file system, and not everywhere")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_and_costs_nothing(small: Path) -> None:
    held = b"old\n" * 1000
    (small / "a").write_bytes(held)
    (small / "twin").write_bytes(b"old\n")
    os.link(small / "twin", small / "other")
    space = RepoWorkspace(small)
    for path, before in (("a", held), ("new/deep/b", None), ("twin", b"old\n")):
        with pytest.raises(PathRefused, match=r"the disk is full\. Free some space"):
            space.write(path, b"x" * 100_000, before)
    assert {p.name: p.read_bytes() for p in small.iterdir()} == {"a": held, "twin": b"old\n", "other": b"old\n"}


def test_another_file_systems_renames_work_too(small: Path) -> None:
    assert at_once(make(small / "a", b"1"))
    assert at_once(swap(small / "a", b"2", b"1"))
    assert {p.name: p.read_bytes() for p in small.iterdir()} == {"a": b"2"}


def test_bits_that_lend_the_owners_rights_stay_while_the_owner_does(tmp_path: Path) -> None:
    place = tmp_path / "a"
    place.write_bytes(b"1")
    place.chmod(0o4755)
    assert at_once(swap(place, b"2", b"1"))
    assert stat.S_IMODE(place.stat().st_mode) == 0o4755


def test_what_is_no_regular_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link", ".", "nothing"):
        with pytest.raises(OSError) as raised:
            disk.read(tmp_path / name, 10)
        assert raised.value.errno in (None, errno.ELOOP, errno.ENOENT)
