"""The questions before a prompt, and before a lint fix, that will probably cost more than the user set."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from haikuterm.core.forecast import Forecast, forecast
from haikuterm.core.models import Model, catalogue
from haikuterm.core.ports import Asker, Option, Question
from haikuterm.core.request import Request
from haikuterm.engine.bill import dollars
from haikuterm.engine.forecasting import Forecasts


@dataclass(slots=True)
class Confirm:
    """Asks once in a turn, and again where a later request of it would cost twice what the user agreed to.

    limit: US dollars from which on the user is asked; `confirm_usd` of the settings.
    """

    forecasts: Forecasts
    asker: Asker
    limit: Decimal

    async def __call__(self, request: Request) -> str:
        """Why the request must not be sent, as a sentence; "" where it may."""
        found = self.forecasts.request(request)
        if found.expected is None or found.expected <= self.limit:
            return ""
        if await self.asker.choose(question(found, self.limit, cheaper(found, self.forecasts))) != "send":
            return f"Not sent: it would probably have cost ~{dollars(found.expected)}."
        self.limit = found.expected * 2
        return ""


def cheaper(found: Forecast, forecasts: Forecasts) -> Forecast | None:
    """The cheapest listed model for the same prompt, with nothing of it in its cache; None if there is none.

    None also on another server than Anthropic's: nobody knows what it offers.
    """
    here = found.model
    if not here.known or here.local or here.endpoint or found.expected is None:
        return None
    others = [model for model in catalogue().models if model.listed and not model.local and model.id != here.id]
    fitting = []
    for model in others:
        tokens = round(found.tokens * float(model.text_factor / here.text_factor))
        other = forecast(model, tokens, forecasts.on(model).answer)
        if other.fits and other.expected is not None and other.expected < found.expected:
            fitting.append((other.expected, model.alias, other))
    return min(fitting, key=lambda row: row[:2])[2] if fitting else None


def question(found: Forecast, limit: Decimal, other: Forecast | None) -> Question:
    """What the user is asked."""
    read = f"{found.warm:,} of the tokens should come from the cache; " if found.warm else ""
    hint = f"{other.model.alias} would cost ~{dollars(other.expected)}: /model {other.model.alias}" if other else ""
    holds = f"{read}a yes holds for this turn, unless the price doubles"
    options = (
        Option("stop", "Do not send it", note=hint),
        Option("send", f"Send it (you are asked above {dollars(limit)})", note=holds),
    )
    return Question(f"~{dollars(found.expected)} on {found.model.alias}, ~{found.tokens:,} tokens: send it?", options)


async def unconfirmed(asker: Asker, usd: Decimal | None, limit: Decimal | None, model: Model, what: str) -> str:
    """Why an order of many requests must not be carried out, as a sentence; "" where it may.

    usd: what all of it will probably cost. limit: from where on the user is asked. what: the work, as in "12 findings".
    """
    if limit is None or usd is None or usd <= limit:
        return ""
    options = (
        Option("stop", "Do not ask it", note="what costs nothing is kept"),
        Option("send", f"Ask it (you are asked above {dollars(limit)})"),
    )
    if await asker.choose(Question(f"~{dollars(usd)} on {model.alias} for {what}: ask it?", options)) == "send":
        return ""
    return f"No model was asked: it would probably have cost ~{dollars(usd)}."
