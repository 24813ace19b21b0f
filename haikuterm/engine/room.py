"""How much of the model's window the conversation takes, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from haikuterm.core.context import build, estimate_part, estimate_request
from haikuterm.core.messages import Message, sent_parts
from haikuterm.core.models import Model
from haikuterm.core.request import Request
from haikuterm.engine.session import Session
from haikuterm.engine.tools import specs


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens of the window that are taken. known: as the server counted them, with nothing said since."""

    tokens: int
    known: bool


def next_request(session: Session, max_tokens: int = 0) -> Request:
    """The request for the next answer, from what is said by now. max_tokens: the longest answer, 0 for the model's."""
    return build(
        session.model,
        session.messages,
        specs(),
        effort=session.effort,
        thinking=session.thinking,
        max_tokens=max_tokens,
        extra=session.extra,
    )


def used(session: Session) -> Used:
    """The last usage that a server told, and about as much as was said since; all of it reckoned where none did."""
    counted = session.counted
    if not counted.tokens:
        return Used(estimate_request(next_request(session)), known=False)
    since = sum(weight(message, session.model) for message in session.messages[counted.messages :])
    return Used(counted.tokens + since, known=counted.sure and not since)


def weight(message: Message, model: Model) -> int:
    """About how many tokens a message is."""
    return sum(estimate_part(part, model) for part in sent_parts(message))


def waiting(session: Session) -> int:
    """About how many tokens of attached files go with the next prompt."""
    return sum(a.tokens for a in session.attachments.values() if not a.current)


class Room:
    """`used` for a face that asks at every key: reckoned anew only once something was said."""

    def __init__(self) -> None:
        self._for: tuple[object, ...] = ()
        self._used = Used(0, known=False)

    def used(self, session: Session) -> Used:
        """Tokens of the window that the session takes now."""
        now = (session.model, session.counted, session.extra, session.thinking, tuple(session.messages))
        if now != self._for:
            self._for, self._used = now, used(session)
        return self._used
