"""The clipboard's picture comes through whichever program is there, or a sentence says what to install."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from haikuterm.adapters.clipboard import SystemClipboard
from haikuterm.core.errors import AttachmentRefused
from tests.pictures import picture

PNG = picture()


def program(folder: Path, name: str, code: str) -> None:
    """A program of that name that runs this Python code."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!{sys.executable} -IS\nimport sys\n{code}\n")
    (folder / name).chmod(0o755)


def clipboard(folder: Path, **environment: str) -> SystemClipboard:
    def find(name: str) -> str | None:
        return str(folder / name) if (folder / name).exists() else None

    return SystemClipboard(environment, find)


def printing(data: bytes, condition: str = "True") -> str:
    return f"sys.stdout.buffer.write({data!r}) if {condition} else sys.exit(1)"


def test_wl_paste_on_wayland(tmp_path: Path) -> None:
    program(tmp_path / "bin", "wl-paste", printing(PNG, "sys.argv[1:] == ['--no-newline', '--type', 'image/png']"))
    assert clipboard(tmp_path / "bin", WAYLAND_DISPLAY="wayland-0").picture() == PNG


def test_a_photo_is_asked_for_where_there_is_no_png(tmp_path: Path) -> None:
    jpeg = picture(form="JPEG")
    program(tmp_path / "bin", "xclip", printing(jpeg, "'image/jpeg' in sys.argv"))
    assert clipboard(tmp_path / "bin", DISPLAY=":0").picture() == jpeg


def test_pngpaste_and_powershell_and_osascript(tmp_path: Path) -> None:
    program(tmp_path / "a", "pngpaste", printing(PNG))
    program(tmp_path / "b", "powershell.exe", f"print({base64.b64encode(PNG).decode()!r})")
    program(tmp_path / "c", "osascript", f"open(sys.argv[2].split('\"')[1], 'wb').write({PNG!r})")
    for folder in "abc":
        assert clipboard(tmp_path / folder).picture() == PNG


def test_text_in_the_clipboard_is_no_picture(tmp_path: Path) -> None:
    program(tmp_path / "bin", "wl-paste", printing(b"hello"))
    with pytest.raises(AttachmentRefused, match="holds no picture"):
        clipboard(tmp_path / "bin", WAYLAND_DISPLAY="wayland-0").picture()


def test_without_a_program_or_a_display_a_sentence_says_what_to_do(tmp_path: Path) -> None:
    program(tmp_path / "bin", "wl-paste", printing(PNG))
    with pytest.raises(AttachmentRefused, match="Nothing here can read a picture"):
        clipboard(tmp_path / "bin").picture()


def taking(file: Path, condition: str = "True") -> str:
    return f"open({str(file)!r}, 'wb').write(sys.stdin.buffer.read()) if {condition} else sys.exit(1)"


def test_text_is_written_by_what_the_desktop_has(tmp_path: Path) -> None:
    program(tmp_path / "bin", "wl-copy", taking(tmp_path / "wayland"))
    program(tmp_path / "bin", "xclip", taking(tmp_path / "x11", "'-in' in sys.argv"))
    program(tmp_path / "bin", "tmux", taking(tmp_path / "tmux", "sys.argv[1:] == ['load-buffer', '-w', '-']"))
    assert clipboard(tmp_path / "bin", WAYLAND_DISPLAY="wayland-0").write("漢字\n\t x\n")
    assert (tmp_path / "wayland").read_bytes() == "漢字\n\t x\n".encode()
    assert clipboard(tmp_path / "bin", DISPLAY=":0", TMUX="/run/0").write("x")
    assert (tmp_path / "x11").read_bytes() == (tmp_path / "tmux").read_bytes() == b"x"


def test_text_goes_nowhere_where_there_is_no_way_or_the_desktop_is_elsewhere(tmp_path: Path) -> None:
    assert not clipboard(tmp_path / "bin").write("x")
    program(tmp_path / "bin", "pbcopy", taking(tmp_path / "mac"))
    assert not clipboard(tmp_path / "bin", SSH_CONNECTION="1 2 3 4").write("x")
    assert clipboard(tmp_path / "bin").write("x")
    program(tmp_path / "bin", "pbcopy", "sys.exit(1)")
    assert not clipboard(tmp_path / "bin").write("x")
