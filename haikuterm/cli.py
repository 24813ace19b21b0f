"""Arguments in, exit code out; picks a face."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from io import TextIOWrapper
from typing import TYPE_CHECKING

from haikuterm import __version__
from haikuterm.core.errors import HaikutermError, SettingsError
from haikuterm.subcommands import SUBCOMMANDS, dollars, run_face, settings_of
from haikuterm.ui.arguments import Arguments
from haikuterm.ui.first_frame import FirstFrame
from haikuterm.ui.kitty_keys import spares_text

if TYPE_CHECKING:
    from haikuterm.core.settings import Settings
    from haikuterm.engine.engine import Engine
    from haikuterm.ui.ground import Answers
    from haikuterm.ui.theme import Wardrobe

EXIT_CODES = (
    "exit codes: 0 done, 1 not all was done, 2 usage or settings, 3 the API failed, 4 budget, 130 interrupted, "
    "143 terminated"
)


def main(argv: Sequence[str] | None = None, frame: FirstFrame | None = None) -> int:
    """Run haikuterm and return its exit code.

    frame: has the terminal already, perhaps; it is left before anything is said.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # what its encoding cannot say is written as an escape of backslashes
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(list(sys.argv[1:] if argv is None else argv), frame or FirstFrame())
    except HaikutermError as error:
        print(f"haikuterm: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # the one place that catches everything: a person should not be shown a traceback
        return _crashed(error)


def _run(words: Sequence[str], frame: FirstFrame) -> int:
    try:
        if words and words[0] in SUBCOMMANDS:
            return SUBCOMMANDS[words[0]](words)
        return _talk(_parser().parse_args(words), frame)
    finally:
        frame.leave()


def _crashed(error: Exception) -> int:
    """Say what happened in a sentence and keep the traceback for a report."""
    import traceback

    from haikuterm.adapters.config import state_folder
    from haikuterm.adapters.withheld import named
    from haikuterm.core.concealing import conceal

    report = conceal("".join(traceback.format_exception(error)), os.environ, named())
    if os.environ.get("HAIKUTERM_DEBUG"):
        print(report, file=sys.stderr)
        return 1

    log = state_folder() / "crash.log"
    said = f"haikuterm: an error of ours: {type(error).__name__}: {error}"
    print(conceal(said, os.environ, named()), file=sys.stderr)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(report, encoding="utf-8")
        print(f"The details are in {log}. Your files and the conversation are kept.", file=sys.stderr)
    except OSError as trouble:
        print(
            f"The details could not be written to {log} ({trouble.strerror}). HAIKUTERM_DEBUG=1 shows them here.",
            file=sys.stderr,
        )
    return 1


PRINT_HELP = (
    "answer and exit; what is piped in goes with the PROMPT, or is the prompt itself where none is given "
    "(then no /command is run)"
)


def _parser() -> Arguments:
    parser = Arguments(
        prog="haikuterm",
        description="A terminal chat and coding assistant: small model first, verified edits, a true bill.",
        epilog=f"commands, each with --help: {', '.join(SUBCOMMANDS)}. {EXIT_CODES}.",
    )
    parser.add_argument("path", nargs="*", metavar="PATH", help="files to attach")
    parser.add_argument("-p", "--print", dest="prompt", nargs="?", const="", metavar="PROMPT", help=PRINT_HELP)
    parser.add_argument("-m", "--model", help="haiku, sonnet, opus, haiku-4.5, ... or any id")
    parser.add_argument("-c", "--continue", dest="resume", action="store_true", help="go on with the last conversation")
    parser.add_argument("--local", action="store_true", default=None, help="run the embedded model: free, no key")
    parser.add_argument("--base-url", metavar="URL", help="another endpoint that speaks the Messages API")
    parser.add_argument("--offline", action="store_true", default=None, help="send nothing over the network")
    parser.add_argument("--effort", help="low, medium, high, xhigh or max, where the model takes it")
    parser.add_argument("--inline", action="store_true", help="no full screen: prompt and answers in your scrollback")
    parser.add_argument("--plain", action="store_true", help="inline with words for signs, for screen readers")
    parser.add_argument("--output-format", choices=("text", "json", "stream-json"), default="text", help="with -p")
    writing = parser.add_mutually_exclusive_group()
    writing.add_argument("-y", "--yes", action="store_true", default=None, help="write edits without asking")
    writing.add_argument("--dry-run", action="store_true", help="print the diff, write nothing (the default with -p)")
    parser.add_argument("--no-check", dest="check", action="store_false", default=None, help="no linter after a write")
    parser.add_argument(
        "--max-budget-usd", "--max-price", type=dollars, metavar="USD", help="stop before more is spent"
    )
    parser.add_argument("--max-tokens", type=int, metavar="N", help="longest answer")
    parser.add_argument("--theme", help="auto, dark, light, ansi, high-contrast, ...")
    parser.add_argument("--no-mouse", dest="mouse", action="store_false", default=None, help="leave the mouse alone")
    parser.add_argument("--version", action="version", version=f"haikuterm {__version__}")
    return parser


SETTING_FLAGS = (
    "model", "local", "base_url", "offline", "effort", "yes", "check", "max_budget_usd", "max_tokens", "theme", "mouse",
)  # fmt: skip


def _talk(args: argparse.Namespace, frame: FirstFrame) -> int:
    """A conversation in the face that fits: headless, inline or full screen."""
    settings = settings_of(args, SETTING_FLAGS)
    if args.prompt is not None:
        return _headless(args, settings)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SettingsError('haikuterm needs a terminal. Without one, ask with -p: haikuterm -p "fix the lint" app.py')
    _fetch_weights(settings, frame)
    args.plain = args.plain or _simple_terminal()
    if args.inline or args.plain:
        return _inline(args, settings)
    return _full_screen(args, settings, frame)


def _simple_terminal() -> bool:
    """Whether the terminal can do no more than print."""
    return sys.platform != "win32" and os.environ.get("TERM", "") in ("", "dumb", "unknown")


def _headless(args: argparse.Namespace, settings: Settings) -> int:
    from haikuterm.ui import headless
    from haikuterm.wiring import build

    stdin = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()
    if not args.prompt and not stdin.strip():
        raise SettingsError('-p needs a prompt: haikuterm -p "fix the lint" app.py')
    unasked = replace(settings, confirm_usd=None)  # there is nobody to ask: a budget is what keeps the price down
    engine = build(unasked, resume=args.resume)
    return run_face(
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
    from haikuterm.ui import repl
    from haikuterm.ui.repl_input import unechoed
    from haikuterm.wiring import build

    with unechoed():
        wardrobe, heard = _asked_wardrobe(settings, ask=not args.plain)
        look = wardrobe.load(settings.theme)
        engine = build(settings, resume=args.resume)
        face = repl.run(engine, look, paths=args.path, plain=args.plain, load_theme=wardrobe.load, heard=heard)
        return run_face(face)


def _full_screen(args: argparse.Namespace, settings: Settings, frame: FirstFrame) -> int:
    frame.show(settings.theme)
    if spares_text(settings.kitty_keys, os.environ):
        os.environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"  # Textual looks at it when it is imported
    from haikuterm.adapters.config import keep_key
    from haikuterm.ui.tui import app

    engines: list[Engine] = []

    def build(now: Settings) -> Engine:
        from haikuterm.wiring import build  # after the first frame: some 50 ms of imports

        engines.append(build(now, resume=args.resume))
        return engines[-1]

    code = app.run(settings, build, _wardrobe(settings, frame.dark()), _attach(args.path), keep_key, frame)
    for engine in engines[-1:]:
        _farewell(engine)
    return code


def _wardrobe(settings: Settings, ground: bool | None) -> Wardrobe:
    """The themes there are, and the one that fits. ground: whether the terminal's is dark, None if nobody knows."""
    from haikuterm.adapters.config import config_folder
    from haikuterm.ui.ground import few_colours
    from haikuterm.ui.theme import Wardrobe, fitting

    automatic = fitting(settings.theme_dark, settings.theme_light, ground, few_colours=few_colours(os.environ))
    return Wardrobe((config_folder() / "themes",), automatic)


def _asked_wardrobe(settings: Settings, *, ask: bool) -> tuple[Wardrobe, tuple[Answers, bytes] | None]:
    """The same for a terminal that nothing has asked yet; what it answers, and the keys that came meanwhile."""
    from haikuterm.ui import ground

    asks = ask and settings.theme == "auto" and sys.platform != "win32" and not ground.few_colours(os.environ)
    heard = ground.ask() if asks else None
    dark = ground.ground(heard[0] if heard else ground.Answers(), os.environ)
    return _wardrobe(settings, dark), heard


def _attach(paths: Sequence[str]) -> str:
    """The first prompt, which attaches the files of the command line; "" if there are none."""
    if not paths:
        return ""
    from shlex import join

    return f"/add {join(paths)}"


def _farewell(engine: Engine) -> None:
    """One line on the way out: what it cost, and how to go on."""
    from haikuterm.ui.greeting import farewell

    for row in farewell(engine.status):
        print(row.text)


def _fetch_weights(settings: Settings, frame: FirstFrame) -> None:
    """Fetch the embedded model before the screen is taken, with a progress bar of its own."""
    from haikuterm.core.models import catalogue

    model = catalogue().resolve(settings.model_name)
    if not model.local:
        return
    from haikuterm.ui import local
    from haikuterm.wiring import local_models

    models = local_models(offline=settings.offline)
    if not any(file.present for file in models.list() if file.model.id == model.id):
        frame.leave()
        code = local.run(models, "pull", model.id, sys.stdout, sys.stderr)
        if code:
            raise SystemExit(code)
