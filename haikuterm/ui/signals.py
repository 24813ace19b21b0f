"""What a terminal can be told besides text: a notification, its title, and that something is going on.

Forms: OSC 9 (iTerm2, also WezTerm, Ghostty, kitty, Windows Terminal), OSC 777 (rxvt-unicode, VTE), OSC 9;4 (ConEmu's
progress, also Windows Terminal, WezTerm, Ghostty), OSC 0 (xterm's title).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from haikuterm.core.guard import visible_line

WAYS = ("auto", "bell", "osc9", "osc777", "off")  # of notifying; anything else is a command
LONG = 10.0  # seconds; a shorter turn is waited for
MOST = 120  # characters of a notification or a title

_NINE = ("iTerm.app", "WezTerm", "ghostty")  # TERM_PROGRAM of those that show OSC 9
_PROGRESS = ("WezTerm", "ghostty")  # others show the progress of OSC 9;4 as a notification "4;3"


@dataclass(frozen=True, slots=True)
class Signals:
    """The sequences of one terminal. way: one of "bell", "osc9", "osc777", "off"; progress: whether it shows any."""

    way: str = "bell"
    progress: bool = False

    def notification(self, text: str) -> str:
        """Tell the user, who looks elsewhere; "" where that is off."""
        said = _plain(text)
        forms = {"osc9": f"\x1b]9;{said}\x07", "osc777": f"\x1b]777;notify;haikuterm;{said}\x07", "bell": "\x07"}
        return forms.get(self.way, "")

    def title(self, text: str) -> str:
        """Name the window or the tab."""
        return f"\x1b]0;{_plain(text)}\x07"

    @property
    def title_kept(self) -> str:
        """Let the terminal remember its title."""
        return "\x1b[22;2t"

    @property
    def title_back(self) -> str:
        """Give the terminal its title back; one that remembers none makes one of its own."""
        return "\x1b]0;\x07\x1b[23;2t"

    def share(self, percent: int) -> str:
        """Show how far something is that takes long, 0 to 100; "" where nobody would see it."""
        return f"\x1b]9;4;1;{max(0, min(percent, 100))}\x07" if self.progress else ""

    def busy(self, on: bool) -> str:
        """Show or hide that something is going on whose end is not known; "" where nobody would see it."""
        if not self.progress:
            return ""
        return "\x1b]9;4;3;0\x07" if on else "\x1b]9;4;0;0\x07"


def signals(way: str, environ: Mapping[str, str]) -> Signals:
    """The sequences for the terminal that the environment names; way: one of WAYS, or a command, which needs none."""
    program = environ.get("TERM_PROGRAM", "")
    inside = bool(environ.get("TMUX")) or environ.get("TERM", "").startswith(("screen", "tmux"))
    progress = not inside and (program in _PROGRESS or bool(environ.get("WT_SESSION") or environ.get("ConEmuPID")))
    if way == "auto":
        way = "bell" if inside else _known(program, environ)
    return Signals(way if way in WAYS else "off", progress)


def _known(program: str, environ: Mapping[str, str]) -> str:
    """How the terminal is told; the bell is understood by all."""
    if program in _NINE or environ.get("WT_SESSION") or environ.get("KITTY_WINDOW_ID"):
        return "osc9"
    if environ.get("TERM", "").startswith("rxvt") or environ.get("VTE_VERSION"):
        return "osc777"
    return "bell"


def _plain(text: str) -> str:
    """The text without what could end the sequence early."""
    return visible_line(text).replace(";", ",")[:MOST]
