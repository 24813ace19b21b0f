"""Files of languages with a grammar wheel must not get more syntax errors; others are not judged."""

from __future__ import annotations

import codecs
from importlib.util import find_spec

import pytest

from haikuterm.adapters.grammars import GRAMMARS, LARGEST, TreeSitterGrammars
from haikuterm.core.changes import FileChange

MISSING = sorted({g.module for g in GRAMMARS.values() if find_spec(g.module) is None})
with_wheels = pytest.mark.skipif(
    bool(MISSING) or find_spec("tree_sitter") is None,
    reason=f"the extra [syntax] is not installed: {', '.join(MISSING) or 'tree_sitter'} is missing",
)

SOURCES = {
    "a.js": ("function f(a) {\n  return a?.b ?? 1;\n}\n", "function f(a) {\n  return a?.b ?? ;\n}\n", 2),
    "a.mjs": ("export const a = 1;\nexport default a;\n", "export const a = 1;\nexport default (a;\n", 2),
    "a.jsx": ("const A = () => <p>hi</p>;\n", "const A = () => <p>hi<p>;\n", 1),
    "a.ts": ("interface A {\n  x: number\n}\n", "interface A {\n  x: number\n", 2),
    "a.tsx": ("const A = (p: {x: number}) => <p>{p.x}</p>;\n", "const A = (p: {x: number}) => <p>{p.x</p>;\n", 1),
    "a.go": ("package main\n\nfunc f() int {\n\treturn 1\n}\n", "package main\n\nfunc f() int {\n\treturn (1\n}\n", 4),
    "a.rs": ("fn f() -> u8 {\n    1\n}\n", "fn f() -> u8 {\n    1 +\n}\n", 2),
    "A.java": ("class A {\n  int x() { return 1; }\n}\n", "class A {\n  int x() { return 1 }\n}\n", 2),
    "a.sh": ("if true; then\n  echo hi\nfi\n", "if true; then\n  echo hi\n", 3),
    "a.yaml": ("a:\n  - 1\nb: {c: 2}\n", "a:\n  - 1\nb: {c: 2\n", 3),
}


def says(path: str, before: str | bytes | None, after: str | bytes | None) -> str:
    """What the grammars say of a change."""
    one, other = (text.encode() if isinstance(text, str) else text for text in (before, after))
    return TreeSitterGrammars().newly_broken(FileChange(path, one, other))


@with_wheels
@pytest.mark.parametrize("path", SOURCES)
def test_an_error_that_is_new_is_named_with_its_line(path: str) -> None:
    right, wrong, line = SOURCES[path]
    assert says(path, right, wrong).startswith(f"line {line}: ")
    assert says(path, None, wrong).startswith("line ") or path == "a.sh"


@with_wheels
@pytest.mark.parametrize("path", SOURCES)
def test_what_parses_or_did_not_parse_before_is_fine(path: str) -> None:
    right, wrong, _ = SOURCES[path]
    assert says(path, None, right) == ""
    assert says(path, right, right + "\n") == ""
    assert says(path, wrong, wrong + "\n") == ""
    assert says(path, wrong, right) == ""


@with_wheels
def test_the_line_is_that_of_the_new_error_and_not_of_an_old_one() -> None:
    before = "let a = ;\n" + "let b = 1;\n" * 5
    assert says("a.js", before, before + "let c = ;\n").startswith("line 7: ")


@with_wheels
def test_a_missing_sign_is_said() -> None:
    assert says("a.go", "package main\n\nfunc f() {\n}\n", "package main\n\nfunc f() {\n").startswith("line ")
    assert "'}' is missing" in says("a.js", "f(() => {\n  g()\n})\n", "function f() {\n  g()\n")


@with_wheels
def test_the_file_s_own_encoding_and_line_endings_do_not_matter() -> None:
    right, wrong, _ = SOURCES["a.js"]
    for encode in (
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    ):
        assert says("a.js", encode(right), encode(right + "\n")) == ""
        assert says("a.js", encode(right), encode(wrong)).startswith("line ")


@with_wheels
def test_what_the_grammar_cannot_read_is_not_judged() -> None:
    assert says("chart.yaml", None, "{{- if .Values.on }}\na: {{ .Values.a }}\n{{- end }}\n") == ""
    assert says("a.js", None, "// @flow\nfunction f(a: ?number): %checks { return !!a; }\n") == ""
    assert says("a.js", b"\0", b"\0{") == ""


@with_wheels
def test_a_new_shell_script_is_not_judged_since_the_grammar_does_not_know_every_form() -> None:
    assert says("a.sh", None, "for file do\n  echo $file\ndone\n") == ""


@with_wheels
def test_a_file_over_a_megabyte_is_not_judged() -> None:
    assert says("a.js", None, "{" * (LARGEST + 1)) == ""
    assert says("a.js", None, "{" * 10) != ""


@with_wheels
def test_a_text_that_takes_the_parser_too_long_is_not_judged() -> None:
    change = FileChange("a.js", b"f()\n", b"a { b: c; }\n" * 5_000)
    assert TreeSitterGrammars(longest=0).newly_broken(change) == ""
    assert TreeSitterGrammars(longest=60).newly_broken(change).startswith("line 1: ")


@pytest.mark.parametrize("path", ["m.py", "p.json", "p.toml", "a.c", "a.html", "README", "a.unknown"])
def test_other_languages_are_not_judged(path: str) -> None:
    assert says(path, "x = 1\n", "x = ((({[\n") == ""


def test_a_file_that_goes_is_not_judged() -> None:
    assert says("a.js", "let x;\n", None) == ""


def test_without_its_wheel_a_language_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "tree_sitter_javascript", None)  # how Python marks what cannot be imported
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    assert says("a.js", "let x;\n", "let let;\n") == ""
    assert says("a.go", "package main\n", "package (\n") == ""
