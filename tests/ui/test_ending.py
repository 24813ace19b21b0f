"""A program ends in order when it is told to, and outlives its terminal only where it was started to."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from haikuterm.ui.ending import when_told_to_end


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
async def test_both_signals_are_told(sign: signal.Signals) -> None:
    told = asyncio.Event()
    when_told_to_end(told.set)
    os.kill(os.getpid(), sign)
    await told.wait()


@pytest.mark.parametrize("nohup", [True, False])
async def test_a_hangup_that_nohup_has_turned_off_is_told_only_to_who_needs_a_terminal(nohup: bool) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    told = asyncio.Event()
    when_told_to_end(told.set, nohup=nohup)
    assert (signal.getsignal(signal.SIGHUP) is signal.SIG_IGN) == nohup
