"""What a person should know of the model they use: what it does not take, and when it ends. Each is said once."""

from __future__ import annotations

from datetime import date

from haikuterm.core.events import Notice
from haikuterm.core.model_news import ageing, ending
from haikuterm.core.models import catalogue
from haikuterm.core.rules import Wanted, fitted
from haikuterm.engine.session import Session

LIST_PRICE = (
    "This cloud sets its own prices: what is shown and counted for budgets is Anthropic's list price (~). "
    "The bill is the cloud's; a regional endpoint can cost more."
)


def unmet(session: Session) -> list[Notice]:
    """What the model does not take of the session's effort and thinking, also if it was said before."""
    lines = fitted(session.model, Wanted(session.effort, session.thinking)).dropped
    session.noted.update(lines)
    return [Notice(line, "warning") for line in lines]


def notes(session: Session, max_tokens: int = 0, today: date | None = None) -> list[Notice]:
    """The lines that this session has not heard yet; today: None leaves out those that depend on the day."""
    wanted = Wanted(session.effort, session.thinking, max_tokens)
    lines = [*fitted(session.model, wanted).dropped, LIST_PRICE if session.model.list_price else ""]
    if today is not None:
        lines += [ending(session.model, today), "" if session.model.local else ageing(catalogue(), today)]
    fresh = [line for line in dict.fromkeys(lines) if line and line not in session.noted]
    session.noted.update(fresh)
    return [Notice(line, "warning") for line in fresh]
