"""The whole body of a request, for every model id: written down from the API's documents, not from the catalogue."""

# ruff: noqa: F811 - the fixtures are imported, and asked for by their names

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from haikuterm.adapters.claude import ClaudeProvider
from haikuterm.core.context import SYSTEM, build
from haikuterm.core.messages import Message, Text, ToolResult, ToolUse
from haikuterm.core.models import catalogue
from haikuterm.core.rules import Wanted, fitted
from haikuterm.core.settings import THINKING
from tests.adapters.asking_claude import READ, claude, hear  # noqa: F401 - holds a fixture
from tests.messages_api import MessagesApi, api  # noqa: F401 - holds a fixture

LEVELS = ("low", "medium", "high", "xhigh", "max")
ADAPTIVE = {"type": "adaptive"}
SUMMARIZED = {"type": "adaptive", "display": "summarized"}
DISABLED = {"type": "disabled"}
BUDGET = {"type": "enabled", "budget_tokens": 8192}


@dataclass(frozen=True)
class Golden:
    """What one id is sent. on, show, off: `thinking` for what the user says, None for nothing.

    thinks: reasons when nothing is sent, so that an answer gets 16,384 tokens and not 8,192. efforts: those it takes.
    off_up_to: with a higher effort `off` is not sent. longest: its limit of an answer, where that is less.
    """

    on: dict[str, Any] | None = None
    show: dict[str, Any] | None = None
    off: dict[str, Any] | None = None
    thinks: bool = False
    efforts: tuple[str, ...] = ()
    off_up_to: str = "max"
    longest: int = 128_000

    def body(self, mode: str, effort: str) -> dict[str, Any]:
        """The part of the body that depends on the model."""
        thinking = {"on": self.on, "show": self.show, "off": self.off, "": None}[mode]
        sent = effort if effort in self.efforts else ""
        if mode == "off" and sent and LEVELS.index(sent) > LEVELS.index(self.off_up_to):
            thinking = None
        reasons = thinking != DISABLED and (self.thinks or thinking is not None)
        body: dict[str, Any] = {"max_tokens": min(16_384 if reasons else 8_192, self.longest)}
        if thinking:
            body["thinking"] = thinking
        if sent:
            body["output_config"] = {"effort": sent}
        return body


ALWAYS = Golden(show=SUMMARIZED, thinks=True, efforts=LEVELS)
OLD = Golden(on=BUDGET, show=BUDGET)
GENERATION_4_6 = Golden(on=ADAPTIVE, show=ADAPTIVE, efforts=("low", "medium", "high", "max"))
GENERATION_4_7 = Golden(on=ADAPTIVE, show=SUMMARIZED, efforts=LEVELS)
GOLDEN = {
    "claude-haiku-5-5": replace(ALWAYS, off=DISABLED, off_up_to="high"),
    "claude-haiku-4-5": OLD,
    "claude-haiku-4-5-20251001": OLD,
    "claude-sonnet-5-5": ALWAYS,
    "claude-sonnet-5": replace(ALWAYS, off=DISABLED),
    "claude-sonnet-4-6": GENERATION_4_6,
    "claude-sonnet-4-5": OLD,
    "claude-sonnet-4-5-20250929": OLD,
    "claude-opus-5-5": ALWAYS,
    "claude-opus-5": replace(ALWAYS, off=DISABLED, off_up_to="high"),
    "claude-opus-4-8": GENERATION_4_7,
    "claude-opus-4-7": GENERATION_4_7,
    "claude-opus-4-6": GENERATION_4_6,
    "claude-opus-4-5": replace(OLD, efforts=("low", "medium", "high")),
    "claude-opus-4-5-20251101": replace(OLD, efforts=("low", "medium", "high")),
    "claude-fable-5-2": ALWAYS,
    "claude-fable-5-1": ALWAYS,
    "claude-fable-5": ALWAYS,
    "claude-mythos-5-2": ALWAYS,
    "claude-mythos-5-1": ALWAYS,
    "claude-mythos-5": ALWAYS,
    "claude-mythos-preview": replace(ALWAYS, efforts=(), longest=8_192),
    "some-gateway/claude-of-tomorrow": Golden(),
}
MARK = {"type": "ephemeral"}
LONG = "word " * 4_000  # more than 4,096 tokens in any tokenizer: every model can cache it
SAID = (
    Message("user", (Text(LONG),)),
    Message("assistant", (ToolUse("t1", "read", {"path": "a.py"}),)),
    Message("user", (ToolResult("t1", "gone", is_error=True), Text("And now?"))),
)


def common(cached: bool) -> dict[str, Any]:
    """The part of the body that is the same for all models; cached: with its three cache points."""
    mark = {"cache_control": MARK} if cached else {}
    return {
        "stream": True,
        "tools": [
            {
                "name": "read",
                "description": "Read a file.",
                "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}},
            }
        ],
        "system": [{"type": "text", "text": SYSTEM, **mark}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": LONG, **mark}]},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "t1", "name": "read", "input": {"path": "a.py"}}],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": "gone", "is_error": True},
                    {"type": "text", "text": "And now?", **mark},
                ],
            },
        ],
    }


def test_every_id_of_the_catalogue_has_its_contract() -> None:
    ids = {name for m in catalogue().models if not m.local for name in (m.id, m.snapshot)}
    assert ids == {name for name in GOLDEN if name.startswith("claude-")}


@pytest.mark.parametrize("name", GOLDEN)
async def test_the_whole_body_is_the_one_written_down(api: MessagesApi, claude: ClaudeProvider, name: str) -> None:
    """Each way of thinking with each effort: thinking, effort in output_config, max_tokens, cache points, no more."""
    golden, model = GOLDEN[name], catalogue().resolve(name)
    said = SAID if golden.on != BUDGET else _thought_before(api)
    for mode in ("", *THINKING):
        for effort in ("", *LEVELS):
            await hear(claude, build(model, said, (READ,), effort=effort, thinking=mode))
            expected = {"model": name, **common(model.known), **golden.body(mode, effort)}
            if said is not SAID:
                expected["messages"][1]["content"].insert(0, THOUGHT)
            assert api.requests[-1] == expected, (mode, effort)
    assert {headers["anthropic-version"] for headers in api.headers} == {"2026-10-21"}
    assert not [headers for headers in api.headers if "anthropic-beta" in headers]


THOUGHT = {"type": "thinking", "thinking": "Look.", "signature": "s1"}


def _thought_before(api: MessagesApi) -> tuple[Message, ...]:
    """The conversation with the reasoning that thinking "enabled" asks for before calls of tools."""
    from haikuterm.core.messages import Thinking

    api.signed["s1"] = "Look."
    asked, called, result = SAID
    return asked, replace(called, parts=(Thinking("Look.", "s1"), *called.parts)), result


@pytest.mark.parametrize("name", ["claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5"])
def test_thinking_is_not_switched_on_in_the_middle_of_a_tool_loop_that_began_without(name: str) -> None:
    request = build(catalogue().resolve(name), SAID, (READ,), thinking="on")
    assert (request.thinking, request.max_tokens) == ("", 8_192)


@pytest.mark.parametrize(
    ("name", "wanted", "words"),
    [
        ("claude-haiku-4-5", Wanted(effort="low"), "does not take effort low (it takes none)"),
        ("claude-opus-4-5", Wanted(effort="max"), "it takes low, medium, high"),
        ("claude-sonnet-4-6", Wanted(effort="xhigh"), "none is sent"),
        ("claude-sonnet-5-5", Wanted(thinking="off"), "always thinks"),
        ("claude-haiku-5-5", Wanted(thinking="off", effort="max"), "above effort high"),
        ("claude-haiku-4-5", Wanted(max_tokens=100_000), "64,000 tokens at most"),
        ("qwen-0.5b", Wanted(thinking="show"), "not known to think"),
        ("nobody", Wanted(thinking="on"), "not known to think"),
    ],
)
def test_what_a_model_cannot_take_is_said_in_one_line(name: str, wanted: Wanted, words: str) -> None:
    (line,) = fitted(catalogue().resolve(name), wanted).dropped
    assert words in line


@pytest.mark.parametrize("name", GOLDEN)
def test_what_a_model_takes_is_not_talked_about(name: str) -> None:
    model = catalogue().resolve(name)
    assert fitted(model, Wanted(max_tokens=1_000)).dropped == ()
    for effort in GOLDEN[name].efforts:
        assert fitted(model, Wanted(effort=effort)).dropped == ()
