"""The system's clipboard: pictures out of it and text into it, through whichever program of the system can do that."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from haikuterm.core.errors import AttachmentRefused
from haikuterm.core.picture_heads import HEAD, kind_of

PATIENCE = 10.0  # seconds for a program to hand over the picture
_OSASCRIPT = (
    'set f to open for access (POSIX file "{file}") with write permission\n'
    "write (the clipboard as «class PNGf») to f\nclose access f"
)
_POWERSHELL = (
    "Add-Type -AssemblyName System.Windows.Forms,System.Drawing;"
    "$i=[System.Windows.Forms.Clipboard]::GetImage(); if($i -eq $null){{exit 1}};"
    "$m=New-Object IO.MemoryStream; $i.Save($m,[System.Drawing.Imaging.ImageFormat]::Png);"
    "[Convert]::ToBase64String($m.ToArray())"
)


@dataclass(frozen=True, slots=True)
class _Way:
    """A program that reads the clipboard. command: `{kind}` and `{file}` are put in.

    needs: the environment variable without which it cannot work. kinds: as it names them. base64: how it answers.
    """

    program: str
    command: tuple[str, ...]
    needs: str = ""
    kinds: tuple[str, ...] = ("image/png",)
    to_file: bool = False
    base64: bool = False


WAYS = (
    _Way("wl-paste", ("--no-newline", "--type", "{kind}"), "WAYLAND_DISPLAY", ("image/png", "image/jpeg")),
    _Way("xclip", ("-selection", "clipboard", "-target", "{kind}", "-out"), "DISPLAY", ("image/png", "image/jpeg")),
    _Way("pngpaste", ("-",)),
    _Way("osascript", ("-e", _OSASCRIPT), to_file=True),
    _Way("powershell.exe", ("-NoProfile", "-STA", "-Command", _POWERSHELL), base64=True),
    _Way("powershell", ("-NoProfile", "-STA", "-Command", _POWERSHELL), base64=True),
)


@dataclass(frozen=True, slots=True)
class _Writer:
    """A program that takes text for the clipboard. needs: as for _Way. encoding: of its standard input."""

    program: str
    command: tuple[str, ...] = ()
    needs: str = ""
    encoding: str = "utf-8"


WRITERS = (
    _Writer("pbcopy"),
    _Writer("wl-copy", needs="WAYLAND_DISPLAY"),
    _Writer("xclip", ("-selection", "clipboard", "-in"), "DISPLAY"),
    _Writer("xsel", ("--clipboard", "--input"), "DISPLAY"),
    _Writer("clip.exe", needs="WSL_DISTRO_NAME", encoding="utf-16-le"),
    _Writer("tmux", ("load-buffer", "-w", "-"), "TMUX"),
)
REMOTE = ("SSH_CONNECTION", "SSH_TTY")  # there the desktop is another machine's, but for what ssh -X brings


class SystemClipboard:
    """The clipboard of the desktop that the program runs on."""

    def __init__(self, environment: Mapping[str, str] = os.environ, find: Callable[[str], str | None] = which) -> None:
        self._environment = environment
        self._find = find

    def picture(self) -> bytes:
        """The picture in the clipboard; blocks. Raises AttachmentRefused where there is none, or no way to it."""
        ways = [way for way in WAYS if self._find(way.program) and (not way.needs or self._environment.get(way.needs))]
        for way in ways:
            for kind in way.kinds:
                data = _run(self._find(way.program) or way.program, way, kind)
                if kind_of(data[:HEAD]).startswith("image/"):
                    return data
        if ways:
            raise AttachmentRefused(
                "The clipboard holds no picture. Text is pasted with the terminal's own key (Ctrl+Shift+V, Cmd+V)."
            )
        raise AttachmentRefused(f"Nothing here can read a picture from the clipboard. {_advice()} Or attach a file: @.")

    def write(self, text: str) -> bool:
        """Put a text into it, by each program that can; blocks. Whether one did."""
        remote = any(self._environment.get(name) for name in REMOTE)
        done = [
            _write(program, writer, text)
            for writer in WRITERS
            if (not writer.needs or self._environment.get(writer.needs))
            and not (remote and writer.program == "pbcopy")
            and (program := self._find(writer.program))
        ]
        return any(done)


def _write(program: str, writer: _Writer, text: str) -> bool:
    """Hand it over; its output goes nowhere, for those that serve the clipboard stay and would keep a pipe open."""
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            [program, *writer.command],
            input=text.encode(writer.encoding, "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
        )
        return True
    return False


def _advice() -> str:
    if sys.platform == "darwin":
        return "Install pngpaste."
    return "Install wl-clipboard (Wayland) or xclip (X11); over SSH there is no clipboard."


def _run(program: str, way: _Way, kind: str) -> bytes:
    """What the program says is in the clipboard; nothing where it fails."""
    from tempfile import TemporaryDirectory  # kept out of start-up

    with TemporaryDirectory(prefix="haikuterm-") as folder:
        file = Path(folder) / "picture.png"
        command = [program, *_filled(way.command, kind, str(file))]
        with suppress(OSError, subprocess.SubprocessError, ValueError):
            done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=True)
            if way.to_file:
                return file.read_bytes()
            if way.base64:
                from base64 import b64decode

                return b64decode(done.stdout)
            return done.stdout
    return b""


def _filled(command: Sequence[str], kind: str, file: str) -> list[str]:
    return [word.format(kind=kind, file=file) if "{" in word else word for word in command]
