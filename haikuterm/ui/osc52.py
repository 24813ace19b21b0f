"""The terminal's own clipboard, which passes through SSH."""

from __future__ import annotations

from base64 import b64encode

from haikuterm.core.events import CopyAsked, Event


def copied(event: Event) -> str:
    """What puts the text of CopyAsked on the clipboard (OSC 52): terminals that do not know it show nothing of it."""
    if not isinstance(event, CopyAsked):
        return ""
    return f"\x1b]52;c;{b64encode(event.text.encode('utf-8', 'replace')).decode('ascii')}\x07"
