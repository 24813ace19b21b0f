"""Owns which links are opened, and that their whole address was seen before."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from haikuterm.core.guard import visible_line

WEB = ("https://", "http://", "mailto:")


def target(address: str, root: str) -> str:
    """What a browser may be given for the address: of the web, of mail, or a file inside the root; "" for any other."""
    if address.startswith(WEB):
        return address if address.isprintable() and visible_line(address) == address else ""
    parts = urlsplit(address)
    if not root or parts.scheme not in ("", "file") or parts.netloc or not parts.path:
        return ""
    path = (Path(root) / unquote(parts.path)).resolve()
    inside = path.is_relative_to(Path(root).resolve()) and path.exists()
    return path.as_uri() if inside else ""


def browse(address: str) -> bool:
    """Open it with the desktop's program; blocks. Whether there is one."""
    import webbrowser  # slow to import, and rarely wanted

    return webbrowser.open(address)
