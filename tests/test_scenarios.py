"""Edits as models send them, one folder each: the files after them, or the reason why nothing is written.

A folder holds `input/`, then `call.json` (the edits of a call) or `reply.md` (the reply of a server without tools),
and `expected/` (all files afterwards) or `refused.txt` (words of the refusal; several lines: each is in it). Beside
`expected/`, `silences.txt` holds what the user is warned of, since it tells a checker to look away. The one file of an
`input/` is the only one attached, so a reply need not name it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haikuterm.core.changes import Edit, Proposal
from haikuterm.core.edits import plan
from haikuterm.core.errors import EditRefused
from haikuterm.core.replies import propose_reply
from haikuterm.core.suppressions import suppressions

HERE = Path(__file__).parent / "scenarios"
SCENARIOS = sorted(HERE.glob("[0-9]*"))


def files_in(folder: Path) -> dict[str, bytes]:
    """Path -> bytes of every file below the folder."""
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


def proposed(scenario: Path, files: dict[str, bytes]) -> Proposal | None:
    """What the scenario's call or reply means for its files."""
    call = scenario / "call.json"
    if call.exists():
        return plan([Edit(**row) for row in json.loads(call.read_text(encoding="utf-8"))], files)
    only = next(iter(files)) if len(files) == 1 else ""
    return propose_reply((scenario / "reply.md").read_bytes().decode("utf-8"), files, only)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda folder: folder.name)
def test_the_edits_land_as_meant_or_are_refused(scenario: Path) -> None:
    files = files_in(scenario / "input")
    refused = scenario / "refused.txt"
    if refused.exists():
        with pytest.raises(EditRefused) as error:
            proposed(scenario, files)
        missing = [row for row in refused.read_text(encoding="utf-8").splitlines() if row not in str(error.value)]
        assert missing == []
        assert "Nothing was written" in str(error.value)
        return
    proposal = proposed(scenario, files)
    after = files | {change.path: change.after or b"" for change in (proposal.files if proposal else ())}
    assert after == files_in(scenario / "expected")
    warned = scenario / "silences.txt"
    said = "".join(f"{row}\n" for change in (proposal.files if proposal else ()) for row in suppressions(change))
    assert said == (warned.read_text(encoding="utf-8") if warned.exists() else "")


def test_there_are_enough_of_them() -> None:
    assert len(SCENARIOS) >= 150
