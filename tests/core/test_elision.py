"""What stands for code left out is found, and real comments with dots or such words are not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from haikuterm.core.elision import is_placeholder, left_out, placeholder, shrunk

STANDARD_LIBRARY = Path(ast.__file__).parent

PLACEHOLDERS = [
    "...",
    "# ...",
    "    # ... existing code ...",
    "// ... rest of the function remains the same",
    "  // existing code",
    "/* ... other styles ... */",
    "<!-- ... rest of the page ... -->",
    "{/* ... existing props ... */}",
    "-- remaining code unchanged",
    "# (rest of the file unchanged)",
    "[rest of the code]",
    "# …",
    "# ... (unchanged)",
    ";; ... remaining definitions",
    "# code omitted for brevity",
    "# same as before",
]
# Lines of real projects, or of their kind; the first two are of httpx ee432c0d30 and pytest 039ec87c64.
REAL = [
    "# The default set is... :",
    "# Wait a bit... this may take long, see #1234",
    "# give the workers time to finish...",
    "# see RFC 3986... section 3",
    "# the rest of the arguments are passed on to the handler",
    "# The existing code relies on this order of the handlers",
    "# other tests rely on this",
    "# TODO: the remaining work is in the parser...",
    "const all = [...first, ...rest];",
    "    ...rest,",
    "    ...props",
    "cube[..., 0]",
    "def f() -> int: ...",
    "label = 'Loading...'",
    "raise NotImplementedError  # ... yet",
    "# Existing connections are closed first.",
    "# unchanged lines are drawn dim",
    "..........................F....... [ 50%]",
]


@pytest.mark.parametrize("line", PLACEHOLDERS)
def test_a_line_that_stands_for_code_is_a_placeholder(line: str) -> None:
    assert is_placeholder(line)


@pytest.mark.parametrize("line", REAL)
def test_a_line_that_only_holds_dots_or_such_words_is_none(line: str) -> None:
    assert not is_placeholder(line)


def test_only_what_is_added_and_was_nowhere_before_counts() -> None:
    assert placeholder(["# ..."], ["x", "# ..."], ["x"]) == "# ..."
    assert placeholder(["  # ..."], ["x", "  # ..."], ["# ..."]) == ""
    assert placeholder([], ["# ..."], []) == ""


def test_dots_are_the_body_of_a_definition_that_is_new_itself() -> None:
    assert placeholder(["def f():", "    ..."], ["def f():", "    ..."], ["x"]) == ""
    assert placeholder(["    ..."], ["def f():", "    ..."], ["def f():"]) == "..."
    assert placeholder(["...", ">>> x"], [">>> for x in y:", "...", ">>> x"], []) == ""


LEFT_OUT = {
    "x = 1\n# ... rest of the code unchanged\ny = 2\n": "# ... rest of the code unchanged",
    "let x;\n// existing code\nlet y;\n": "// existing code",
    "x = 1\n...\n": "...",
    "x = 1\n\n# ...\n\n": "# ...",
    "class A:\n    # ... other methods\n    x = 1\n": "# ... other methods",
    "function f() {\n  // ...\n}\nf()\n": "// ...",
    "/* ... */": "/* ... */",
    "# rest of the file remains the same": "# rest of the file remains the same",
    "<p>a</p>\n<!-- rest of the page -->\n<p>b</p>\n": "<!-- rest of the page -->",
    "x = 1\n# Remaining code unchanged\n": "# Remaining code unchanged",
    "// ... keep existing imports\nlet x;\n": "// ... keep existing imports",
}
WHOLE = [
    "",
    "...",
    "def f() -> int: ...\n\n\nclass A(Protocol):\n    def g(self) -> None:\n        ...\n",
    "---\nname: a\n...\n",
    ">>> for x in y:\n...     x\n...\n",
    "# Other functions\ndef f():\n    pass\n",
    "# the remaining functions\ndef f():\n    pass\n",
    "# Sends what is left of it after the header and\n# the rest of the code.\nx = 1\n",
    "const {\n  a,\n  ...rest\n} = b;\n",
    "# Usage\n\nCall it, wait... and see.\n\n```js\nfunction f() {\n  // ...\n}\n```\n\nDone.\n",
    "def test_it():\n    assert left_out('# ...') == '# ...'\n",
]


@pytest.mark.parametrize("text", LEFT_OUT)
def test_a_new_file_that_leaves_code_out_is_found_by_its_line(text: str) -> None:
    assert left_out(text) == LEFT_OUT[text]


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_file_is_whole(text: str) -> None:
    assert left_out(text) == ""


def test_no_file_of_the_standard_library_leaves_code_out() -> None:
    files = [*STANDARD_LIBRARY.glob("*.py"), *(STANDARD_LIBRARY / "asyncio").glob("*.py")]
    assert len(files) > 150
    assert {file.name: line for file in files if (line := left_out(file.read_text("utf-8")))} == {}


@pytest.mark.parametrize(
    "line", ["#" + "." * 50_000 + "x", "# existing code " + "is " * 200 + "x", "# ..." + " " * 50_000 + "x"]
)
def test_a_line_made_to_take_long_does_not(line: str) -> None:
    assert not is_placeholder(line)
    assert left_out(f"x\n{line}\n") == ""


OLD = [f"line {n}" for n in range(20)]


def test_a_text_that_lost_two_fifths_or_an_end_is_hardly_the_whole() -> None:
    assert "8 lines of text where the file has 20" in shrunk(OLD, OLD[:8])
    assert "the file's last 4 lines" in shrunk(OLD, OLD[:16])
    assert "the file's first 3 lines" in shrunk(OLD, OLD[3:])
    assert "ends in a placeholder" in shrunk(OLD, [*OLD, "# ..."])


def test_a_text_that_lost_lines_here_and_there_is_the_whole() -> None:
    assert shrunk(OLD, [row for n, row in enumerate(OLD) if n % 3 != 1]) == ""
    assert shrunk(OLD, [*OLD[:-3], "one for three"]) == ""
    assert shrunk(OLD, OLD[2:]) == ""
