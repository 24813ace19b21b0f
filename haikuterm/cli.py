"""Arguments in, exit code out; picks a face."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import signal
import sys
import traceback
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from haikuterm import __version__
from haikuterm.core.errors import HaikutermError, SettingsError

if TYPE_CHECKING:
    from haikuterm.core.settings import Settings
    from haikuterm.engine.engine import Engine
    from haikuterm.engine.fix import Order

EXIT_CODES = (
    "exit codes: 0 done, 1 not all was done, 2 usage or settings, 3 the API failed, 4 budget, 130 interrupted, "
    "143 terminated"
)
TERMINATED = 128 + signal.SIGTERM  # what a shell reports of a program that ended on this signal


def main(argv: Sequence[str] | None = None) -> int:
    """Run haikuterm and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words[:1] == ["local"]:
            return _local(words[1:])
        if words[:1] == ["models"]:
            return _models(words[1:])
        if words[:1] in (["cost"], ["audit"]):
            return _accounts(words)
        if words[:1] == ["fix"]:
            return _fix(words[1:])
        if words[:1] in (["undo"], ["redo"]):
            return _take_back(words)
        return _talk(_parser().parse_args(words))
    except HaikutermError as error:
        print(f"haikuterm: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # the one place that catches everything: a person should not be shown a traceback
        return _crashed(error)


def _accounts(words: list[str]) -> int:
    """What was spent, or the proof of it; no conversation, no network."""
    from haikuterm.ui import accounts
    from haikuterm.wiring import ledger

    books, root = ledger()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return accounts.run(words, books, root, sys.stdout, plain=plain)


def _crashed(error: Exception) -> int:
    """Say what happened in a sentence and keep the traceback for a report."""
    if os.environ.get("HAIKUTERM_DEBUG"):
        raise error
    from haikuterm.adapters.config import state_folder

    log = state_folder() / "crash.log"
    print(f"haikuterm: an error of ours: {type(error).__name__}: {error}", file=sys.stderr)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        print(f"The details are in {log}. Your files and the conversation are kept.", file=sys.stderr)
    except OSError as trouble:
        print(
            f"The details could not be written to {log} ({trouble.strerror}). HAIKUTERM_DEBUG=1 shows them here.",
            file=sys.stderr,
        )
    return 1


def _run(face: Coroutine[Any, Any, int]) -> int:
    """Run a face to its end and return its exit code; SIGTERM stops the turn as Ctrl+C does, so that it is kept."""
    return asyncio.run(_stoppable(face))


async def _stoppable(face: Coroutine[Any, Any, int]) -> int:
    loop, task, terminated = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()
    assert task is not None

    def stop() -> None:
        terminated.set()
        task.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    try:
        code = await face
    except asyncio.CancelledError:
        if not terminated.is_set():
            raise
    return TERMINATED if terminated.is_set() else code


def _dollars(text: str) -> Decimal:
    """An amount of the command line."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount in US dollars such as 0.50")
    return amount


PRINT_HELP = (
    "answer and exit; what is piped in goes with the PROMPT, or is the prompt itself where none is given "
    "(then no /command is run)"
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="haikuterm",
        description="A terminal chat and coding assistant: small model first, verified edits, a true bill.",
        epilog=f"commands: fix | local pull, list, remove | undo | redo | models | cost | audit. {EXIT_CODES}.",
    )
    parser.add_argument("path", nargs="*", metavar="PATH", help="files to attach")
    parser.add_argument("-p", "--print", dest="prompt", nargs="?", const="", metavar="PROMPT", help=PRINT_HELP)
    parser.add_argument("-m", "--model", help="haiku, sonnet, opus, haiku-4.5, ... or any id")
    parser.add_argument("-c", "--continue", dest="resume", action="store_true", help="go on with the last conversation")
    parser.add_argument("--local", action="store_true", default=None, help="run the embedded model: free, no key")
    parser.add_argument("--base-url", metavar="URL", help="another endpoint that speaks the Messages API")
    parser.add_argument("--effort", help="low, medium, high, xhigh or max, where the model takes it")
    parser.add_argument("--inline", action="store_true", help="no full screen: prompt and answers in your scrollback")
    parser.add_argument("--plain", action="store_true", help="inline with words for signs, for screen readers")
    parser.add_argument("--output-format", choices=("text", "json", "stream-json"), default="text", help="with -p")
    writing = parser.add_mutually_exclusive_group()
    writing.add_argument("-y", "--yes", action="store_true", default=None, help="write edits without asking")
    writing.add_argument("--dry-run", action="store_true", help="print the diff, write nothing (the default with -p)")
    parser.add_argument("--no-check", dest="check", action="store_false", default=None, help="no linter after a write")
    parser.add_argument(
        "--max-budget-usd", "--max-price", type=_dollars, metavar="USD", help="stop before more is spent"
    )
    parser.add_argument("--max-tokens", type=int, metavar="N", help="longest answer")
    parser.add_argument("--theme", help="dark, light, ansi, high-contrast, ...")
    parser.add_argument("--no-mouse", dest="mouse", action="store_false", default=None, help="leave the mouse alone")
    parser.add_argument("--version", action="version", version=f"haikuterm {__version__}")
    return parser


SETTING_FLAGS = (
    "model", "local", "base_url", "effort", "yes", "check", "max_budget_usd", "max_tokens", "theme", "mouse",
)  # fmt: skip


def _settings(args: argparse.Namespace, names: Sequence[str] = SETTING_FLAGS) -> Settings:
    from haikuterm.adapters import models_file
    from haikuterm.adapters.config import load
    from haikuterm.core.models import adopt

    adopt(models_file.read())
    flags: dict[str, Any] = {name: getattr(args, name) for name in names}
    return load(flags, os.environ)


def _talk(args: argparse.Namespace) -> int:
    """A conversation in the face that fits: headless, inline or full screen."""
    settings = _settings(args)
    if args.prompt is not None:
        return _headless(args, settings)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SettingsError('haikuterm needs a terminal. Without one, ask with -p: haikuterm -p "fix the lint" app.py')
    _fetch_weights(settings)
    return _inline(args, settings) if args.inline or args.plain else _full_screen(args, settings)


def _headless(args: argparse.Namespace, settings: Settings) -> int:
    from haikuterm.ui import headless
    from haikuterm.wiring import build

    stdin = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()
    if not args.prompt and not stdin.strip():
        raise SettingsError('-p needs a prompt: haikuterm -p "fix the lint" app.py')
    engine = build(settings, resume=args.resume)
    return _run(
        headless.run(
            engine,
            args.prompt or _as_prompt(stdin),
            args.path,
            stdin_text=stdin if args.prompt else "",
            output_format=args.output_format,
            out=sys.stdout,
            err=sys.stderr,
        )
    )


def _as_prompt(piped: str) -> str:
    """The piped text as a prompt: only what a person typed may be a /command."""
    return f"Answer this:\n{piped}" if piped.lstrip().startswith("/") else piped


def _inline(args: argparse.Namespace, settings: Settings) -> int:
    from haikuterm.ui import repl, theme
    from haikuterm.wiring import build

    engine = build(settings, resume=args.resume)
    code = _run(repl.run(engine, theme.load(settings.theme), paths=args.path, plain=args.plain))
    _farewell(engine)
    return code


def _full_screen(args: argparse.Namespace, settings: Settings) -> int:
    from haikuterm.adapters.config import keep_key
    from haikuterm.ui.tui import app

    engines: list[Engine] = []

    def build(now: Settings) -> Engine:
        from haikuterm.wiring import build  # after the first frame: some 50 ms of imports

        engines.append(build(now, resume=args.resume))
        return engines[-1]

    attach = f"/add {shlex.join(args.path)}" if args.path else ""
    code = app.run(settings, build, settings.theme, attach, keep_key)
    for engine in engines[-1:]:
        _farewell(engine)
    return code


def _farewell(engine: Engine) -> None:
    """One line on the way out: what it cost, and how to go on."""
    from haikuterm.ui.present import total

    if engine.session.messages:
        status = engine.status
        print(f"session {status.session_id}: {total(status.session)}. `haikuterm -c` goes on here.")


def _fetch_weights(settings: Settings) -> None:
    """Fetch the embedded model before the screen is taken, with a progress bar of its own."""
    from haikuterm.core.models import catalogue

    model = catalogue().resolve(settings.model_name)
    if not model.local:
        return
    from haikuterm.ui import local
    from haikuterm.wiring import local_models

    models = local_models()
    if not any(file.present for file in models.list() if file.model.id == model.id):
        code = local.run(models, "pull", model.id, sys.stdout, sys.stderr)
        if code:
            raise SystemExit(code)


def _local(words: Sequence[str]) -> int:
    """`haikuterm local pull|list|remove [NAME]`."""
    from haikuterm.core.models import DEFAULT_LOCAL
    from haikuterm.ui import local
    from haikuterm.wiring import local_models

    parser = argparse.ArgumentParser(prog="haikuterm local", description="The embedded models of this machine.")
    parser.add_argument("action", choices=("pull", "list", "remove"))
    parser.add_argument("name", nargs="?", default=DEFAULT_LOCAL, help=f"default: {DEFAULT_LOCAL}")
    args = parser.parse_args(words)
    return local.run(local_models(), args.action, args.name, sys.stdout, sys.stderr)


FIX_HELP = (
    """Fix what the project's linters find: their own safe fixers first, free, then the model, each fix verified."""
)
FIX_CODES = (
    "exit codes: 0 nothing is left, 1 findings are left, not all was written or a linter could not run, "
    "2 usage or settings, 3 the API failed, 4 budget, 130 interrupted"
)
FIX_FLAGS = ("model", "local", "base_url", "yes", "max_budget_usd", "escalate")


def _fix_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="haikuterm fix", description=FIX_HELP, epilog=f"{FIX_CODES}.")
    add = parser.add_argument
    add("path", nargs="*", metavar="PATH", help="files, folders or globs; - reads findings of a linter or of pytest "
        "from stdin; default: what differs from the last commit")  # fmt: skip
    add("--all", action="store_true", help="all files of the project")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="change nothing, ask no model; 1 if there are findings")
    what.add_argument("-y", "--yes", action="store_true", default=None, help="write what is verified without asking")
    add("--no-model", dest="free", action="store_true", help="only the linters' own fixers, free")
    add("--test", metavar="CMD", default="", help="must pass too (in a copy of the tree) before a fix counts")
    add("-M", "--message", metavar="WORDS", default="", help="what the model is told besides")
    add("-m", "--model", help="haiku, sonnet, opus, haiku-4.5, ... or any id")
    add("--local", action="store_true", default=None, help="the embedded model: free, no key")
    add("--base-url", metavar="URL", help="another endpoint that speaks the Messages API")
    add("--max-budget-usd", type=_dollars, metavar="USD", help="stop before more is spent")
    add("--escalate", choices=("ask", "auto", "never"), help="whether a bigger model is asked once for what is left")
    add("--output-format", choices=("text", "json", "sarif", "stream-json"), default="text")
    return parser


def _fix(words: Sequence[str]) -> int:
    """`haikuterm fix [PATH...]`: the lint ladder as a command."""
    from haikuterm.engine.fix import Order
    from haikuterm.ui import fixing
    from haikuterm.ui.dialogue import terminal_dialogue
    from haikuterm.wiring import build

    parser = _fix_parser()
    args = parser.parse_args(words)
    piped = "-" in args.path
    if (args.all and args.path) or (piped and len(args.path) > 1):
        parser.error("give PATHs, --all or -, one of them")
    settings = _settings(args, FIX_FLAGS)
    text = _piped() if piped else ""
    engine = build(settings, offline=True)
    order = Order(
        ("--all",) if args.all else tuple(args.path), args.message, test=args.test, free=args.free, dry=args.check
    )
    order, notes = _doctored(order, text, engine) if piped else (order, ())
    person = not args.check and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    asker = terminal_dialogue() if person else None
    return _run(
        fixing.run(
            engine, order, output_format=args.output_format, out=sys.stdout, err=sys.stderr, asker=asker, notes=notes
        )
    )


def _piped() -> str:
    """What is on stdin; afterwards stdin is the terminal, if there is one, so that a person can be asked."""
    if sys.stdin is None or sys.stdin.isatty():
        raise SettingsError("- reads findings that are piped in: ruff check --output-format json | haikuterm fix -")
    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDWR)
        os.dup2(terminal, sys.stdin.fileno())
        os.close(terminal)
    return text


def _doctored(order: Order, text: str, engine: Engine) -> tuple[Order, tuple[str, ...]]:
    """The order with the findings that were piped in. Raises SettingsError for what is not understood."""
    from haikuterm.engine.doctor import read

    piped = read(text, engine.ports.workspace)
    if piped.tests and piped.findings and not (order.test or order.dry):
        raise SettingsError(
            "These are failures of tests, and nothing about them can be verified without running the tests. "
            "Say how: haikuterm fix - --test 'pytest -q'"
        )
    return replace(order, names=(), findings=piped.findings, evidence=piped.evidence), piped.notes


def _take_back(words: Sequence[str]) -> int:
    """`haikuterm undo` and `haikuterm redo`: what /undo and /redo do."""
    from haikuterm.adapters.config import load
    from haikuterm.ui import headless
    from haikuterm.ui.dialogue import terminal_dialogue
    from haikuterm.wiring import build

    parser = argparse.ArgumentParser(prog=f"haikuterm {words[0]}", description="Files of the last edit, byte for byte.")
    parser.parse_args(words[1:])
    engine = build(load({}, os.environ), offline=True)
    asker = terminal_dialogue() if sys.stdin.isatty() and sys.stderr.isatty() else None
    return _run(headless.command(engine, f"/{words[0]}", sys.stdout, sys.stderr, asker))


def _models(words: Sequence[str]) -> int:
    """`haikuterm models [--refresh]`: what there is, what it can and what it costs."""
    from datetime import date
    from functools import partial

    from haikuterm.core.models import catalogue
    from haikuterm.ui import models
    from haikuterm.wiring import refresh_models

    parser = argparse.ArgumentParser(prog="haikuterm models", description="All models with their limits and prices.")
    parser.add_argument("--refresh", action="store_true", help="ask the endpoint what it offers (never prices)")
    parser.add_argument("-m", "--model", help="the model in use")
    parser.add_argument("--base-url", metavar="URL", help="another endpoint")
    args = parser.parse_args(words)
    settings, today = _settings(args, ("model", "base_url")), date.today()
    refresh = partial(refresh_models, settings, today) if args.refresh else None
    return _run(models.run(catalogue().resolve(settings.model_name), today, sys.stdout, refresh))
