"""Why an answer ended before it was whole, as a sentence that says what to do next."""

from __future__ import annotations

from haikuterm.core.messages import Text
from haikuterm.core.models import Model
from haikuterm.core.request import Reply

FULL = "model_context_window_exceeded"
CUT = ("max_tokens", FULL)  # stop reasons of an answer that is not whole
WHOLE = ("tool_use", "end_turn")  # stop reasons after which a tool call is whole; some servers say the second


def refused(reply: Reply, wrote: bool = False) -> str:
    """A refusal: what it was about, and that nothing of it is kept; wrote: but what was written to files before."""
    words = ": ".join(word.rstrip(".") for word in (reply.category, reply.refusal) if word)
    why = f" ({words})" if words else ", and gave no reason"
    files = " What was written to files before stays; /undo takes it back." if wrote else ""
    return (
        f"{reply.served} refused to answer{why}. What it had said is discarded, and the prompt is out of the "
        "conversation."
        f"{files} Rephrase, or try another /model."
    )


def full(model: Model) -> str:
    """The window has no room for more."""
    return f"The context window of {model.alias} ({model.context:,} tokens) is full and the answer is not whole."


def cut_off(reply: Reply, model: Model, limit: int, *, shortened: bool = False) -> str:
    """An answer at its limit of tokens, or at the end of the window; limit: max_tokens of the request.

    shortened: there is room now, as the conversation was shortened since.
    """
    lost = ""
    if calls := reply.message.tool_uses:
        lost = f" The call of {calls[-1].name} was cut off and nothing was run."
    if reply.stop == FULL and shortened:
        return f'The answer is not whole.{lost} There is room again: say "go on" to continue.'
    if reply.stop == FULL:
        return f"{full(model)}{lost} /compact shortens the conversation, /clear starts a new one."
    if not calls and not any(isinstance(part, Text) for part in reply.message.parts):
        return (
            f"All {limit:,} tokens of the answer went into reasoning. Say /effort low or /thinking off, or allow more "
            "with --max-tokens, and send the prompt again."
        )
    return f'The answer reached its limit of {limit:,} tokens and is not whole.{lost} Say "go on" to continue.'
