"""Which terminals lose what an input method writes when they speak kitty's keyboard protocol the way Textual asks."""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself would be slow here, before the first frame is complete
if TYPE_CHECKING:
    from collections.abc import Mapping

# iTerm2 drops composed text; so does everything on xterm.js for single signs (xtermjs/xterm.js#6112); WezTerm sends it
# twice or not at all (wezterm#7915). Inside tmux or screen TERM_PROGRAM is theirs, and they keep the protocol away.
LOSING = ("iTerm.app", "vscode", "Hyper", "Tabby", "WezTerm")


def spares_text(choice: str, environ: Mapping[str, str]) -> bool:
    """Whether the protocol is to be left alone. choice: the setting kitty_keys; "auto" does so where text gets lost.

    TEXTUAL_DISABLE_KITTY_KEY, which Textual reads itself, wins over "auto".
    """
    if choice != "auto":
        return choice == "off"
    if environ.get("TEXTUAL_DISABLE_KITTY_KEY"):
        return False
    return environ.get("TERM_PROGRAM") in LOSING or environ.get("LC_TERMINAL") == "iTerm2"
