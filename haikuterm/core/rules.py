"""What a model takes of what the user wants: thinking, effort, the length of an answer; and the line on what not."""

from __future__ import annotations

from dataclasses import dataclass

from haikuterm.core.models import Model
from haikuterm.core.settings import EFFORTS

ANSWER_TOKENS = 8_192
THINKING_ANSWER_TOKENS = 16_384  # reasoning counts as output: with less, an answer can be reasoning only


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for: a level of effort, a word of `settings.THINKING`, the longest answer in tokens.

    "" and 0 stand for the model's own way.
    """

    effort: str = ""
    thinking: str = ""
    max_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes to the model of it. thinking: a type or "" to send nothing; display: "summarized" or "".

    dropped: one line for each thing that the model cannot take and that is therefore not sent.
    """

    max_tokens: int
    effort: str = ""
    thinking: str = ""
    display: str = ""
    dropped: tuple[str, ...] = ()


def fitted(model: Model, wanted: Wanted) -> Sent:
    """What may be sent to the model of what is wanted, by its own rules."""
    dropped: list[str] = []
    effort = wanted.effort if wanted.effort in model.efforts else ""
    if wanted.effort and not effort:
        dropped.append(_no_effort(model, wanted.effort))
    thinking, display = _thinking(model, wanted.thinking, effort)
    if line := _no_thinking(model, wanted.thinking, thinking):
        dropped.append(line)
    thinks = thinking != "disabled" and (model.thinks or bool(thinking))
    length = wanted.max_tokens or (THINKING_ANSWER_TOKENS if thinks else ANSWER_TOKENS)
    if wanted.max_tokens > model.max_output:
        dropped.append(f"{model.alias} answers with {model.max_output:,} tokens at most; that is sent.")
    return Sent(min(length, model.max_output), effort, thinking, display, tuple(dropped))


def _thinking(model: Model, mode: str, effort: str) -> tuple[str, str]:
    """The type of thinking and its display; ("", "") to send nothing, which is the model's own way."""
    if mode == "off":
        return ("disabled", "") if model.thinks and _may_be_off(model, effort) else ("", "")
    if mode not in ("on", "show"):
        return "", ""
    kind = next((kind for kind in ("adaptive", "enabled") if kind in model.thinking), "")
    if mode == "show" and kind == "adaptive" and not model.shows:
        return kind, "summarized"
    return ("", "") if model.thinks else (kind, "")


def _may_be_off(model: Model, effort: str) -> bool:
    if "disabled" not in model.thinking:
        return False
    return not model.off_up_to or not effort or EFFORTS.index(effort) <= EFFORTS.index(model.off_up_to)


def _no_effort(model: Model, effort: str) -> str:
    takes = f"it takes {', '.join(model.efforts)}" if model.efforts else "it takes none"
    return f"{model.alias} does not take effort {effort} ({takes}); none is sent."


def _no_thinking(model: Model, mode: str, sent: str) -> str:
    """The line on a /thinking that cannot be followed, "" where it is."""
    if mode == "off" and model.thinks and not sent:
        if "disabled" in model.thinking:
            return f"{model.alias} cannot stop thinking above effort {model.off_up_to}: /thinking off is not sent."
        return f"{model.alias} always thinks: /thinking off is not sent. /effort low keeps it short."
    if mode in ("on", "show") and not (sent or model.thinks):
        return f"{model.alias} is not known to think: /thinking {mode} is not sent."
    return ""
