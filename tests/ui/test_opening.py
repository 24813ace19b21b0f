"""Links: what may be opened, and what not."""

from __future__ import annotations

from pathlib import Path

import pytest

from haikuterm.ui.tui.opening import target


@pytest.mark.parametrize("address", ["https://example.org/a", "http://localhost:8000", "mailto:a@b.org"])
def test_the_web_and_mail_are_opened(address: str) -> None:
    assert target(address, "") == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://x.org/y",
        "file:///etc/passwd",
        "../outside",
        "//x.org/share",
        "https://x.org/\x1b]8",
        "no.py",
        "",
    ],
)
def test_anything_else_is_not(tmp_path: Path, address: str) -> None:
    assert target(address, str(tmp_path)) == ""


def test_a_file_is_opened_inside_of_the_root_only(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a b.md").write_text("x")
    (tmp_path / "root" / "link").symlink_to(tmp_path)
    root = str(tmp_path / "root")
    assert target("a%20b.md", root) == (tmp_path / "root" / "a b.md").as_uri()
    assert target((tmp_path / "root" / "a b.md").as_uri(), root).endswith("a%20b.md")
    assert target("link", root) == ""
