"""A name stands for exactly one model, and each model has its own rules."""

from __future__ import annotations

import pytest

from haikuterm.core.models import DEFAULT_LOCAL, DEFAULT_MODEL, Catalogue, adopt, catalogue, shipped


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("haiku", "claude-haiku-5-5"),
        ("sonnet", "claude-sonnet-5-5"),
        ("opus", "claude-opus-5-5"),
        ("Haiku", "claude-haiku-5-5"),
        ("haiku-4.5", "claude-haiku-4-5"),
        ("sonnet-4.6", "claude-sonnet-4-6"),
        ("opus-4.8", "claude-opus-4-8"),
        ("claude-haiku-4-5", "claude-haiku-4-5"),
        ("claude-haiku-5.5", "claude-haiku-5-5"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5-20251001"),
        ("qwen-1.5b", "qwen2.5-coder-1.5b"),
        (" opus-5 ", "claude-opus-5"),
    ],
)
def test_families_mean_the_newest_and_aliases_are_fixed(name: str, wanted: str) -> None:
    assert catalogue().resolve(name).id == wanted


def test_the_default_is_haiku_4_5_with_its_pinned_snapshot() -> None:
    default = catalogue().resolve(DEFAULT_MODEL)
    assert (default.id, default.snapshot) == ("claude-haiku-4-5", "claude-haiku-4-5-20251001")
    assert catalogue().resolve(DEFAULT_LOCAL).local


def test_an_unknown_id_is_taken_as_it_is_with_careful_rules() -> None:
    model = catalogue().resolve("my-gateway/claude-x")
    assert (model.id, model.known, model.prices, model.efforts, model.thinking) == (
        "my-gateway/claude-x", False, None, (), (),
    )  # fmt: skip


def test_ids_and_aliases_are_unique() -> None:
    names = [name for m in catalogue().models for name in {m.id, m.alias, m.snapshot}]
    assert len(names) == len(set(names))


def test_every_listed_cloud_model_has_prices_and_no_two_share_an_alias() -> None:
    assert [m.id for m in catalogue().models if m.listed and not m.local and m.prices is None] == []


def test_prices_are_dated_and_have_a_source() -> None:
    for model in catalogue().models:
        if model.prices and not model.local:
            assert model.prices.effective.startswith("2026-")
            assert "platform.claude.com" in model.prices.source


def test_haiku_4_5_takes_no_effort_and_does_not_think_by_itself() -> None:
    haiku = catalogue().resolve("haiku-4.5")
    assert (haiku.efforts, haiku.thinks) == ((), False)


def test_opus_4_6_and_sonnet_4_6_know_no_xhigh() -> None:
    for name in ("opus-4.6", "sonnet-4.6"):
        assert "xhigh" not in catalogue().resolve(name).efforts


# id: window, longest answer, shortest cacheable prompt, thinks unasked, efforts, default effort, fast mode, end
FACTS = {
    "claude-haiku-5-5": (1_000_000, 128_000, 512, True, 5, "medium", "", ""),
    "claude-haiku-4-5": (200_000, 64_000, 4096, False, 0, "", "", ""),
    "claude-sonnet-5-5": (1_000_000, 128_000, None, True, 5, "high", "", ""),
    "claude-sonnet-5": (1_000_000, 128_000, 1024, True, 5, "high", "", ""),
    "claude-sonnet-4-6": (1_000_000, 128_000, 1024, False, 4, "high", "", ""),
    "claude-sonnet-4-5": (200_000, 64_000, 1024, False, 0, "", "", "2026-11-30"),
    "claude-opus-5-5": (1_000_000, 128_000, None, True, 5, "medium", "ga 8/40", ""),
    "claude-opus-5": (1_000_000, 128_000, 512, True, 5, "high", "beta 10/50", ""),
    "claude-opus-4-8": (1_000_000, 128_000, 1024, False, 5, "high", "beta None/None", ""),
    "claude-opus-4-7": (1_000_000, 128_000, 2048, False, 5, "high", "", ""),
    "claude-opus-4-6": (1_000_000, 128_000, 4096, False, 4, "high", "", ""),
    "claude-opus-4-5": (200_000, 64_000, 4096, False, 3, "", "", ""),
    "claude-fable-5-2": (1_000_000, 128_000, None, True, 5, "high", "ga None/None", ""),
    "claude-fable-5-1": (1_000_000, 128_000, None, True, 5, "high", "", ""),
    "claude-fable-5": (1_000_000, 128_000, 512, True, 5, "high", "", ""),
    "claude-mythos-5-2": (1_000_000, 128_000, None, True, 5, "high", "", ""),
    "claude-mythos-5-1": (1_000_000, 128_000, None, True, 5, "high", "", ""),
    "claude-mythos-5": (1_000_000, 128_000, 512, True, 5, "high", "", ""),
    "claude-mythos-preview": (200_000, 8_192, None, True, 0, "", "", "2026-06-30"),
}


def test_every_model_has_the_limits_that_the_documents_give() -> None:
    found = {
        m.id: (
            m.context,
            m.max_output,
            m.min_cache,
            m.thinks,
            len(m.efforts),
            m.default_effort,
            f"{m.fast.access} {m.fast.input}/{m.fast.output}" if m.fast else "",
            m.retires,
        )
        for m in catalogue().models
        if not m.local
    }
    assert found == FACTS


@pytest.mark.parametrize(
    ("name", "day"),
    [("claude-opus-4-0", "2026-06-15"), ("claude-3-5-haiku-latest", "2026-02-19"), ("claude-opus-4-1", "")],
)
def test_a_retired_id_is_known_as_such_and_has_careful_rules(name: str, day: str) -> None:
    model = catalogue().resolve(name)
    assert (model.id, model.note, model.retires, model.known, model.prices) == (name, "retired", day, False, None)


def test_fast_mode_of_opus_4_8_ends_and_nobody_gives_its_price() -> None:
    fast = catalogue().resolve("opus-4.8").fast
    assert fast is not None
    assert (fast.until, fast.input) == ("2026-11-30", None)


def test_an_adopted_catalogue_holds_until_it_is_let_go() -> None:
    own = Catalogue((), "2026-11-21")
    adopt(own)
    try:
        assert catalogue() is own
    finally:
        adopt(None)
    assert catalogue() is shipped()
