"""The editor is the user's own: a real program on a real file, which is gone afterwards."""

from __future__ import annotations

import signal
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from haikuterm.core.errors import SettingsError
from haikuterm.ui.editor import edit
from tests.ui.own_editor import Install


def test_the_text_that_the_editor_leaves_comes_back_as_it_is(editor: Install) -> None:
    editor(r"""printf 'more\r\n' >> "$1" """)
    assert edit("é\t\n", "a.py") == "é\t\nmore\r\n"


def test_an_editor_that_changes_nothing_gives_the_same_text(editor: Install) -> None:
    editor("true")
    assert edit("a\r\nb", "a.py") == "a\r\nb"


def test_an_editor_that_fails_means_forget_it(editor: Install) -> None:
    editor('echo changed > "$1"; exit 1')
    assert edit("text", "a.py") is None
    editor("kill -9 $$")
    assert edit("text", "a.py") is None
    editor('rm "$1"')
    assert edit("text", "a.py") is None


def test_the_file_is_private_named_as_wished_and_gone_afterwards(editor: Install, tmp_path: Path) -> None:
    editor(f'echo "$1" > {tmp_path}/seen; ls -ld "$(dirname "$1")" >> {tmp_path}/seen; touch "$1~"')
    edit("text", "src/app.py")
    path, listing = (tmp_path / "seen").read_text().splitlines()
    assert Path(path).name == "app.py"
    assert listing.startswith(stat.filemode(stat.S_IFDIR | 0o700))
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("body", ["exit 1", r"""printf '\377' > "$1" """, 'rm "$1"'])
def test_nothing_is_left_behind_whatever_the_editor_does(editor: Install, tmp_path: Path, body: str) -> None:
    editor(body)
    with suppress(SettingsError):
        edit("text", "a.py")
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("COMMIT_EDITMSG", "COMMIT_EDITMSG"), ("../../etc/passwd", "passwd"), ("-c :q\x1b.py", "c__q_.py"),
        ("", "text"), ("..", "text"), ("a\\b.py", "b.py"), ("x" * 300 + ".py", "x" * 77 + ".py"),
    ],
)  # fmt: skip
def test_a_name_cannot_leave_its_folder_or_become_an_option(
    editor: Install, tmp_path: Path, name: str, safe: str
) -> None:
    editor(f'basename "$1" > {tmp_path}/seen')
    edit("text", name)
    assert (tmp_path / "seen").read_text() == f"{safe}\n"


def test_visual_comes_before_editor_and_may_have_arguments(
    editor: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = editor(f'echo "$1 $2" > {tmp_path}/seen')
    monkeypatch.setenv("VISUAL", f"'{script}' --wait 'two words'")
    monkeypatch.setenv("EDITOR", "false")
    assert edit("text", "a.py") == "text"
    assert (tmp_path / "seen").read_text() == "--wait two words\n"


def test_without_a_word_of_the_user_a_usual_editor_is_found_on_the_path(
    editor: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = editor('echo found >> "$1"')
    (tmp_path / "bin").mkdir()
    script.rename(tmp_path / "bin" / "vi")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    monkeypatch.setenv("EDITOR", "")
    assert edit("", "a.py") == "found\n"


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("", "There is no editor: none of nano, vim, vi was found. Set $EDITOR to yours."),
        ("'", "$EDITOR cannot be read as a command: No closing quotation. Look at its quotes."),
        ("/nowhere/ed", "The editor '/nowhere/ed' did not start: No such file or directory."),
    ],
)
def test_what_keeps_it_from_starting_is_a_sentence(
    editor: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, sentence: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("EDITOR", command)
    with pytest.raises(SettingsError) as caught:
        edit("text", "a.py")
    assert str(caught.value).startswith(sentence)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_another_encoding_is_said(editor: Install) -> None:
    editor(r"""printf '\351' > "$1" """)
    with pytest.raises(SettingsError, match="UTF-8"):
        edit("text", "a.py")


def test_ctrl_c_in_the_editor_is_the_editors_and_works_again_afterwards(
    editor: Install,
) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever started the tests may ignore it
    editor('kill -INT $PPID; echo kept > "$1"')
    try:
        assert edit("text", "a.py") == "kept\n"
        assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
