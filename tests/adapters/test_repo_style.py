"""How a new text file is to be written, as the project says it."""

from __future__ import annotations

import codecs
import gc
import subprocess
from pathlib import Path

import pytest

from haikuterm.adapters.repo import RepoWorkspace
from haikuterm.core.errors import PathRefused
from haikuterm.core.ports import TextStyle


@pytest.mark.parametrize(
    ("said", "style"),
    [
        ("", TextStyle()),
        ("charset = utf-8\nend_of_line = lf\ninsert_final_newline = true", TextStyle(final_newline=True)),
        ("end_of_line = CRLF\ninsert_final_newline = false", TextStyle(eol="\r\n", final_newline=False)),
        ("end_of_line = cr", TextStyle(eol="\r")),
        ("charset = latin1", TextStyle("latin-1")),
        ("charset = utf-8-bom", TextStyle("utf-8", codecs.BOM_UTF8)),
        ("charset = utf-16be", TextStyle("utf-16-be", codecs.BOM_UTF16_BE)),
        ("charset = UTF-16LE", TextStyle("utf-16-le", codecs.BOM_UTF16_LE)),
        ("charset = unset\nend_of_line = unset\ninsert_final_newline = maybe", TextStyle()),
    ],
)
def test_the_editorconfig_is_obeyed(repo: Path, said: str, style: TextStyle) -> None:
    (repo / ".editorconfig").write_text(f"root = true\n[*.py]\n{said}\n")
    assert RepoWorkspace(repo).style("new/x.py") == style
    assert RepoWorkspace(repo).style("new/x.md") == TextStyle()


def test_the_nearest_editorconfig_counts_most(repo: Path) -> None:
    (repo / "src").mkdir()
    (repo / ".editorconfig").write_text("root = true\n[*]\nend_of_line = crlf\ncharset = latin1\n")
    (repo / "src/.editorconfig").write_text("[*]\ncharset = utf-8\n")
    assert RepoWorkspace(repo).style("src/deep/x.py") == TextStyle("utf-8", eol="\r\n")


# The library leaves it to the garbage collector to close a file that it cannot read.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("broken", [b"[*\nend_of_line", b"\xff\xfe[*]\n\xff", b"end_of_line = crlf\n[*\n= =\n"])
def test_a_broken_editorconfig_is_as_none(repo: Path, broken: bytes) -> None:
    (repo / ".editorconfig").write_bytes(b"root = true\n" + broken)
    assert RepoWorkspace(repo).style("x.py") == TextStyle()
    gc.collect()


@pytest.mark.parametrize(
    ("attributes", "settings", "eol"),
    [
        ("*.py eol=crlf", {}, "\r\n"),
        ("*.py text eol=crlf", {}, "\r\n"),
        ("*.py -text eol=crlf", {}, "\n"),
        ("*.py binary", {"core.autocrlf": "true"}, "\n"),
        ("*.py eol=lf", {"core.autocrlf": "true"}, "\n"),
        ("*.py text=auto", {}, "\n"),
        ("*.py text=auto", {"core.autocrlf": "true"}, "\r\n"),
        ("*.py text", {"core.eol": "crlf"}, "\r\n"),
        ("*.py text", {"core.eol": "crlf", "core.autocrlf": "input"}, "\n"),
        ("*.md eol=crlf", {"core.autocrlf": "true"}, "\n"),
    ],
)
def test_the_git_attributes_say_the_line_ending(
    repo: Path, attributes: str, settings: dict[str, str], eol: str
) -> None:
    (repo / ".gitattributes").write_text(attributes + "\n")
    for name, value in settings.items():
        subprocess.run(["git", "config", name, value], cwd=repo, check=True)
    assert RepoWorkspace(repo).style("src/x.py") == TextStyle(eol=eol)


def test_attributes_of_a_folder_and_of_the_repository_count(repo: Path) -> None:
    (repo / "src").mkdir()
    (repo / "src/.gitattributes").write_text("*.py eol=crlf\n")
    (repo / ".git/info").mkdir(exist_ok=True)
    space = RepoWorkspace(repo)
    assert (space.style("src/x.py").eol, space.style("x.py").eol) == ("\r\n", "\n")
    (repo / ".git/info/attributes").write_text("*.py eol=crlf\n")
    assert space.style("x.py").eol == "\r\n"


def test_the_editorconfig_goes_before_the_attributes(repo: Path) -> None:
    (repo / ".gitattributes").write_text("* eol=crlf\n")
    (repo / ".editorconfig").write_text("root = true\n[*]\nend_of_line = lf\n[*.txt]\ncharset = latin1\n")
    assert RepoWorkspace(repo).style("x.py").eol == "\n"
    (repo / ".editorconfig").write_text("root = true\n[*]\ncharset = latin1\n")
    assert RepoWorkspace(repo).style("x.py") == TextStyle("latin-1", eol="\r\n")


def test_outside_of_git_only_the_editorconfig_counts(tmp_path: Path) -> None:
    (tmp_path / ".gitattributes").write_text("* eol=crlf\n")
    assert RepoWorkspace(tmp_path).style("x.py") == TextStyle()


def test_a_path_outside_has_no_style(repo: Path) -> None:
    with pytest.raises(PathRefused):
        RepoWorkspace(repo).style("../x.py")
