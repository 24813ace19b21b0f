"""The linters that haikuterm knows: what turns each on, how it is run, and what its exit codes mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Overlay = Literal["stdin", "tree"]  # how bytes that are not on disk reach it
PYTHON = (".py", ".pyi")
SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")


@dataclass(frozen=True, slots=True)
class Tool:
    """One linter, as plain data.

    suffixes: of the files it speaks of ("" for all). shebang: programs in a first line that count as well.
    evidence: configuration files that turn it on, in the file's folder or one above it, "pyproject.toml#tool.mypy" for
    one that must hold this table; none: always on. program: its name on disk. check: the arguments of a run, {paths}
    is where the files go. stdin: the arguments that read one file from standard input, {path} its name.
    format: of what it prints, a name of core.linters.formats; "": whatever that is recognised as.
    fix: like `check` or `stdin`, printing what the safe fixes make of the file (`fixes` says in which form): "text",
    "eslint" (its JSON), or "edits": those that the findings themselves bring.
    found: exit codes of a run that worked; other than 0 they count as such only if there are findings, for most tools
    have one code for "found something" and for some ways to fail.
    fatal: a regular expression of findings that are about the configuration, so that the tool broke.
    consent: why the user must agree first, or "". config: words in a configuration that make that necessary too.
    rewrites: files that it brings up to date where it runs, so that it never runs in the project itself.
    both: findings may stand on either stream. whole: it looks at the project, not at single files. across: it can be
    asked of single files, but looks at those that they import, too. seconds: its limit.
    """

    name: str
    program: str
    suffixes: tuple[str, ...]
    format: str
    check: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    shebang: tuple[str, ...] = ()
    stdin: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()
    fixes: Literal["", "text", "eslint", "edits", "tree"] = ""
    found: tuple[int, ...] = (0, 1)
    fatal: str = ""
    consent: str = ""
    config: tuple[str, ...] = ()
    both: bool = False
    whole: bool = False
    across: bool = False
    rewrites: tuple[str, ...] = ()
    seconds: float = 120.0

    @property
    def overlay(self) -> Overlay:
        """How it sees bytes that are not on disk: on its standard input, else in a scratch tree."""
        return "stdin" if self.stdin else "tree"


def command(name: str, words: Sequence[str], suffixes: tuple[str, ...] = ("",), consent: str = "") -> Tool:
    """A linter that somebody named by its command, whatever it prints: SARIF, rdjson, path:line:column: message.

    words: the program and its arguments; the files go where {paths} stands, else at the end. consent: as for Tool,
    needed where the repository's own settings named it.
    """
    arguments = tuple(words[1:]) if "{paths}" in words else (*words[1:], "{paths}")
    return Tool(name, words[0], suffixes, "", check=arguments, both=True, consent=consent)


# No cache in the repository; files are named to it; and with `fix-only = true` in its settings --no-fix alone writes.
_RUFF = ("check", "--no-cache", "--quiet", "--force-exclude", "--no-fix-only")
_ESLINT = ("--no-color", "-f", "json")

TOOLS = (
    Tool(
        "ruff", "ruff", PYTHON, "ruff",
        check=(*_RUFF, "--output-format", "json", "--no-fix", "--", "{paths}"),
        stdin=(*_RUFF, "--output-format", "json", "--no-fix", "--stdin-filename={path}", "-"),
        fix=(*_RUFF, "--fix", "--no-unsafe-fixes", "--stdin-filename={path}", "-"),
        fixes="text", seconds=60.0,
    ),
    Tool(
        "mypy", "mypy", PYTHON, "mypy",
        evidence=("mypy.ini", ".mypy.ini", "pyproject.toml#tool.mypy", "setup.cfg#mypy"),
        check=("-O", "json", "--cache-dir={cache}/mypy", "--no-error-summary", "--", "{paths}"),
        found=(0, 1, 2), both=True,
        fatal=r"^(?:\.?mypy\.ini|pyproject\.toml|setup\.cfg):|misc (?:Duplicate module named|Source file found twice)",
        config=("plugins", "python_executable"), across=True,
    ),
    Tool(
        "pyright", "pyright", PYTHON, "pyright",
        evidence=("pyrightconfig.json", "pyproject.toml#tool.pyright"),
        check=("--outputjson", "{paths}"), across=True,
    ),
    Tool(
        "basedpyright", "basedpyright", PYTHON, "pyright",
        evidence=("pyproject.toml#tool.basedpyright",),
        check=("--outputjson", "{paths}"), across=True,
    ),
    Tool(
        "ty", "ty", PYTHON, "ty",
        evidence=("ty.toml", "pyproject.toml#tool.ty"),
        check=("check", "--output-format", "gitlab", "--no-progress", "--", "{paths}"), across=True,
    ),
    Tool(
        "eslint", "eslint", SCRIPTS, "eslint",
        evidence=(
            "eslint.config.js", "eslint.config.mjs", "eslint.config.cjs", "eslint.config.ts", "eslint.config.mts",
            ".eslintrc", ".eslintrc.js", ".eslintrc.cjs", ".eslintrc.json", ".eslintrc.yml", ".eslintrc.yaml",
        ),
        check=(*_ESLINT, "--", "{paths}"),
        stdin=(*_ESLINT, "--stdin", "--stdin-filename={path}"),
        fix=(*_ESLINT, "--fix-dry-run", "--stdin", "--stdin-filename={path}"),
        fixes="eslint",
        consent="its configuration is a program of the repository",
    ),
    Tool(
        "biome", "biome", (*SCRIPTS, ".json", ".jsonc", ".css", ".graphql"), "rdjson",
        evidence=("biome.json", "biome.jsonc"),
        check=(
            "lint", "--reporter=rdjson", "--max-diagnostics=none", "--no-errors-on-unmatched", "--colors=off",
            "--", "{paths}",
        ),
        fatal=r": (?:fs|internalError)/",
        fix=("lint", "--write", "--colors=off", "--stdin-file-path={path}"),
        fixes="text",
    ),
    Tool(
        "tsc", "tsc", (".ts", ".mts", ".cts", ".tsx"), "tsc",
        evidence=("tsconfig.json",),
        check=("--noEmit", "--pretty", "false", "--incremental", "--tsBuildInfoFile", "/dev/null"),
        found=(0, 1, 2), fatal=r"^(?:[^:]*tsconfig[^/:]*\.json)?:", whole=True,
    ),
    Tool(
        "clippy", "cargo", (".rs",), "cargo",
        evidence=("Cargo.toml",),
        check=("clippy", "--message-format=json", "--quiet", "--all-targets", "--target-dir={cache}/cargo"),
        found=(0, 101), fixes="edits", whole=True, rewrites=("Cargo.lock",), seconds=600.0,
        consent="it runs the build scripts and macros of the repository and of its dependencies",
    ),
    Tool(
        "golangci-lint", "golangci-lint", (".go",), "golangci-lint",
        evidence=(".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json"),
        check=("run", "--output.json.path=stdout", "--show-stats=false", "--fix=false", "./..."),
        whole=True, seconds=300.0,
        consent="it builds the packages of the repository, with its plugins",
    ),
    Tool(
        "go vet", "go", (".go",), "go-vet",
        evidence=("go.mod",),
        check=("vet", "-json", "./..."),
        found=(0, 1, 2), both=True, whole=True, seconds=300.0,
        consent="it builds the packages of the repository",
    ),
    Tool(
        "shellcheck", "shellcheck", (".sh", ".bash", ".ksh", ".dash"), "shellcheck",
        shebang=("sh", "bash", "dash", "ksh"),
        check=("-f", "json1", "--", "{paths}"),
        fixes="edits", fatal=r": SC1134 ",
    ),
    Tool(
        "pre-commit", "pre-commit", ("",), "pre-commit",
        evidence=(".pre-commit-config.yaml",),
        check=("run", "--color", "never", "--files", "{paths}"),
        fixes="tree", seconds=300.0,
        consent="its hooks are commands that the repository names",
    ),
)  # fmt: skip
