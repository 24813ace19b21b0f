"""Output that no recording shows: the documented corners of the formats, and text that is none of them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haikuterm.core.findings import TextEdit
from haikuterm.core.linters.formats import FORMATS, recognise
from haikuterm.core.linters.places import characters, from_uri, position, relative
from haikuterm.core.linters.shape import NotThisFormat

RECORDINGS = Path(__file__).parent / "recordings"
WORDS = st.sampled_from(
    """runs results Issues diagnostics comments generalDiagnostics location range start line filePath messages fix edits
    filename code reason message spans posn uri file compiler-message locations physicalLocation region end severity
    artifactLocation startLine""".split()  # noqa: SIM905 - a list of thirty words is easier to read so
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=5) | WORDS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=15
)
PIECES = st.sampled_from(
    """a.py:1:2: E1 m|a.ts(1,2): error TS1: m|a.py:1: error: m  [x]|=== short test summary info ===|\n|\r|E   x|{|}|
    FAILED a.py::t - m|___ t ___|hook....Failed|- hook id: x|  --> a.rs:1:1|error[E1]: m|vet: a.go:1:1: m|# x|\ufeff|
    {"reason": "compiler-message"|\x85|999999999999999999999999|:::::""".split("|")  # noqa: SIM905 - as above
)
RECORDED = sorted(place for place in RECORDINGS.iterdir() if place.is_file())


@given(text=st.text() | JSON.map(json.dumps) | st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join))
def test_no_text_makes_a_parser_fail_otherwise_than_by_saying_no(text: str) -> None:
    for form in FORMATS.values():
        with suppress(NotThisFormat):
            found = form.parse(text, "/repo")
            assert all(isinstance(f.line, int) and f.line >= 0 and f.column >= 0 for f in found)


@settings(max_examples=200)
@given(place=st.sampled_from(RECORDED), data=st.data())
def test_recordings_that_were_cut_or_spoilt_make_no_parser_fail(place: Path, data: st.DataObject) -> None:
    text = place.read_text(encoding="utf-8")
    start, size = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 30))
    spoilt = text[:start] + data.draw(JSON.map(json.dumps) | PIECES | st.text(max_size=3)) + text[start + size :]
    for form in FORMATS.values():
        with suppress(NotThisFormat):
            form.parse(spoilt, "/repo", lambda _: "x\n" * 3)


@settings(max_examples=300)
@given(st.sampled_from([place for place in RECORDED if "json" in place.name or "sarif" in place.name]), st.data())
def test_values_of_another_kind_inside_a_tools_json_make_no_parser_fail(place: Path, data: st.DataObject) -> None:
    text = place.read_text(encoding="utf-8")
    lines = place.suffix == ".jsonl"
    value = [json.loads(line) for line in text.splitlines()] if lines else json.loads(text)
    node, key = value, None
    while isinstance(node, dict | list) and node and data.draw(st.integers(0, 5)):
        parent, key = node, data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        node = parent[key]
    if key is not None:
        parent[key] = data.draw(JSON)
    spoilt = "\n".join(json.dumps(row) for row in value) if lines else json.dumps(value)
    for form in FORMATS.values():
        with suppress(NotThisFormat):
            form.parse(spoilt, "/repo", lambda _: "x\n" * 3)


@given(text=st.text() | JSON.map(json.dumps) | st.lists(PIECES, max_size=12).map("\n".join))
def test_recognising_never_fails(text: str) -> None:
    recognise(text)


@pytest.mark.parametrize(
    "text", ["", "\n", "Hello.\n", "12:34:56 INFO started\n", "{}", "[1]", "null", '{"a": 1}', "[[]"]
)
def test_what_is_no_linters_output_is_recognised_as_nothing(text: str) -> None:
    assert recognise(text) is None


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("lines", "go-vet")])
def test_another_tools_output_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=r"^(This is not|No line).*\.$"):
        FORMATS[name].parse('{"something": "else"}', "/repo")


@pytest.mark.parametrize("piece", [".", " ", "_ ", "a.b", "(", "1:", "=", "E   \n", "a: [x", "FAILED a.py::"])
def test_long_lines_are_read_in_no_time(piece: str) -> None:
    """A regular expression that goes back and forth would not end within the suite's time limit."""
    text = f"{piece * 50_000}\na.py:1: {piece * 50_000}\n=== short test summary info ===\n"
    recognise(text)
    for form in FORMATS.values():
        with suppress(NotThisFormat):
            form.parse(text, "/repo")


def test_deep_nesting_is_refused() -> None:
    for name in ("ruff", "sarif", "cargo", "go-vet"):
        with pytest.raises(NotThisFormat):
            FORMATS[name].parse('{"a":' * 100_000, "/repo")
    assert recognise("[" * 100_000) is None


def sarif(**more: Any) -> str:
    """A log with one result; `more` goes into the run, "result" and "place" into their own objects."""
    place = more.pop("place", {"uri": "a.py"})
    region = {"startLine": 1, "startColumn": 7, "endColumn": 9}
    location = {"physicalLocation": {"artifactLocation": place, "region": region}}
    result = {"ruleId": "R1", "message": {"text": "m"}, "locations": [location], **more.pop("result", {})}
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "T"}}, "results": [result], **more}]})


@pytest.mark.parametrize(
    ("place", "bases", "path"),
    [
        ({"uri": "a%20b/c.py"}, {}, "a b/c.py"),
        ({"uri": "file:///repo/a.py"}, {}, "a.py"),
        ({"uri": "file:///else/a.py"}, {}, "/else/a.py"),
        ({"uri": "/repo/src/a.py"}, {}, "src/a.py"),
        ({"uri": "./a.py"}, {}, "a.py"),
        ({"uri": "a.py", "uriBaseId": "SRC"}, {"SRC": {"uri": "file:///repo/src/"}}, "src/a.py"),
        ({"uri": "a", "uriBaseId": "A"}, {"A": {"uri": "lib/", "uriBaseId": "R"}, "R": {"uri": "/repo/"}}, "lib/a"),
        ({"uri": "a.py", "uriBaseId": "%SRCROOT%"}, {}, "a.py"),
        ({"uri": "a.py", "uriBaseId": "A"}, {"A": {"uri": "x/", "uriBaseId": "A"}}, "x/" * 10 + "a.py"),
        ({"uri": "file:///C:/work/a.py"}, {}, "C:/work/a.py"),
        ({"uri": "http://[broken"}, {}, "http://[broken"),
    ],
)  # fmt: skip
def test_sarif_names_files_in_many_ways(place: dict[str, str], bases: dict[str, Any], path: str) -> None:
    (finding,) = FORMATS["sarif"].parse(sarif(place=place, originalUriBaseIds=bases), "/repo")
    assert finding.path == path


def test_sarif_may_name_the_file_by_its_number() -> None:
    text = sarif(place={"index": 0}, artifacts=[{"location": {"uri": "src/a.py"}}])
    assert FORMATS["sarif"].parse(text, "/repo")[0].path == "src/a.py"


def test_sarif_says_in_which_unit_columns_are() -> None:
    def source(path: str) -> str:
        return '"😀" = nobody\n'

    assert FORMATS["sarif"].parse(sarif(), "/repo", source)[0].column == 7
    assert FORMATS["sarif"].parse(sarif(columnKind="utf16CodeUnits"), "/repo", source)[0].column == 6
    assert FORMATS["sarif"].parse(sarif(columnKind="unicodeCodePoints"), "/repo", source)[0].column == 7


def test_sarif_leaves_out_what_was_suppressed_or_passed() -> None:
    assert FORMATS["sarif"].parse(sarif(result={"suppressions": [{"kind": "inSource"}]}), "/repo") == ()
    assert FORMATS["sarif"].parse(sarif(result={"kind": "pass"}), "/repo") == ()
    assert len(FORMATS["sarif"].parse(sarif(result={"suppressions": [], "kind": "fail"}), "/repo")) == 1


def test_sarif_takes_level_and_message_from_the_rule() -> None:
    rule = {"id": "R1", "defaultConfiguration": {"level": "note"}, "messageStrings": {"m1": {"text": "{0} is not {1}"}}}
    result = {"message": {"id": "m1", "arguments": ["a", "b"]}, "ruleIndex": 0}
    text = sarif(tool={"driver": {"name": "T", "rules": [rule]}}, result=result)
    (finding,) = FORMATS["sarif"].parse(text, "/repo")
    assert (finding.severity, finding.message, finding.code) == ("info", "a is not b", "R1")


def test_rdjson_counts_bytes_as_its_description_says_unless_the_tool_is_known_not_to() -> None:
    row = {"message": "m", "location": {"path": "a.py", "range": {"start": {"line": 1, "column": 8}}}}
    for name, column in (("", 5), ("biome", 8), ("other", 5)):
        text = json.dumps({"source": {"name": name}, "diagnostics": [row]})
        assert FORMATS["rdjson"].parse(text, "/repo", lambda _: '"😀" = x\n')[0].column == column


def test_rdjsonl_is_one_diagnostic_a_line() -> None:
    row = {
        "message": "m", "severity": "ERROR", "code": {"value": "C1", "url": "https://x.example"},
        "source": {"name": "Mine"}, "location": {"path": "a.py", "range": {"start": {"line": 3, "column": 2}}},
        "suggestions": [{"range": {"start": {"line": 3, "column": 2}, "end": {"line": 3, "column": 4}}, "text": "x"}],
    }  # fmt: skip
    text = f"{json.dumps(row)}\n\n{json.dumps(row)}\n"
    assert recognise(text) == FORMATS["rdjsonl"]
    first, _ = FORMATS["rdjsonl"].parse(text, "/repo")
    assert (first.tool, first.code, first.severity, first.line, first.column) == ("mine", "C1", "error", 3, 2)
    assert first.offered == (TextEdit(3, 2, 3, 4, "x"),)


def test_golangci_lint_counts_bytes() -> None:
    """From its documented format: the program itself was not at hand."""
    issue = {
        "FromLinter": "errcheck", "Text": "Error return value is not checked", "Severity": "", "SourceLines": ["..."],
        "Pos": {"Filename": "main.go", "Offset": 99, "Line": 1, "Column": 8}, "ExpectNoLint": False,
    }  # fmt: skip
    text = json.dumps({"Issues": [issue], "Report": {"Linters": []}})
    assert recognise(text) == FORMATS["golangci-lint"]
    (finding,) = FORMATS["golangci-lint"].parse(text, "/repo", lambda _: '"😀" + f()\n')
    assert (finding.code, finding.severity, finding.path, finding.column) == ("errcheck", "warning", "main.go", 5)
    assert FORMATS["golangci-lint"].parse('{"Issues": null}', "/repo") == ()


def test_go_code_that_does_not_compile_is_a_finding() -> None:
    text = "# shop\nvet: ./main.go:9:1: expected declaration, found x\n"
    (finding,) = FORMATS["go-vet"].parse(text, "/repo")
    assert (str(finding), finding.severity) == ("main.go:9:1: compile expected declaration, found x", "error")


def test_the_compiler_of_typescript_may_complain_of_no_file_and_over_several_lines() -> None:
    text = "error TS18003: No inputs were found.\na(b).ts(2,3): error TS2322: A is no B.\n  Its c is missing.\n"
    first, second = FORMATS["tsc"].parse(text, "/repo")
    assert (first.path, first.code) == ("", "TS18003")
    assert (second.path, second.line, second.message) == ("a(b).ts", 2, "A is no B.\n  Its c is missing.")


def test_clippy_says_the_same_of_several_targets_once_and_a_hint_of_several_places_not_at_all() -> None:
    span = {"file_name": "a.rs", "line_start": 1, "line_end": 1, "column_start": 1, "column_end": 2, "is_primary": True}
    other = {**span, "file_name": "b.rs", "suggested_replacement": "x", "suggestion_applicability": "MachineApplicable"}
    said = {"level": "warning", "message": "m", "code": None, "spans": [span], "children": [{"spans": [other]}]}
    line = json.dumps({"reason": "compiler-message", "message": said})
    summary = json.dumps(
        {"reason": "compiler-message", "message": {"level": "warning", "message": "1 warning", "spans": []}}
    )
    (finding,) = FORMATS["cargo"].parse(f"{line}\n{line}\n{summary}\n", "/repo")
    assert (finding.path, finding.edits, finding.offered) == ("a.rs", (), ())


def test_eslint_says_nothing_of_files_that_its_configuration_leaves_out() -> None:
    ignored = {"ruleId": None, "fatal": False, "severity": 1, "message": "File ignored because of a matching pattern."}
    fatal = {"ruleId": None, "fatal": True, "severity": 2, "message": "Parsing error: x", "line": 2, "column": 1}
    text = json.dumps([{"filePath": "/repo/a.js", "messages": [ignored, fatal]}])
    (finding,) = FORMATS["eslint"].parse(text, "/repo")
    assert (finding.code, finding.severity, finding.line) == ("syntax", "error", 2)


def test_eslints_fix_needs_the_text_and_leaves_the_byte_order_mark_out() -> None:
    message = {
        "ruleId": "r",
        "severity": 2,
        "message": "m",
        "line": 1,
        "column": 1,
        "fix": {"range": [0, 3], "text": "let"},
    }
    text = json.dumps([{"filePath": "/repo/a.js", "messages": [message]}])
    assert FORMATS["eslint"].parse(text, "/repo")[0].edits == ()
    assert FORMATS["eslint"].parse(text, "/repo", lambda _: "\ufeffvar a;\n")[0].edits == (TextEdit(1, 1, 1, 4, "let"),)


def test_cells_of_a_notebook_have_no_edits() -> None:
    place = {"row": 1, "column": 1}
    fix = {
        "applicability": "safe",
        "message": "m",
        "edits": [{"content": "", "location": place, "end_location": place}],
    }
    row = {"code": "F401", "filename": "/repo/a.ipynb", "message": "m", "location": place, "cell": 2, "fix": fix}
    assert FORMATS["ruff"].parse(json.dumps([row]), "/repo")[0].edits == ()


def test_clean_runs_have_no_findings() -> None:
    for name, text in (
        ("ruff", "[]"), ("mypy", ""), ("mypy-text", "Success: no issues found in 2 source files\n"), ("tsc", ""),
        ("go-vet", "# shop\n{}\n"), ("pre-commit", "ruff....Passed\n"), ("ty", "[]"), ("lines", ""),
    ):  # fmt: skip
        assert FORMATS[name].parse(text, "/repo") == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("src/a.py:3: message", "src/a.py:3:1:  message"),
        ("a.c:3:4: fatal error: no such file", "a.c:3:4:  no such file"),
        ("C:\\work\\a.py:3:4: E501 too long", "C:/work/a.py:3:4: E501 too long"),
        ("/repo/a.py:3:0: C0114: No docstring (missing)", "a.py:3:1: C0114 No docstring (missing)"),
        ("./a.yaml:3:4: [error] wrong indentation (indentation)", "a.yaml:3:4: indentation [error] wrong indentation"),
        ("  a.py:6:23 - error: unknown (reportX)", "a.py:6:23: reportX unknown"),
    ],
)  # fmt: skip
def test_a_line_with_a_place_and_a_message_is_a_finding(line: str, said: str) -> None:
    (finding,) = FORMATS["lines"].parse(line, "/repo")
    assert str(finding) == said


@given(st.text(alphabet="aé☃😀\n", max_size=20), st.data())
def test_offsets_of_any_unit_lead_to_the_same_character(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    before = text[:at]
    lines = before.split("\n")
    place = (len(lines), len(lines[-1]) + 1)
    assert position(text, len(before.encode()), "utf8") == place
    assert position(text, len(before.encode("utf-16-le")) // 2, "utf16") == place
    assert position(text, at, "characters") == place
    assert characters(text, len(before.encode()), "utf8") == at


def test_paths_outside_of_the_root_stay_as_they_are() -> None:
    assert relative("/repository/a.py", "/repo") == "/repository/a.py"
    assert relative("/repo/x/../a.py", "/repo") == "x/../a.py"
    assert from_uri("untitled:Untitled-1") == "untitled:Untitled-1"
