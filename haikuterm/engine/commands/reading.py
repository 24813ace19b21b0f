"""Commands that take something out of the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence

from haikuterm.core.events import CopyAsked, Event, FindAsked, Notice
from haikuterm.core.messages import Message, Text
from haikuterm.core.pieces import CodeBlock, code_blocks
from haikuterm.core.ports import Option, Question
from haikuterm.engine.commands.registry import Desk, command

MOST = 50  # lines that are listed
_SPEAKER = {"user": "you", "assistant": "answer"}


@command("[N|code]", values=lambda _: ("code",))
async def copy(desk: Desk) -> AsyncGenerator[Event, None]:
    """Copy the last answer as Markdown, the N-th last, or a block of its code."""
    number, code = _meant(desk.argument)
    answers = tuple(answers_of(desk.session.messages))
    if not number:
        yield Notice("/copy takes a number (2 is the answer before the last), code, or both.", "warning")
    elif number > len(answers):
        yield Notice(f"There is no such answer: {len(answers)} in this conversation.", "warning")
    elif not code:
        yield await _copied(
            desk, answers[-number], "the last answer" if number == 1 else f"answer {number} from the end"
        )
    elif not (blocks := code_blocks(answers[-number])):
        yield Notice("There is no code in that answer. /copy takes all of it.", "warning")
    elif (block := await _chosen(desk, blocks)) is not None:
        yield await _copied(desk, block.text, "the code")


@command("WORDS")
async def find(desk: Desk) -> AsyncGenerator[Event, None]:
    """Look for words in the conversation."""
    if not desk.argument:
        yield Notice("/find takes the words to look for.", "warning")
        return
    yield FindAsked(desk.argument, tuple(_lines(desk.session.messages, desk.argument))[-MOST:])


def answers_of(messages: Sequence[Message]) -> Iterator[str]:
    """What the model said in each turn, as Markdown; the parts of a turn with tools between them are one."""
    said: list[str] = []
    for message in messages:
        texts = [part.text for part in message.parts if isinstance(part, Text)]
        if message.role == "assistant":
            said += [text.strip("\n") for text in texts if text.strip()]
        elif texts and said:
            yield "\n\n".join(said) + "\n"
            said = []
    if said:
        yield "\n\n".join(said) + "\n"


def _meant(argument: str) -> tuple[int, bool]:
    """Which answer from the end (0 for nothing that can be), and whether its code."""
    words = argument.lower().split()
    numbers = [word for word in words if word != "code"]
    if len(numbers) > 1 or not all(word.isdecimal() for word in numbers):
        return 0, False
    return int(numbers[0]) if numbers else 1, "code" in words


async def _chosen(desk: Desk, blocks: Sequence[CodeBlock]) -> CodeBlock | None:
    if len(blocks) == 1:
        return blocks[0]
    options = tuple(
        Option(str(n), f"{block.language or 'code'} · {block.text.strip().partition(chr(10))[0]}")
        for n, block in enumerate(blocks)
    )
    answer = await desk.asker.choose(Question("Copy which code?", options))
    return None if answer is None else blocks[int(answer)]


async def _copied(desk: Desk, text: str, what: str) -> Event:
    return CopyAsked(text, what, await asyncio.to_thread(desk.ports.clipboard.write, text))


def _lines(messages: Sequence[Message], words: str) -> Iterator[str]:
    """The lines that hold all of the words, each behind who said it."""
    wanted = words.lower().split()
    for message in messages:
        for part in message.parts:
            for line in part.text.split("\n") if isinstance(part, Text) else ():
                if all(word in line.lower() for word in wanted):
                    yield f"{_SPEAKER.get(message.role, message.role)}: {line.strip()}"
