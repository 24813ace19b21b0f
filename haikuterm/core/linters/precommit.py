"""What `pre-commit run` prints: one block for each hook that failed, with the hook's own output."""

from __future__ import annotations

import re
from dataclasses import replace

from haikuterm.core.findings import Finding, Sources, unknown
from haikuterm.core.linters import lines
from haikuterm.core.linters.shape import NotThisFormat

_HEAD = re.compile(r"^(?P<name>.*?[^.\n])\.{3,}(?:\([^()\n]*\))?(?P<result>Passed|Failed|Skipped)$")
_ID = re.compile(r"^- hook id: (?P<id>\S+)$")
_KEY = re.compile(r"^- (?:hook id|exit code|duration|files were modified by this hook)")
CHANGED = "files were modified by this hook"


def parse(output: str, root: str, sources: Sources = unknown) -> tuple[Finding, ...]:
    """The findings inside the hooks' outputs; a hook that failed without one has a finding on no file, line 0.

    The code is the hook's id where the finding has none. Raises NotThisFormat.
    """
    blocks = _blocks(output)
    if not blocks and output.strip():
        raise NotThisFormat("This is not pre-commit's output: no line of it says Passed, Failed or Skipped.")
    return tuple(found for name, rows in blocks for found in _block(name, rows, root, sources))


def _blocks(output: str) -> list[tuple[str, list[str]]]:
    """(the hook's name, the lines below) of each hook that failed, and nothing of the others."""
    blocks: list[tuple[str, list[str]]] = []
    seen, open_ = False, False
    for line in output.split("\n"):
        head = _HEAD.match(line)
        if head:
            seen, open_ = True, head["result"] == "Failed"
            blocks.append((head["name"], []))
        elif open_:
            blocks[-1][1].append(line)
    return blocks if seen else []


def _block(name: str, rows: list[str], root: str, sources: Sources) -> list[Finding]:
    if not rows:
        return []
    hook = next((found["id"] for row in rows if (found := _ID.match(row))), name)
    said = "\n".join(row for row in rows if not _KEY.match(row)).strip()
    try:
        inner = lines.parse(said, root, sources)
    except NotThisFormat:
        inner = ()
    if inner:
        return [replace(found, tool="pre-commit", code=found.code or hook) for found in inner]
    changed = any(CHANGED in row for row in rows)
    message = said.split("\n")[0] or (CHANGED if changed else f"{name} failed")
    return [Finding("pre-commit", hook, "warning", "", 0, 0, message)]
