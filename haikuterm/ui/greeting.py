"""What an empty conversation says first, in all faces: who answers for how much, and what to try here."""

from __future__ import annotations

from haikuterm import __version__
from haikuterm.core.guard import visible_line
from haikuterm.core.models import Model
from haikuterm.engine.status import Status
from haikuterm.engine.suggesting import Idea, Outlook
from haikuterm.ui.present import Line, cells, total

ANSWER_LINES = 12  # of the last answer that the inline face shows again


def price(model: Model) -> str:
    """What a model costs, in a few words."""
    if model.local:
        return "free, on this machine"
    if model.prices is None:
        return "price not known"
    rates = model.prices.rates(0)
    return f"${rates.input} in, ${rates.output} out per M tokens"


def who(model: Model) -> str:
    """The program and the model."""
    return f"haikuterm {__version__} · {visible_line(model.alias)}, {price(model)}"


def who_shortly(model: Model) -> str:
    """The model, where there is no room for more."""
    rates = None if model.local or model.prices is None else model.prices.rates(0)
    return f"{visible_line(model.alias)}, " + (f"${rates.input}/${rates.output} per M" if rates else price(model))


def where(outlook: Outlook, width: int | None = None) -> str:
    """The repository, its branch, and how much of it is changed; less where there are fewer columns."""
    name = visible_line(outlook.name)
    if not outlook.repo.is_git:
        return f"{name}, not in git"
    count = len(outlook.changed)
    state = f"{count} file{'s' * (count != 1)} changed" if count else "nothing changed"
    clean = ", no findings in Python" if outlook.looked and not outlook.findings else ""
    branch = visible_line(outlook.repo.branch)
    said = [(name, branch, f"{state}{clean}"), (name, branch, state), (name, state)]
    lines = [" · ".join(part for part in parts if part) for parts in said]
    return next((line for line in lines if width is None or cells(line) <= width), lines[-1])


def farewell(status: Status) -> list[Line]:
    """A line on the way out: what this session cost, and how to go on with it; none where nothing was asked."""
    if not status.session.requests:
        return []
    return [Line("muted", f"{total(status.session)} · haikuterm -c goes on here (session {status.session_id})")]


def idea(one: Idea) -> tuple[str, str]:
    """A suggestion, safe to print: what goes into the input, and why."""
    return visible_line(one.text), visible_line(one.why)


def inline(outlook: Outlook) -> list[Line]:
    """Two or three lines for a face that prints below what was there."""
    if outlook.resumed:
        return again(outlook)
    rows = [Line("muted", where(outlook))]
    rows += [Line("muted", f"try  {text}  ({why})") for text, why in map(idea, outlook.ideas[:1])]
    return rows


def again(outlook: Outlook) -> list[Line]:
    """The last exchange, its answer cut to its last lines."""
    said = [visible_line(row) for row in outlook.answered.splitlines()]
    cut = [Line("muted", "…")] if len(said) > ANSWER_LINES else []
    asked = Line("user", f"> {visible_line(' '.join(outlook.asked.split()))}")
    return [asked, *cut, *(Line("text", row) for row in said[-ANSWER_LINES:])]
