"""What an endpoint lists is merged: windows, limits, names, dates and the abilities of new models; never a price."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from haikuterm.core.model_listing import as_toml
from haikuterm.core.model_rows import overlaid
from haikuterm.core.models import Catalogue, shipped
from haikuterm.core.request import RemoteModel

TODAY = date(2026, 11, 21)


def merged(*listed: RemoteModel) -> Catalogue:
    return overlaid(shipped(), as_toml(shipped(), listed, TODAY), "The file")


def can(**flags: bool) -> dict[str, Any]:
    return {name: {"supported": value} for name, value in flags.items()}


def test_a_known_model_takes_window_limit_name_and_end_from_the_list_and_keeps_its_price() -> None:
    old = shipped().resolve("haiku-4.5")
    extra = {"retires_at": "2027-03-01T00:00:00Z", "capabilities": {"thinking": {"types": can(adaptive=True)}}}
    new = merged(RemoteModel("claude-haiku-4-5-20251001", "Haiku!", 300_000, 50_000, extra)).resolve("haiku-4.5")
    assert (new.id, new.title, new.context, new.max_output) == ("claude-haiku-4-5", "Haiku!", 300_000, 50_000)
    assert (new.retires, new.prices, new.thinking) == ("2027-03-01", old.prices, old.thinking)


def test_a_new_model_can_what_the_list_says_and_is_unpriced() -> None:
    capabilities = {
        "thinking": {"supported": True, "types": can(adaptive=True, disabled=True, enabled=False)},
        "effort": {**can(low=True, high=True, max=False), "supported": True},
        **can(image_input=True, pdf_input=False),
    }
    extra = {"line": "haiku", "created_at": "2026-12-01T00:00:00Z", "capabilities": capabilities}
    known = merged(RemoteModel("claude-haiku-6", "Claude Haiku 6", 2_000_000, 256_000, extra))
    model = known.resolve("claude-haiku-6")
    assert (model.family, model.released, model.context, model.max_output) == (
        "haiku", "2026-12-01", 2_000_000, 256_000,
    )  # fmt: skip
    assert (model.thinking, model.efforts, model.images, model.pdfs) == (
        ("adaptive", "disabled"), ("low", "high"), True, False,
    )  # fmt: skip
    assert (model.known, model.prices) == (True, None)
    assert known.resolve("haiku").id == "claude-haiku-5-5", "nothing switches by itself"


def test_a_model_of_which_only_the_name_is_listed_keeps_careful_rules() -> None:
    model = merged(RemoteModel("qwen3:8b", extra={"type": "model"})).resolve("qwen3:8b")
    assert (model.known, model.context, model.max_output, model.thinking) == (False, 200_000, 8_192, ())


def test_a_retired_model_is_not_offered() -> None:
    extra = {"lifecycle": "retired", "created_at": "1970-01-01T00:00:00Z"}
    model = merged(RemoteModel("claude-old", extra=extra)).resolve("claude-old")
    assert (model.listed, model.note, model.released) == (False, "retired", "")


@given(
    st.text(max_size=20),
    st.text(max_size=20),
    st.one_of(st.none(), st.integers(), st.booleans()),
    st.dictionaries(
        st.sampled_from(["line", "created_at", "retires_at", "lifecycle", "capabilities"]),
        st.one_of(st.none(), st.text(max_size=9), st.dictionaries(st.sampled_from(["effort", "thinking"]), st.none())),
    ),
)
def test_whatever_an_endpoint_lists_the_file_can_be_read_again(
    name: str, title: str, size: int | None, extra: dict[str, Any]
) -> None:
    merged(RemoteModel(name, title, size, size, extra))
