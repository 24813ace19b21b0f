"""One question to a model about findings: its edits are made in memory, judged, and asked for again with evidence."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from haikuterm.core.changes import Edit
from haikuterm.core.edits import plan
from haikuterm.core.errors import EditRefused, PathRefused
from haikuterm.core.events import Event, Notice, TextDelta, ThinkingDelta, Tries
from haikuterm.core.fixing import SYSTEM, Job, Judged, question
from haikuterm.core.messages import Message, Part, Text, ToolResult
from haikuterm.core.models import Model
from haikuterm.core.ports import Workspace
from haikuterm.core.request import Reply, Request
from haikuterm.core.rules import Wanted, fitted
from haikuterm.engine.asking import Ask
from haikuterm.engine.editing import edit, edits_of
from haikuterm.engine.fix_bench import Bench
from haikuterm.engine.landing import digest

EFFORT = "low"  # where the user set none and the model takes one: reasoning is paid for, and the linter verifies


@dataclass(slots=True)
class Round:
    """What it takes to ask. explained: what a rule means, by its code. words: what the user added."""

    ask: Ask
    bench: Bench
    workspace: Workspace
    explained: dict[str, str]
    words: str = ""

    async def run(
        self, model: Model, work: Sequence[Job], tries: int, evidence: str = ""
    ) -> AsyncGenerator[Event | Tries, None]:
        """Ask up to so many times; what counts is on the bench then, Tries comes last. Raises as Ask does."""
        asked = "\n\n".join(question(job, self.explained) for job in work)
        said = [Message("user", (Text("\n\n".join(part for part in (asked, evidence, self.words) if part)),))]
        tally = Tries(model.id, jobs=1)
        for attempt in range(tries):
            reply: Reply | None = None
            async with aclosing(self._answer(model, said)) as heard:
                async for item in heard:
                    if isinstance(item, Reply):
                        reply = item
                    else:
                        yield item
            assert reply is not None, "a provider's stream ends with a Reply or raises"
            outcomes, again = await self._outcomes(work, reply)
            fixed = sum(len(o.fixed) for o in outcomes.values() if o.accepted)
            open_work = [job for job in work if not outcomes[job.path].accepted or outcomes[job.path].left]
            tally = replace(tally, fixed=tally.fixed + fixed, first=int(tally.first or (not attempt and not open_work)))
            for job in open_work:
                self.bench.evidence[job.path] = outcomes[job.path].evidence
                why = outcomes[job.path].why or "Some of the findings are still there."
                yield Notice(f"{job.path}: {why.splitlines()[0]}", "warning")
            if again:
                yield Notice("The same change as before came back; stopped asking.", "warning")
            if again or not open_work:
                break
            work = [self.bench.renewed(replace(job, findings=outcomes[job.path].left)) for job in open_work]
            said += [reply.message, _told(reply, "\n".join(outcomes[job.path].evidence for job in open_work))]
        yield tally

    async def _answer(self, model: Model, said: Sequence[Message]) -> AsyncGenerator[Event | Reply, None]:
        """The model's answer; its words are not shown, its cost is."""
        session = self.ask.session
        sent = fitted(model, Wanted(session.effort or EFFORT, session.thinking))
        request = Request(
            model,
            SYSTEM,
            tuple(said),
            (edit.spec,),
            max_tokens=sent.max_tokens,
            thinking=sent.thinking,
            effort=sent.effort,
            display=sent.display,
        )
        async with aclosing(replace(self.ask, purpose="fix")(request)) as heard:
            async for item in heard:
                if not isinstance(item, TextDelta | ThinkingDelta):
                    yield item

    async def _outcomes(self, work: Sequence[Job], reply: Reply) -> tuple[dict[str, Judged], bool]:
        """What became of each job, and whether a candidate is one that was refused before."""
        images: dict[str, bytes] = {}
        outcomes: dict[str, Judged] = {}
        try:
            edits = self._edits(reply)
        except (EditRefused, PathRefused) as refused:
            return {job.path: Judged((), job.findings, why=str(refused)) for job in work}, False
        for job in work:
            try:
                images[job.path] = self._candidate(job.path, [e for e in edits if e.path == job.path])
            except EditRefused as refused:
                outcomes[job.path] = Judged((), job.findings, why=str(refused))
        known = {(path, digest(data)) for path, data in images.items()}
        again = bool(known & self.bench.refused)
        outcomes |= await self.bench.judge(work, images)
        self.bench.refused |= {(path, name) for path, name in known if not outcomes[path].accepted}
        return outcomes, again

    def _edits(self, reply: Reply) -> list[Edit]:
        """The edits of the answer. Raises EditRefused, PathRefused."""
        calls = [call for call in reply.message.tool_uses if call.name == "edit"]
        if not calls or reply.stop != "tool_use":
            raise EditRefused("There was no complete call of edit in the answer.")
        return [found for call in calls for found in edits_of(call.input, self.workspace.resolve)]

    def _candidate(self, path: str, edits: Sequence[Edit]) -> bytes:
        if not edits:
            raise EditRefused(f"There was no edit for {path}.")
        files = plan(edits, {path: self.bench.now(path)}).files
        return self.bench.now(path) if not files else files[0].after or b""


def _told(reply: Reply, evidence: str) -> Message:
    """The evidence as an answer to what the model said."""
    text = f"{evidence}\nWhat did not count was taken back. Call edit again for what is left."
    results: list[Part] = [ToolResult(call.id, text, is_error=True) for call in reply.message.tool_uses]
    return Message("user", tuple(results) or (Text(text),))
