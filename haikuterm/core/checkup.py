"""What `haikuterm doctor` makes of what it found: for each thing whether it is well, and what to do if not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from haikuterm.core.clouds import CLOUDS, Cloud
from haikuterm.core.errors import HaikutermError, NoCredential
from haikuterm.core.findings import Linter
from haikuterm.core.model_news import ageing, ending
from haikuterm.core.models import Catalogue, Model
from haikuterm.core.places import served
from haikuterm.core.reach import Reached, ahead
from haikuterm.core.settings import Settings

Level: TypeAlias = Literal["ok", "warning", "problem"]
CLOCK = 300.0  # seconds; AWS refuses signatures that are further off, and certificates begin and end by the clock
SMALLEST = (60, 15)  # columns and rows with which the full screen is still of use
PLAIN = ("", "dumb", "unknown")  # what TERM says of a terminal that cannot draw
# Text from input methods is lost with kitty's keyboard protocol there: microsoft/vscode (xterm.js#6112), wezterm#7915,
# iTerm2 (reported for other programs on the same library).
LOSES_TEXT = ("iTerm.app", "WezTerm", "vscode")
METHODS = ("zh", "ja", "ko")  # languages that are typed with an input method


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checkup. advice: what to do, "" where there is nothing."""

    name: str
    level: Level
    said: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Git:
    """What there is of git. version: "" if it is not found. name, email: who commits. root: of the repository, ""
    outside of one. trouble: why git takes no repository that is there, in its own words."""

    version: str = ""
    name: str = ""
    email: str = ""
    root: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the terminal says of itself. program: its name where it tells one. kitty: whether its protocol is used."""

    term: str = ""
    colors: str = ""
    program: str = ""
    columns: int = 80
    rows: int = 24
    encoding: str = "utf-8"
    interactive: bool = True
    tmux: bool = False
    ssh: bool = False
    kitty: bool = True
    language: str = ""


def credential(settings: Settings, model: Model, environ: Mapping[str, str], missing: str) -> Check:
    """Whether there is something to sign requests with, and where it is from. missing: of a cloud, in one sentence."""
    if model.local:
        return Check("key", "ok", "not needed: the model runs on this machine")
    if model.endpoint:
        return _endpoint_key(settings, model.endpoint, environ)
    if settings.provider:
        return _cloud_key(CLOUDS[settings.provider], environ, missing)
    for name in ("api_key", "auth_token"):
        if getattr(settings, name):
            origin = settings.origin(name)
            return Check("key", "ok", f"{name.replace('_', ' ')} from {origin.place or origin.layer}")
    if served(settings, model):
        return Check("key", "ok", "none: the endpoint is not Anthropic's, and may need none")
    return Check("key", "problem", "none", str(NoCredential()))


def _endpoint_key(settings: Settings, name: str, environ: Mapping[str, str]) -> Check:
    endpoint = next((known for known in settings.endpoints if known.name == name), None)
    if endpoint is None or not endpoint.key_env:
        return Check("key", "ok", f"the endpoint {name} needs none")
    if environ.get(endpoint.key_env, "").strip():
        return Check("key", "ok", f"of the endpoint {name} from {endpoint.key_env}")
    return Check(
        "key", "problem", f"{endpoint.key_env} is not set", f"Set it: the endpoint {name} takes its key there."
    )


def _cloud_key(cloud: Cloud, environ: Mapping[str, str], missing: str) -> Check:
    if missing:
        return Check("key", "problem", f"{cloud.title} cannot be asked", missing)
    key = next((name for name in (*cloud.keys, "AWS_BEARER_TOKEN_BEDROCK") if environ.get(name)), "")
    return Check("key", "ok", f"{cloud.title}: {key or 'found by its own tools when the first request is signed'}")


def endpoint(found: Reached | HaikutermError | None) -> Check:
    """Whether the server answers; None: it was not asked."""
    match found:
        case None:
            return Check("endpoint", "ok", "not asked")
        case Reached(asked="", url=url):
            return Check("endpoint", "ok", f"{url} offers nothing that is free to ask; the first prompt will tell")
        case Reached(asked, url, error=None):
            return Check("endpoint", "ok", f"{url} answered (one free request: {asked})")
        case Reached(asked, url, error=error):
            said, level = str(error), _gravity(error.kind if error else "")
            return Check("endpoint", level, f"{url} answers, but not to {asked}", said if level == "problem" else "")
        case _:
            return Check("endpoint", "problem", "no answer of an API", str(found))


def _gravity(kind: str) -> Level:
    """Servers that are not Anthropic's may have no such list; a refused key is another matter."""
    return "problem" if kind in ("authentication", "billing") else "ok" if kind == "rejected" else "warning"


def clock(found: Reached | HaikutermError | None, now: float) -> Check:
    """Whether our clock (`now`, seconds since the epoch) is that of the server."""
    off = ahead(found.date, now) if isinstance(found, Reached) else None
    if off is None:
        return Check("clock", "ok", "not compared: nobody told the time")
    if abs(off) <= CLOCK:
        return Check("clock", "ok", "agrees with the server's" if abs(off) < 5 else f"{abs(off):.0f} s off")
    way = "ahead of" if off > 0 else "behind"
    said = f"{abs(off) / 60:.0f} minutes {way} the server's"
    return Check(
        "clock", "problem", said, "Set it, or turn on network time: TLS and signatures fail with a wrong clock."
    )


def git(found: Git) -> list[Check]:
    """Whether git is there, who commits, and whether this is a repository."""
    if not found.version:
        return [Check("git", "warning", "not found", "Install git: without it there is no /commit and no branch.")]
    checks = [Check("git", "ok", found.version)]
    if found.trouble:
        return [*checks, Check("repository", "warning", "git does not take it", f"It says: {found.trouble}")]
    if found.name and found.email:
        checks.append(Check("identity", "ok", f"{found.name} <{found.email}>"))
    else:
        how = "git config --global user.name NAME; git config --global user.email ADDRESS"
        checks.append(Check("identity", "warning", "git does not know who commits", f"Tell it: {how}"))
    if found.root:
        return [*checks, Check("repository", "ok", found.root)]
    return [*checks, Check("repository", "warning", "none here", "git init makes one; /undo works without.")]


def linters(found: Sequence[Linter]) -> list[Check]:
    """Those that the project turns on."""
    checks = []
    for linter in found:
        if linter.program:
            note = "" if linter.agreed else "; you will be asked before it first runs"
            checks.append(Check(linter.name, "ok", f"{linter.program}{note}"))
        else:
            advice = f"Install {linter.name}, or take it out of the project's configuration."
            checks.append(Check(linter.name, "warning", "the project turns it on, but it is not found", advice))
    return checks or [Check("linters", "ok", "this project has no files that one of them knows")]


def embedded(*, installed: bool, names: Sequence[str], wanted: bool) -> Check:
    """The model on this machine. names: those whose weights are here. wanted: whether it is the one in use."""
    level: Level = "problem" if wanted else "ok"
    if not installed:
        return Check("local model", level, "its extra is not installed", "pip install 'haikuterm[local]'")
    if not names:
        return Check("local model", level, "installed, no weights here", "haikuterm local pull fetches them.")
    return Check("local model", "ok", ", ".join(names))


def terminal(found: Terminal) -> list[Check]:
    """What can be shown and typed here."""
    around = [name for name, here in (("tmux", found.tmux), ("ssh", found.ssh)) if here and name != found.program]
    named = " in ".join([found.program or found.term, *around])
    if not found.interactive:
        return [Check("terminal", "ok", "none here: haikuterm -p answers without one")]
    checks = [_drawing(found, named), _size(found), _colors(found), _encoding(found)]
    if found.kitty and found.program in LOSES_TEXT:
        typed = found.language[:2] in METHODS
        advice = "Text from an input method can get lost here: start with TEXTUAL_DISABLE_KITTY_KEY=1 then."
        checks.append(Check("keys", "warning" if typed else "ok", f"{found.program}, kitty's protocol", advice))
    return checks


def _drawing(found: Terminal, named: str) -> Check:
    if found.term in PLAIN:
        return Check("terminal", "warning", f"TERM is {found.term or 'not set'}", "Use --plain, or set TERM.")
    if found.tmux and not found.term.startswith(("tmux", "screen")):
        return Check("terminal", "warning", f"{named}: TERM is {found.term}", "Inside tmux it should be tmux-256color.")
    return Check("terminal", "ok", named)


def _size(found: Terminal) -> Check:
    said = f"{found.columns} x {found.rows}"
    small = found.columns < SMALLEST[0] or found.rows < SMALLEST[1]
    advice = f"The full screen wants {SMALLEST[0]} x {SMALLEST[1]}; --inline does with less."
    return Check("size", "warning", said, advice) if small else Check("size", "ok", said)


def _colors(found: Terminal) -> Check:
    if found.colors in ("truecolor", "24bit"):
        return Check("colors", "ok", "all of them")
    if "256color" in found.term:
        return Check("colors", "ok", "256; COLORTERM=truecolor gives all, where the terminal has them")
    return Check(
        "colors", "warning", "few", "Use --theme ansi, or set COLORTERM=truecolor where the terminal has them."
    )


def _encoding(found: Terminal) -> Check:
    if found.encoding.lower().replace("-", "") == "utf8":
        return Check("encoding", "ok", "UTF-8")
    return Check("encoding", "problem", found.encoding, "Set LANG to a UTF-8 locale, as in C.UTF-8.")


def folders(found: Iterable[tuple[str, str, str]]) -> list[Check]:
    """Those that we write to: what each is for, its path, why it cannot be written ("" if it can)."""
    return [
        Check(name, "problem", f"{path}: {why}", "Change its permissions or its owner.")
        if why
        else Check(name, "ok", path)
        for name, path, why in found
    ]


def models(known: Catalogue, model: Model, today: date) -> list[Check]:
    """The model in use, and the age of the price table."""
    last = ending(model, today)
    use = Check("model", "warning" if last else "ok", model.id, last)
    old = ageing(known, today)
    return [use, Check("prices", "warning" if old else "ok", f"of {known.version}", old)]
