"""What sending a prompt will probably cost: its tokens, what of them the cache should have, and a typical answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from haikuterm.core.context import UNKNOWN_MIN_CACHE
from haikuterm.core.ledger import Sample
from haikuterm.core.models import Model
from haikuterm.core.money import Usage, cost
from haikuterm.core.prefix import CacheLook, Prefix, broken, same

TYPICAL_ANSWER = 500  # tokens, until the ledger knows better
ENOUGH = 5  # answers of a model from which its own ones say what is typical
SANE = (0.4, 2.5)  # a server that counts further off than this counts something else than we do


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the ledger teaches of a model's prompts.

    factor: tokens of the server for each that we estimate. off: by how much of its tokens nine in ten estimates were
    off at most, None while there are too few. answer: tokens of a typical answer. rows: how many answers say so.
    """

    factor: float = 1.0
    off: float | None = None
    answer: int = TYPICAL_ANSWER
    rows: int = 0

    def tokens(self, estimate: int) -> int:
        """What the server will probably count where we estimate so many."""
        return round(estimate * self.factor)


def calibrate(samples: Sequence[Sample]) -> Calibration:
    """The calibration that these answers of one model give; medians, so that an odd one changes nothing."""
    ratios = [sample.prompt / sample.estimate for sample in samples if sample.estimate > 0 and sample.prompt > 0]
    if not ratios:
        return Calibration()
    from statistics import median  # not at start-up: it brings fractions and random with it

    factor = min(max(median(ratios), SANE[0]), SANE[1])
    errors = sorted(abs(factor / ratio - 1) for ratio in ratios)
    enough = len(ratios) >= ENOUGH
    answer = round(median(sample.output for sample in samples)) if enough else TYPICAL_ANSWER
    return Calibration(factor, errors[int(0.9 * (len(errors) - 1))] if enough else None, answer, len(ratios))


@dataclass(frozen=True, slots=True)
class Forecast:
    """What sending a prompt on a model will probably cost, in US dollars; None where the model is unpriced.

    tokens: of the whole prompt, conversation and tools included; counted: the server said so, else an estimate.
    answer: tokens of the answer that is in each price. A turn that uses tools makes further requests: not in them.
    expected: with what should be in the cache now, which is `warm` tokens. cached: if all of the conversation before
    this prompt is there. uncached: if nothing is, so that all of it is written to the cache anew.
    """

    model: Model
    tokens: int
    counted: bool
    answer: int
    warm: int
    expected: Decimal | None
    cached: Decimal | None
    uncached: Decimal | None

    @property
    def fits(self) -> bool:
        """Whether the prompt fits into the model's window."""
        return self.tokens < self.model.context


def forecast(
    model: Model, tokens: int, answer: int, *, warm: int = 0, before: int = 0, counted: bool = False
) -> Forecast:
    """The forecast for a prompt of so many tokens.

    warm: how many of them the cache should have now. before: how many of them are the conversation until now.
    """
    caches = cacheable(model, tokens)

    def price(read: int) -> Decimal | None:
        read = min(read, tokens) if caches else 0
        rest = tokens - read
        usage = Usage(cache_read=read, cache_write_5m=rest, output=answer) if caches else Usage(rest, answer)
        return cost(usage, model.prices)

    warm = warm if caches else 0
    kept = before if cacheable(model, before) else 0
    return Forecast(model, tokens, counted, answer, warm, price(warm), price(max(warm, kept)), price(0))


def cacheable(model: Model, tokens: int) -> bool:
    """Whether a prompt of so many tokens is put into the cache, as `context.build` does it."""
    return not model.local and model.known and tokens >= (model.min_cache or UNKNOWN_MIN_CACHE)


@dataclass(frozen=True, slots=True)
class Ahead:
    """A conversation before its next prompt is typed. tokens: of it. warm: of them in the cache, while it lives."""

    tokens: int
    warm: int


def ahead(prefix: Prefix, last: CacheLook | None, calibration: Calibration) -> Ahead:
    """How long the conversation is, by what the server said of its beginning, and what the cache has of it."""
    if last is None or not last.usage.prompt:  # some servers count nothing
        return Ahead(calibration.tokens(prefix.tokens), 0)
    equal = same(last.prefix, prefix)
    front, rest = prefix.parts[:equal], prefix.parts[equal:]
    kept = last.usage.cache_read + last.usage.cache_write_5m + last.usage.cache_write_1h
    added = calibration.tokens(sum(part.tokens for part in rest))
    if not broken(last.prefix, prefix):
        return Ahead(last.usage.prompt + added, kept)
    known = calibration.tokens(sum(part.tokens for part in front))
    spoken = any(part.name.startswith("message ") for part in front)  # the cache points stand behind messages
    return Ahead(known + added, min(kept, known) if spoken else 0)
