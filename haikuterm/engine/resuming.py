"""Goes on with a conversation that the store has kept."""

from __future__ import annotations

from haikuterm.core.ports import Saved
from haikuterm.engine.attaching import Attaching
from haikuterm.engine.budget import Books
from haikuterm.engine.session import Session


def resume(session: Session, saved: Saved, attaching: Attaching, books: Books) -> None:
    """Put its id, its messages, its cost and its files into a session in which nothing was said yet.

    The program may have been killed while a tool ran: its call is answered then.
    """
    session.id, session.messages = saved.id, list(saved.messages)
    session.shortened = saved.shortened
    session.mend("", "the program ended here")
    books.turn = saved.turns
    for charge in saved.charges:
        session.total = session.total.plus(charge)
    for path, sent in saved.attachments:
        session.attachments[path] = attaching.seen_again(path, sent)
