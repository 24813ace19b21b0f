"""Whole functions of a reply as changes to files."""

from __future__ import annotations

import pytest

from haikuterm.core.errors import EditRefused
from haikuterm.core.functions import missing_imports, propose

SOURCE = '''import os


def load(path):
    return open(path).read()


class Shop:
    """A shop."""

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, value):
        self._name = value

    def load(self, path):  # from disk
        return path

    async def fetch(self):
        return 1
'''


def fence(code: str) -> str:
    return f"Here it is:\n\n```python\n{code}```\n\nThat is all."


def after(code: str, source: str = SOURCE) -> str:
    """The file after a reply with this code."""
    proposal = propose(fence(code), {"app.py": source.encode()})
    assert proposal is not None
    [change] = proposal.files
    assert (change.path, change.before) == ("app.py", source.encode())
    assert change.after is not None
    return change.after.decode()


def test_a_function_replaces_the_one_of_its_name_and_nothing_else() -> None:
    new = "def load(path):\n    with open(path) as file:\n        return file.read()\n"
    assert after(new) == SOURCE.replace("def load(path):\n    return open(path).read()\n", new)


def test_a_method_is_found_without_its_class_by_its_first_argument_and_gets_its_indentation() -> None:
    new = "def load(self, path):\n    if path:\n        return path\n"
    old = "    def load(self, path):  # from disk\n        return path\n"
    want = "    def load(self, path):\n        if path:\n            return path\n"
    assert after(new) == SOURCE.replace(old, want)
    assert after("    " + new.replace("\n", "\n    ").rstrip(" ")) == SOURCE.replace(old, want)
    assert after("class Shop:\n    " + new.replace("\n", "\n    ").rstrip(" ")) == SOURCE.replace(old, want)


def test_a_property_and_its_setter_are_told_apart_by_their_decorators() -> None:
    new = "@name.setter\ndef name(self, value):\n    self._name = str(value)\n"
    assert after(new) == SOURCE.replace("self._name = value", "self._name = str(value)")
    getter = "    @property\n    def name(self):\n        return 1\n\n"
    both = f"class Shop:\n{getter}    @name.setter\n    def name(self, v):\n        pass\n"
    changed = after(both)
    assert "        return 1\n" in changed
    assert "    def name(self, v):\n        pass\n" in changed


def test_decorators_that_are_not_repeated_stay() -> None:
    source = "@cache\ndef f():\n    return 1\n"
    assert after("def f():\n    return 2\n", source) == "@cache\ndef f():\n    return 2\n"
    assert after("@lru_cache\ndef f():\n    return 2\n", source) == "@lru_cache\ndef f():\n    return 2\n"


def test_an_async_function_may_become_a_plain_one_and_the_last_of_two_versions_counts() -> None:
    reply = fence("def fetch(self):\n    return 2\n") + fence("def fetch(self):\n    return 3\n")
    proposal = propose(reply, {"app.py": SOURCE.encode()})
    assert proposal is not None
    assert (
        proposal.files[0].after
        == SOURCE.replace("async def fetch", "def fetch").replace("return 1", "return 3").encode()
    )


def test_functions_of_two_files_make_one_proposal() -> None:
    files = {"a.py": b"def f():\n    return 1\n", "b.py": b"def g():\n    return 1\n"}
    proposal = propose(fence("def f():\n    return 2\n\n\ndef g():\n    return 2\n"), files)
    assert proposal is not None
    assert {c.path: c.after for c in proposal.files} == {p: d.replace(b"1", b"2") for p, d in files.items()}


@pytest.mark.parametrize(
    "reply",
    [
        "No code at all.",
        fence("print(1)\n"),
        fence("def other():\n    pass\n"),
        fence("def broken(:\n"),
        "```python\ndef load(path):\n    return 1\n",
        "```bash\nrm -r build\n```",
        fence("def load(path):\n    return open(path).read()\n"),
    ],
    ids=["no fence", "no function", "unknown", "does not parse", "cut off", "another language", "unchanged"],
)
def test_a_reply_without_a_new_function_of_these_files_proposes_nothing(reply: str) -> None:
    assert propose(reply, {"app.py": SOURCE.encode(), "notes.txt": b"def load(path): pass"}) is None


def test_a_name_in_several_places_is_refused_with_the_places() -> None:
    files = {"a.py": b"def f():\n    return 1\n", "b.py": b"\ndef f():\n    return 1\n"}
    with pytest.raises(EditRefused, match=r"several places: a\.py:1 \(f\), b\.py:2 \(f\)"):
        propose(fence("def f():\n    return 2\n"), files)


def test_a_function_that_is_nowhere_is_refused_where_another_one_is_known() -> None:
    with pytest.raises(EditRefused, match="`_read` is in none of the attached files"):
        after("def _read(path):\n    pass\n\n\ndef load(path):\n    return _read(path)\n")


@pytest.mark.parametrize("hole", ["# ... existing code ...", "# rest of the function", "# …"])
def test_code_that_is_left_out_is_refused(hole: str) -> None:
    with pytest.raises(EditRefused, match="leaves code out"):
        after(f"def load(path):\n    {hole}\n    return 1\n")


def test_line_endings_mark_and_missing_last_newline_stay() -> None:
    source = "\ufeffx = 1\r\ndef f():\r\n    return 1"
    assert (
        after("def f():\n    y = 2\n    return y\n", source) == "\ufeffx = 1\r\ndef f():\r\n    y = 2\r\n    return y"
    )


def test_a_file_that_indents_by_tabs_goes_on_doing_so() -> None:
    source = "class A:\n\tdef f(self):\n\t\treturn 1\n"
    want = "class A:\n\tdef f(self):\n\t\tif self:\n\t\t\treturn 2\n"
    assert after("def f(self):\n    if self:\n        return 2\n", source) == want


def test_the_inside_of_a_string_is_not_indented_but_a_docstring_is() -> None:
    new = 'def load(self, path):\n    """Load.\n\n    Twice.\n    """\n    return f"""a\nb{path}\n"""\n'
    docstring = '        """Load.\n\n        Twice.\n        """\n'
    want = f'    def load(self, path):\n{docstring}        return f"""a\nb{{path}}\n"""\n'
    assert want in after(new)


def test_a_function_inside_another_comes_along_with_it() -> None:
    source = "def f():\n    def g():\n        return 1\n    return g\n"
    new = "def f():\n    def g():\n        return 2\n    return g\n\n\ndef g():\n    return 2\n"
    assert after(new, source) == "def f():\n    def g():\n        return 2\n    return g\n"


def test_a_letter_that_the_file_cannot_hold_is_refused() -> None:
    data = "# coding: latin-1\ndef f():\n    return 'ä'\n".encode("latin-1")
    with pytest.raises(EditRefused, match="latin-1"):
        propose(fence("def f():\n    return '…'\n"), {"app.py": data})
    proposal = propose(fence("def f():\n    return 'äh'\n"), {"app.py": data})
    assert proposal is not None
    assert proposal.files[0].after == data.replace(b"\xe4", b"\xe4h")


def test_imports_that_are_missing_are_named_and_left_to_the_user() -> None:
    reply = fence("import os\nimport re, sys\nfrom pathlib import Path\n\ndef load(path):\n    return Path(path)\n")
    files = {"app.py": SOURCE.encode()}
    assert missing_imports(reply, files) == ("import re", "import sys", "from pathlib import Path")
    proposal = propose(reply, files)
    assert proposal is not None
    assert proposal.files[0].after == SOURCE.replace("open(path).read()", "Path(path)").encode()
