"""Owns the first frame: what the terminal shows, and how it keeps the keys, until the full-screen face takes it over.

It is drawn before anything slow is imported, so this file imports next to nothing, and reads only the lines of the
settings and of the theme that it needs; what it does not understand it draws in the terminal's own colours.
"""

# pathlib would take as long as all of this together:
# ruff: noqa: PTH100, PTH111, PTH120, PTH123

from __future__ import annotations

import gc
import os
import sys

from haikuterm.ui import ground

TYPE_CHECKING = False  # typing itself would be the slowest import here
if TYPE_CHECKING:
    from collections.abc import Sequence

    from haikuterm.ui import indexed

PLACEHOLDER = "Ask.  / commands  @ files  ? keys"
NAME = "haikuterm"
AUTO = "auto"  # no theme, but whichever fits the terminal
ENTER = b"\x1b[?1049h\x1b[?25l\x1b[?2004h"  # the alternate screen, no cursor, pastes in brackets
LEAVE = b"\x1b[0m\x1b[?2004l\x1b[?1049l\x1b[?25h"
ROOM = (5, 4)  # the least columns and rows in which the composer has its border
# What may stand on the command line of a conversation without a chance that the parser says something about it.
SWITCHES = frozenset({"-c", "--continue", "-y", "--yes", "--local", "--offline", "--no-check", "--no-mouse"})
VALUES = frozenset({"-m", "--model", "--theme", "--effort"})


def begins(words: Sequence[str]) -> bool:
    """Whether these words of the command line start the full-screen face for sure, if the terminal takes it."""
    left = iter(words)
    for word in left:
        if word in VALUES:
            value = next(left, "-")
            if value.startswith("-"):
                return False
        elif word.startswith("-"):
            if word not in SWITCHES and word.partition("=")[0] not in VALUES - {"-m"}:
                return False
        elif not ("." in word or "/" in word):  # it could be the name of a subcommand
            return False
    return True


def can_be() -> bool:
    """Whether the terminal takes a frame."""
    if sys.platform == "win32" or os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        return False
    return all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__))


class FirstFrame:
    """The terminal between the start of the program and Textual; `shown` while it has it.

    All of it ends in one of two ways: hand_over() gives the terminal to Textual, leave() gives it back to the shell.
    answers: takes what the terminal answers out of its input; keys: the bytes that came with it.
    """

    def __init__(self) -> None:
        self.answers = ground.Answers()
        self.keys = b""
        self._asked_at = 0.0
        self._before: list[object] | None = None
        self._handlers: dict[int, object] = {}
        self._frame = b""

    @property
    def shown(self) -> bool:
        """Whether the terminal is ours."""
        return self._before is not None

    def show(self, theme: str) -> None:
        """Take the terminal and draw the frame in the colours of the theme; nothing happens if it is there already.

        Keys are neither echoed nor lost from now on. Until the face is ready no garbage is collected: while modules are
        loaded there is hardly any, and looking for it takes a tenth of the time.
        """
        if self.shown or not can_be():
            return
        import signal

        gc.disable()
        self._frame = ENTER + drawn(look(theme), *os.get_terminal_size(1)).encode()
        self._take()
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP"):
            number = getattr(signal, name)
            self._handlers[number] = signal.signal(number, self._stopped if name == "SIGTSTP" else self._ended)
        os.write(2, self._frame)
        if theme == AUTO and not ground.few_colours(os.environ):
            self._ask()

    def _ask(self) -> None:
        """Ask for the terminal's ground; what it answers waits until somebody wants to know."""
        from time import monotonic

        os.write(2, ground.QUERY)
        self.answers.asked, self._asked_at = True, monotonic()

    def dark(self) -> bool | None:
        """Whether the terminal's ground is dark, None where nobody knows; its answer is waited for, but not long."""
        from time import monotonic

        if self.shown:
            self.keys += ground.hear(self.answers, ground.LIMIT - (monotonic() - self._asked_at))
        return ground.ground(self.answers, os.environ)

    def let_interrupt(self) -> None:
        """An interrupt is what it was before: whoever is told of it can end in order now.

        Until then it may not raise: C code that is being imported makes other errors of it, or none.
        """
        import signal

        if (handler := self._handlers.pop(signal.SIGINT, None)) is not None:
            signal.signal(signal.SIGINT, handler)  # type: ignore[arg-type]  # what signal.signal returned

    def hand_over(self) -> list[object] | None:
        """The terminal is another's from now on; returns the line discipline of before, for them to put back."""
        before, self._before = self._before, None
        return before

    def leave(self) -> None:
        """Give the terminal back as it was; nothing happens if it is not ours."""
        gc.enable()
        before = self.hand_over()
        if before is None:
            return
        import signal
        from time import monotonic

        ground.hear(self.answers, ground.LIMIT - (monotonic() - self._asked_at))  # the shell would show it as text
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal returned
        self._give_back(before)

    def _give_back(self, before: list[object]) -> None:
        """What was typed is dropped: it was not meant for the shell."""
        import termios

        termios.tcflush(0, termios.TCIFLUSH)
        termios.tcsetattr(0, termios.TCSANOW, before)  # type: ignore[arg-type]  # what tcgetattr returned
        os.write(2, LEAVE)

    def _take(self) -> None:
        """Let keys wait unseen, Ctrl+Z among them; Ctrl+C alone still interrupts."""
        import termios

        before = termios.tcgetattr(0)
        mode = termios.tcgetattr(0)
        mode[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        mode[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
        mode[6][termios.VMIN] = 1
        mode[6][termios.VTIME] = 0
        off = os.fpathconf(0, "PC_VDISABLE")
        for sign in (termios.VSUSP, termios.VQUIT):
            mode[6][sign] = bytes([off])
        self._before = before
        termios.tcsetattr(0, termios.TCSANOW, mode)

    def _ended(self, number: int, _: object) -> None:
        """Killed or interrupted: nothing has been begun that would have to be ended, but the terminal is given back."""
        self.leave()
        os._exit(128 + number)

    def _stopped(self, *_: object) -> None:
        """Stopped from outside: give the terminal back until the program goes on."""
        import signal

        before = self._before
        if before is None:
            return
        self._give_back(before)
        os.kill(os.getpid(), signal.SIGSTOP)
        self._take()
        os.write(2, self._frame)


# What is drawn


def drawn(colors: dict[str, str], width: int, height: int) -> str:
    """The screen as the face draws it at first: an empty conversation, the composer, an empty status line."""
    ground, text = colors.get("background", ""), colors.get("text", "")
    page, line = _sgr(text, ground), _sgr(colors.get("accent", ""), ground)
    rows = [page + " " * width] * height
    if width > ROOM[0] and height > ROOM[1]:
        words = PLACEHOLDER[: width - 4]
        written = f"{_sgr(ground, text) or INVERSE}{words[0]}{_sgr(colors.get('muted', ''), ground) or DIM}{words[1:]}"
        rows[-4] = f"{line}╭{'─' * (width - 2)}╮"
        rows[-3] = f"{line}│{page} {written}{page}{' ' * (width - 3 - len(words))}{line}│"
        rows[-2] = f"{line}╰{'─' * (width - 2)}╯"
        rows[-1] = f"{_sgr(colors.get('muted', ''), colors.get('surface', ''))} {NAME:<{width - 1}}"
    return "".join(f"\x1b[{number}H{row}\x1b[0m" for number, row in enumerate(rows, 1))


INVERSE, DIM = "\x1b[0;7m", "\x1b[0;2m"


def _sgr(ink: str, ground: str) -> str:
    """The escape for these colours, "" where the terminal's own are meant."""
    codes = [f"{layer}8;{code}" for layer, code in zip((3, 4), _codes(_rgb(ink), _rgb(ground)), strict=True) if code]
    return f"\x1b[0;{';'.join(codes)}m" if codes else ""


def _rgb(color: str) -> indexed.Rgb | None:
    """The parts of a colour "#rrggbb"; None for what only Textual can tell."""
    try:
        red, green, blue = bytes.fromhex(color[1:])
    except ValueError:
        return None
    if "NO_COLOR" in os.environ:  # then Textual makes it grey
        red = green = blue = round(red * 0.2126 + green * 0.7152 + blue * 0.0722)
    return red, green, blue


def _codes(ink: indexed.Rgb | None, ground: indexed.Rgb | None) -> tuple[str, str]:
    """The two colours as the terminal takes them: exact, or of its 256; "" for one that it cannot show."""
    if os.environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        exact = ["2;{};{};{}".format(*color) if color else "" for color in (ink, ground)]
        return exact[0], exact[1]
    if os.environ.get("TERM", "").lower().rpartition("-")[2] not in ("256color", "kitty"):
        return "", ""
    from haikuterm.ui.indexed import nearest, readable

    behind = f"5;{nearest(ground)}" if ground else ""
    return f"5;{readable(ink, ground) if ground else nearest(ink)}" if ink else "", behind


# Where the colours come from


def theme_of(words: Sequence[str]) -> str:
    """The name of the theme that these words, the environment or the settings file ask for."""
    for at, word in enumerate(words):
        if word.startswith("--theme="):
            return word.partition("=")[2]
        if word == "--theme":
            return "".join(words[at + 1 : at + 2])
    named = os.environ.get("HAIKUTERM_THEME", "").strip()
    return named or _lines(f"{_config_folder()}/config.toml").get("theme", AUTO)


def look(theme: str) -> dict[str, str]:
    """The colours of a theme as far as they can be read at a glance: role -> "#rrggbb"; none before they are known."""
    if theme == AUTO:
        theme = _guess()
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folders = (f"{_config_folder()}/themes", f"{package}/themes", f"{os.path.dirname(package)}/themes")
    named = [found for folder in folders if (found := _lines(f"{folder}/{theme}.toml"))]
    if not named or named[0].get("ansi") == "true":
        return {}
    base = "light" if named[0].get("dark") == "false" else "dark"
    shipped = [found for folder in folders[1:] if (found := _lines(f"{folder}/{base}.toml"))]
    return {**shipped[0], **named[0]} if shipped and base != theme else named[0]


def _guess() -> str:
    """The theme that fits, as far as that can be known without an answer; "" if it cannot."""
    dark = ground.told(os.environ)
    if dark is None or ground.few_colours(os.environ):
        return ""
    name = "dark" if dark else "light"
    return _lines(f"{_config_folder()}/config.toml").get(f"theme_{name}", name)


def _config_folder() -> str:
    """Where the user's settings are, as platformdirs has it."""
    home = os.path.expanduser("~")
    usual = f"{home}/Library/Application Support" if sys.platform == "darwin" else f"{home}/.config"
    return f"{os.environ.get('XDG_CONFIG_HOME', '').strip() or usual}/{NAME}"


def _lines(file: str) -> dict[str, str]:
    """The lines `name = value` of a file, without quotes; none if it cannot be read."""
    try:
        with open(file, encoding="utf-8", errors="replace") as lines:
            pairs = [line.partition("=") for line in lines if "=" in line]
    except OSError:
        return {}
    return {name.strip(): _plain(value) for name, _, value in pairs}


def _plain(value: str) -> str:
    """What stands in quotes, or the first word."""
    parts = value.replace("'", '"').split('"')
    return parts[1] if len(parts) > 1 else value.partition("#")[0].strip()
