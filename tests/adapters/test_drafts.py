"""Drafts: they outlive the process, and two processes keep theirs apart."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from haikuterm.adapters.drafts import MOST, DraftFiles
from haikuterm.core.drafts import Draft

DRAFT = Draft("half a thought\n🙂 \udc80", ("pasted\n" * 30,))
ROOT = Path(__file__).parents[2]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def test_what_was_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    first = DraftFiles("/repo", tmp_path)
    first.keep(Draft("older"))
    first.keep(DRAFT)
    first.close()
    assert DraftFiles("/repo", tmp_path).take() == DRAFT


def test_there_is_nothing_at_first_and_nothing_of_another_root(tmp_path: Path) -> None:
    other = DraftFiles("/other", tmp_path / "drafts")
    assert other.take() is None
    other.keep(DRAFT)
    other.close()
    assert DraftFiles("/repo", tmp_path / "drafts").take() is None


def test_an_empty_draft_is_none(tmp_path: Path) -> None:
    drafts = DraftFiles("/repo", tmp_path)
    drafts.keep(DRAFT)
    drafts.keep(Draft(" \n"))
    drafts.close()
    assert files(tmp_path) == []


def test_two_at_once_do_not_take_each_others(tmp_path: Path) -> None:
    one, two = DraftFiles("/repo", tmp_path), DraftFiles("/repo", tmp_path)
    one.keep(Draft("one"))
    assert two.take() is None
    two.keep(Draft("two"))
    one.keep(Draft("one more"))
    one.close()
    assert DraftFiles("/repo", tmp_path).take() == Draft("one more")
    two.close()
    assert DraftFiles("/repo", tmp_path).take() == Draft("two")


def test_a_draft_that_was_taken_stays_kept_until_it_is_replaced(tmp_path: Path) -> None:
    first = DraftFiles("/repo", tmp_path)
    first.keep(DRAFT)
    first.close()
    second = DraftFiles("/repo", tmp_path)
    second.take()
    assert DraftFiles("/repo", tmp_path).take() is None, "it is the second's now"
    second.close()
    third = DraftFiles("/repo", tmp_path)
    assert third.take() == DRAFT
    third.keep(Draft(""))
    third.close()
    assert files(tmp_path) == []


def test_a_process_that_is_killed_leaves_its_draft(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom haikuterm.adapters.drafts import DraftFiles\n"
        "from haikuterm.core.drafts import Draft\n"
        "DraftFiles('/repo', Path(sys.argv[1])).keep(Draft('alive'))\nos.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    assert DraftFiles("/repo", tmp_path).take() == Draft("alive")


def test_the_lock_of_one_that_was_killed_with_nothing_to_keep_goes(tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    drafts = DraftFiles("/repo", tmp_path / "drafts")
    drafts.keep(DRAFT)
    drafts.keep(Draft(""))
    assert DraftFiles("/repo", tmp_path / "drafts").take() is None
    assert len(files(tmp_path / "drafts")) == 1, "it is held"
    drafts.keep(DRAFT)
    drafts.close()
    [place] = (tmp_path / "drafts").glob("*.json")
    place.unlink()
    assert DraftFiles("/repo", tmp_path / "drafts").take() is None
    assert files(tmp_path / "drafts") == []


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    DraftFiles("/repo", tmp_path / "drafts").keep(DRAFT)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in files(tmp_path / "drafts")}
    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "drafts").stat().st_mode) == 0o700


def test_a_file_that_holds_nonsense_is_no_draft_and_goes(tmp_path: Path) -> None:
    drafts = DraftFiles("/repo", tmp_path)
    drafts.keep(DRAFT)
    drafts.close()
    [place] = tmp_path.glob("*.json")
    place.write_text('{"text": 3}')
    assert DraftFiles("/repo", tmp_path).take() is None
    assert files(tmp_path) == []


def test_drafts_that_nobody_comes_back_for_do_not_pile_up(tmp_path: Path) -> None:
    many = [DraftFiles("/repo", tmp_path) for _ in range(MOST + 3)]
    for number, drafts in enumerate(many):
        drafts.keep(Draft(str(number)))
        drafts.close()
    for number, place in enumerate(sorted(tmp_path.glob("*.json"))):
        os.utime(place, (number, number))
    DraftFiles("/repo", tmp_path).take()
    assert len([*tmp_path.glob("*.json")]) == MOST


def test_a_disk_that_says_no_keeps_nothing_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    drafts = DraftFiles("/repo", tmp_path / "file" / "drafts")
    drafts.keep(DRAFT)
    assert drafts.take() is None
    drafts.close()
