"""A comment that silences a checker is reported when a change brings it, and only then."""

from __future__ import annotations

import pytest

from haikuterm.core.changes import FileChange
from haikuterm.core.suppressions import suppressions

SILENT = (
    "x = f()  # noqa", "x = f()  # noqa: E501", "x = f()  # type: ignore", "x = f()  # type: ignore[arg-type]",
    "# pylint: disable=unused-import", "# ruff: noqa: F401", "// eslint-disable-next-line no-console",
    "/* eslint-disable */", "// @ts-ignore", "// @ts-expect-error", "// biome-ignore lint: later", "//nolint:errcheck",
    "#[allow(dead_code)]", "#![allow(unused)]", "int x; // NOLINT(runtime/int)", "# shellcheck disable=SC2086",
    "# rubocop:disable Metrics/MethodLength", '@SuppressWarnings("unchecked")', "# pragma: no cover", "# nosec",
)  # fmt: skip


@pytest.mark.parametrize("line", SILENT)
def test_a_new_one_is_reported_with_its_line(line: str) -> None:
    change = FileChange("a", b"one\n", f"one\n{line}\n".encode())
    assert suppressions(change) == (f"line 2: {line}",)


@pytest.mark.parametrize("line", SILENT)
def test_one_that_was_there_is_not_reported_even_if_it_moves_or_its_line_changes(line: str) -> None:
    before, after = f"one\n{line}\ntwo\n", f"two\none and a half\nmore {line}\n"
    assert suppressions(FileChange("a", before.encode(), after.encode())) == ()


def test_a_second_one_a_wider_one_and_a_new_file_are_reported() -> None:
    assert suppressions(FileChange("a", b"a  # noqa\n", b"a  # noqa\nb  # noqa\n")) == ("line 2: b  # noqa",)
    assert suppressions(FileChange("a", b"a  # noqa: E1\n", b"a  # noqa\n")) == ("line 1: a  # noqa",)
    assert suppressions(FileChange("a", None, b"a  # noqa\n")) == ("line 1: a  # noqa",)


@pytest.mark.parametrize("line", ["the noqa of it", "allow(dead_code)", "type ignore", "# a type: ignored rows", "x"])
def test_words_that_only_look_like_it_and_deleted_files_are_not(line: str) -> None:
    assert suppressions(FileChange("a", b"", line.encode())) == ()
    assert suppressions(FileChange("a", line.encode(), None)) == ()
