"""Changing the model in the middle of a conversation: the choice with its prices, and what the change means."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from haikuterm.core.context import estimate
from haikuterm.core.errors import SettingsError
from haikuterm.core.events import Event, ModelChanged, Notice
from haikuterm.core.messages import is_thought
from haikuterm.core.models import Model, catalogue
from haikuterm.core.ports import Option, Question
from haikuterm.engine import bill
from haikuterm.engine.asking import Ask
from haikuterm.engine.fetching import fetch, missing
from haikuterm.engine.ports import Ports
from haikuterm.engine.probing import probe, unknown
from haikuterm.engine.seeing import refuse_blind
from haikuterm.engine.session import Session

ANSWER = 500  # tokens of answer that "next turn" reckons with


def picker(session: Session) -> Question:
    """The models to choose from, with what they cost."""
    known = catalogue()
    stand_for = [name for name, model in known.endpoints.items() if model]
    names = [*(m.id for m in known.models if m.listed or m.id == session.model.id), *known.found, *stand_for]
    models = list({m.id: m for m in map(known.resolve, names)}.values())
    columns = ("model", "$/M in", "$/M out", "context", "next turn")
    return Question(
        f"Model (next turn: this conversation uncached, and {ANSWER} tokens of answer)",
        tuple(_option(session, m) for m in models),
        columns,
        session.model.id,
    )


def _option(session: Session, model: Model) -> Option:
    rates = model.prices.rates(0) if model.prices else None
    dear = model.prices.bands[-1] if model.prices and len(model.prices.bands) > 1 else None
    note = f"above {model.prices.bands[0].up_to:,} tokens: {dear.input}/{dear.output}" if model.prices and dear else ""
    if model.retires:
        note = f"retires on {model.retires}"
    about = "~" if model.list_price else ""
    cells = (
        ("free", "free")
        if model.local
        else (f"{about}{rates.input}", f"{about}{rates.output}")
        if rates
        else ("unpriced", "unpriced")
    )
    ahead = "$0" if model.local else f"~{bill.dollars(bill.next_turn(session, model, ANSWER))}"
    return Option(model.id, model.alias, (*cells, f"{model.context // 1000:,}k", ahead), note)


async def switch(ports: Ports, session: Session, name: str, ask: Ask) -> AsyncGenerator[Event, None]:
    """Go on with the model of that name at once; says in one line what changes.

    A model of a named endpoint is first asked what it can do. Raises LocalModelError, SettingsError for an endpoint
    without a model, AttachmentRefused for one that cannot see the pictures of the conversation, and ProviderError for
    one that does not answer: then the old model stays.
    """
    old, new = session.model, catalogue().resolve(name)
    if new.endpoint and not new.sent:
        raise SettingsError(f"Say which model of {new.endpoint} you want: /model {new.endpoint}/MODEL.")
    if new.id == old.id:
        yield Notice(f"{new.alias} it is already.")
        return
    if not unknown(new):
        refuse_blind(session, new)
    if missing(ports.local, new):
        async with aclosing(fetch(ports.local, new)) as events:
            async for event in events:
                yield event
    if unknown(new):
        async with aclosing(probe(ask, new, ports.probes)) as events:
            async for event in events:
                yield event
        new = catalogue().resolve(new.id)
        refuse_blind(session, new)
    notes = changes(session, new)
    session.switch(new)
    for path, attachment in session.attachments.items():
        session.attachments[path] = replace(attachment, tokens=attachment.weight(old, new))
    yield ModelChanged(old.id, new.id, notes)


def changes(session: Session, new: Model) -> tuple[str, ...]:
    """What is different from now on, in a few words each."""
    old, notes = session.model, []
    if any(is_thought(part) for message in session.messages for part in message.parts):
        notes.append("its reasoning so far is dropped")
    if session.effort and session.effort not in new.efforts:
        notes.append(f"effort {session.effort} is not sent")
    if old.tools and not new.tools:
        notes.append("no tools: it answers, and edits by whole functions or single lines")
    if session.messages and not new.local:
        notes.append(f"cold cache: next turn ~{bill.dollars(bill.next_turn(session, new))}")
    tokens = sum(estimate(m.text, new) for m in session.messages)
    if tokens > new.context:
        notes.append(
            f"the conversation (~{tokens:,} tokens) does not fit its {new.context:,}; /compact or /clear first"
        )
    if new.retires:
        notes.append(f"it retires on {new.retires}")
    if new.endpoint and not new.images:
        notes.append("no pictures")
    if not new.known:
        notes.append("not in the catalogue: unpriced, careful rules")
    return tuple(notes)
