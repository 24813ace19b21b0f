"""Numbers and one-line texts that all faces share: pure functions over the engine's values.

Whatever came from a model, a file name or a tool is made visible here, so that no face can forget to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any
from unicodedata import combining, east_asian_width

from haikuterm.core import events as ev
from haikuterm.core.findings import Finding
from haikuterm.core.guard import visible, visible_line
from haikuterm.core.models import catalogue
from haikuterm.core.money import Charge, Total, Usage

FIRST_FINDINGS = 5
FIRST_LEFT = 20  # findings at the end of a lint run
FIRST_PATHS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """What a face shows of an event; text is safe to print, and has several lines only for notices and findings."""

    role: str
    text: str


def usd(amount: Decimal | None, estimated: bool = False) -> str:
    """An amount of US dollars, true to two significant figures ("$0.0021", "$1.24", "~$0.012"), or "unpriced"."""
    if amount is None:
        return "unpriced"
    sign = ("~" if estimated else "") + ("-" if amount < 0 else "")
    return f"{sign}${_digits(abs(amount))}"


def _digits(amount: Decimal) -> str:
    if not amount:
        return "0"
    places = 2 if amount >= 1 else max(4, 1 - amount.adjusted())
    shown = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    whole, _, cents = f"{shown:,f}".partition(".")
    if amount >= Decimal("0.01"):
        cents = cents[:2] + cents[2:].rstrip("0")
    return f"{whole}.{cents}"


def total(t: Total) -> str:
    """A sum of charges in words; requests without a known price are counted, never taken for free."""
    if t.unpriced and t.unpriced == t.requests:
        return "unpriced"
    known = usd(t.usd, t.estimated)
    return f"{known} +{t.unpriced} unpriced" if t.unpriced else known


def tokens(n: int) -> str:
    """A count of tokens in four characters or so: "950", "1.2k", "12k", "1.0M"."""
    if n < 1000:
        return str(n)
    value, sign = (n / 1000, "k") if n < 999_500 else (n / 1_000_000, "M")
    return f"{value:.1f}{sign}" if value < 9.95 else f"{value:.0f}{sign}"


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def alias(model: str) -> str:
    """The short name of a model id ("haiku-4.5"); an id nobody knows stands for itself."""
    return visible_line(catalogue().resolve(model).alias)


def line(event: ev.Event, stop_key: str = "Esc") -> Line | None:
    """The text of an event that all faces show alike; None where a face draws it in its own way, or not at all.

    stop_key: what stops a turn in this face.
    """
    if isinstance(event, ev.Retrying):
        return _retrying(event, stop_key)
    draw = _LINES.get(type(event))
    return draw(event) if draw else None


def charge_text(charge: Charge) -> str:
    """Who answered, how many tokens of which class, and what it cost, in one line."""
    model = catalogue().resolve(charge.model)
    parts = [visible_line(model.alias)]
    if charge.served and catalogue().resolve(charge.served).alias != model.alias:
        parts[0] += f", served by {visible_line(charge.served)}"
    if charge.purpose != "turn":
        parts.append(visible_line(charge.purpose))
    price = "free, on this machine" if model.local else usd(charge.usd, charge.estimated)
    return " · ".join([*parts, _usage(charge.usage), price])


def _usage(usage: Usage) -> str:
    counts = (
        (usage.input, "in"),
        (usage.cache_read, "cache read"),
        (usage.cache_write_5m, "cache write 5m"),
        (usage.cache_write_1h, "cache write 1h"),
        (usage.output, "out"),
    )
    text = ", ".join(f"{tokens(n)} {name}" for n, name in counts if n or name in ("in", "out"))
    return f"{text} ({tokens(usage.thinking)} thinking)" if usage.thinking else text


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _names(paths: Sequence[str]) -> str:
    """The first few paths, and how many more there are."""
    shown = [visible_line(path) for path in paths[:FIRST_PATHS]]
    rest = len(paths) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _tool_started(event: ev.ToolStarted) -> Line:
    return Line("muted", f"{visible_line(event.summary)} …")


def _tool_ended(event: ev.ToolEnded) -> Line:
    text = visible_line(event.summary)
    return Line("muted", text) if event.ok else Line("warning", f"failed: {text}")


def _shell_started(event: ev.ShellStarted) -> Line:
    return Line("heading", f"$ {visible(event.command)}")


def _shell_ended(event: ev.ShellEnded) -> Line:
    """How it ended, and how long it took."""
    took = f"{event.seconds:.1f} s"
    if not event.code:
        return Line("muted", f"done in {took}" + ("" if event.lines else ", nothing printed"))
    why = f"exit code {event.code}" if event.code > 0 else f"ended by signal {-event.code}"
    return Line("warning", f"{why} after {took}")


def _applied(event: ev.EditsApplied) -> Line:
    names = _names(event.paths)
    if not event.step:
        return Line("muted", f"would write {names}")
    return Line("success", f"wrote {names} (/undo takes it back)")


def _refused(event: ev.EditsRefused) -> Line:
    """Whole files, then how much of others, then what the user said."""
    whole = [rejection.path for rejection in event.rejected if not rejection.hunk]
    parts = Counter(rejection.path for rejection in event.rejected if rejection.hunk)
    shown = [_names(whole)] if whole else []
    shown += [f"{_count(n, 'part')} of {visible_line(path)}" for path, n in parts.items()]
    words = dict.fromkeys(word for word in (*(rejection.word for rejection in event.rejected), event.word) if word)
    said = f": {visible_line('; '.join(words))}" if words else ""
    return Line("warning", f"not written: {'; '.join(shown)}{said}")


def _shown(event: ev.ChangesShown) -> Line:
    return Line("heading", visible_line(event.title))


def _undone(event: ev.Undone) -> Line:
    done, back = ("redid", "/undo") if event.redo else ("undid", "/redo")
    return Line("success", f"{done} {_names(event.paths)} ({back} takes it back)")


def _checked(event: ev.Checked) -> Line:
    report = event.report
    tool = visible_line(report.tool)
    broke = visible_line(report.broke)
    if broke and not report.findings:
        return Line("error", f"{tool} could not run: {broke}")
    count = len(report.findings)
    moved = "" if event.before is None else f" ({event.before} -> {count})"
    if report.clean:
        return Line("success", f"{tool}: clean{moved}")
    rows = [f"{tool}: {_count(count, 'finding')}{moved}", *_findings(report.findings, FIRST_FINDINGS)]
    return Line("warning", "\n".join([*([broke] if broke else []), *rows]))


def _findings(findings: Sequence[Finding], most: int) -> list[str]:
    """A line for each of the first few, and how many more there are."""
    shown = [f"  {visible_line(str(finding))}" for finding in findings[:most]]
    return [*shown, f"  and {len(findings) - most} more"] if len(findings) > most else shown


def _lint_fixed(event: ev.LintFixed) -> Line:
    """What a lint run came to, for how much, and how often a model's first answer was right."""
    worth = [tries for tries in event.tries if tries.jobs]
    fixed = sum(tries.fixed for tries in worth)
    parts = [f"{event.free} by the linters free"] if event.free else []
    parts += [f"{tries.fixed} by {alias(tries.model)}" for tries in worth]
    if len(worth) == 1:
        parts[-1] += f" {usd(event.usd)}"
    all_of_it = "" if len(worth) == 1 else f" {usd(event.usd)}{' in all' if worth else ''}."
    each = f" {usd(event.usd / fixed)} each." if event.usd and fixed else ""
    text = f"{_count(event.found, 'finding')}: {', '.join([*parts, f'{len(event.left)} left'])}.{all_of_it}{each}"
    first = ", ".join(f"{alias(tries.model)} {tries.first} of {tries.jobs}" for tries in worth)
    rows = [text, *([f"right at the first try: {first}"] if first else []), *_findings(event.left, FIRST_LEFT)]
    return Line("warning" if event.left else "success", "\n".join(rows))


def _charged(event: ev.Charged) -> Line:
    return Line("muted", f"{charge_text(event.charge)} (session {total(event.session)})")


def _retrying(event: ev.Retrying, stop_key: str) -> Line:
    """Only the first sentence of the reason: the others say what to do, which is being done."""
    reason = visible_line(event.reason).partition(". ")[0].rstrip(".")
    wait = f"{ceil(event.wait * 10) / 10:g}"
    return Line(
        "warning", f"{reason}: again in {wait} s (attempt {event.attempt} of {event.attempts}, {stop_key} stops)"
    )


def _escalated(event: ev.Escalated) -> Line:
    return Line("warning", f"now asking {alias(event.model)}: {visible_line(event.reason)}")


def _model_changed(event: ev.ModelChanged) -> Line:
    notes = "".join(f" · {visible_line(note)}" for note in event.notes)
    return Line("accent", f"{alias(event.old)} -> {alias(event.new)}{notes}")


def _attachments(event: ev.AttachmentsChanged) -> Line:
    if not event.paths:
        return Line("muted", "no files attached")
    weight = f"~{tokens(event.tokens)} tokens"
    price = f", {usd(event.usd, estimated=True)}" if event.usd != 0 else ""
    return Line("muted", f"attached: {_names(event.paths)} ({weight}{price})")


def _progress(event: ev.Progress) -> Line:
    """How far it is, in a line of its own; faces that can draw over a line draw a bar (ui/progress)."""
    scale, unit = (1_000_000, "MB") if event.unit == "B" else (1, visible_line(event.unit))
    done, what = f"{event.done / scale:.0f}", visible_line(event.what)
    if event.total:
        text = f"{what}: {done} of {event.total / scale:.0f} {unit} ({event.done / event.total:.0%})"
    else:
        text = f"{what}: {done} {unit}" if event.done else what
    return Line("muted", f"{text}, {visible_line(event.note)}" if event.note else text)


def _notice(event: ev.Notice) -> Line:
    return Line("text" if event.level == "info" else event.level, visible(event.text))


def _cleared(event: ev.Cleared) -> Line:
    return Line("muted", "conversation and files cleared" if event.all else "conversation cleared; files stay attached")


def _compacted(event: ev.Compacted) -> Line:
    size = f"~{tokens(event.before)} -> ~{tokens(event.after)} tokens"
    if event.how == "restored":
        return Line("success", f"conversation put back as it was: {size}")
    price = f", {usd(event.usd)}" if event.how == "summary" else ", free"
    return Line("success", f"conversation shortened: {size}{price} (/compact undo puts it back)")


def _copy_asked(event: ev.CopyAsked) -> Line:
    lines = len(event.text.rstrip("\n").split("\n"))
    return Line("muted", f"copied {visible_line(event.what)}, {_count(lines, 'line')}")


def _find_asked(event: ev.FindAsked) -> Line:
    if not event.found:
        return Line("muted", f"nothing was said with {visible_line(event.words)} in it")
    return Line("text", "\n".join(map(visible_line, event.found)))


def _ended(event: ev.TurnEnded) -> Line | None:
    if event.stop == "done":
        return None
    role = {"failed": "error", "cancelled": "muted"}.get(event.stop, "warning")  # who stopped it need not be warned
    word = "stopped" if event.stop == "cancelled" else event.stop.replace("_", " ")
    return Line(role, f"{word}: {visible_line(event.reason)}" if event.reason else word)


_LINES: Mapping[type, Callable[[Any], Line | None]] = {
    ev.ToolStarted: _tool_started,
    ev.ToolEnded: _tool_ended,
    ev.ShellStarted: _shell_started,
    ev.ShellEnded: _shell_ended,
    ev.EditsApplied: _applied,
    ev.EditsRefused: _refused,
    ev.ChangesShown: _shown,
    ev.Undone: _undone,
    ev.Checked: _checked,
    ev.LintFixed: _lint_fixed,
    ev.Charged: _charged,
    ev.Escalated: _escalated,
    ev.ModelChanged: _model_changed,
    ev.AttachmentsChanged: _attachments,
    ev.Progress: _progress,
    ev.Notice: _notice,
    ev.Cleared: _cleared,
    ev.Compacted: _compacted,
    ev.CopyAsked: _copy_asked,
    ev.FindAsked: _find_asked,
    ev.TurnEnded: _ended,
}
