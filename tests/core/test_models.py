"""A name stands for exactly one model, and each model has its own rules."""

from __future__ import annotations

import pytest

from haikuterm.core.models import DEFAULT_LOCAL, DEFAULT_MODEL, catalogue


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
