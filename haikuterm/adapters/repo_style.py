"""How a new text file is to be written: .editorconfig first, then .gitattributes, else UTF-8 and line feeds."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from haikuterm.adapters.repo_git import Git
from haikuterm.core.ports import TextStyle

# The charsets of the EditorConfig specification: codec and byte order mark.
_CHARSETS = {
    "latin1": ("latin-1", b""),
    "utf-8": ("utf-8", b""),
    "utf-8-bom": ("utf-8", codecs.BOM_UTF8),
    "utf-16be": ("utf-16-be", codecs.BOM_UTF16_BE),
    "utf-16le": ("utf-16-le", codecs.BOM_UTF16_LE),
}
_ENDINGS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}


def style(root: str, path: str, git: Git) -> TextStyle:
    """The style of a file at this path, relative to the root; may run git."""
    said = _editorconfig(str(Path(root, path)))
    encoding, bom = _CHARSETS.get(said.get("charset", ""), ("utf-8", b""))
    eol = _ENDINGS.get(said.get("end_of_line", "")) or _attributed(root, path, git)
    newline = {"true": True, "false": False}.get(said.get("insert_final_newline", ""))
    return TextStyle(encoding, bom, eol, newline)


def _editorconfig(place: str) -> dict[str, str]:
    """What the .editorconfig files from the file's folder upwards say of it; nothing where one of them is broken."""
    if not any((folder / ".editorconfig").is_file() for folder in Path(place).parents):
        return {}
    import editorconfig

    try:
        return {name: value.lower() for name, value in editorconfig.get_properties(place).items()}
    except (editorconfig.EditorConfigError, OSError, ValueError, re.error):
        return {}


def _attributed(root: str, path: str, git: Git) -> str:
    """The line ending that .gitattributes files ask for; git's settings count where they only say "text"."""
    folders = Path(path).parents
    if not git.has_attributes and not any((Path(root, folder) / ".gitattributes").is_file() for folder in folders):
        return "\n"
    said = git.attributes(path, "text", "eol")
    if said.get("text") == "unset":
        return "\n"
    if said.get("eol") in ("lf", "crlf"):
        return _ENDINGS[said["eol"]]
    if said.get("text") not in ("set", "auto"):
        return "\n"
    automatic = git.setting("core.autocrlf")
    crlf = automatic == "true" or (automatic != "input" and git.setting("core.eol") == "crlf")
    return "\r\n" if crlf else "\n"
