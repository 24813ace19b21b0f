"""The user's shell: output as it comes, no input, no keys, and nothing left behind when it is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import aclosing, suppress
from pathlib import Path

import pytest

from haikuterm.adapters.shell import MOST, UserShell
from haikuterm.core.errors import SettingsError


@pytest.fixture(autouse=True)
def plain_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/sh")


async def run(folder: Path, command: str) -> tuple[str, int]:
    """All it printed, and its exit code."""
    async with aclosing(UserShell(str(folder)).run(command)) as parts:
        said = [part async for part in parts]
    code = said.pop()
    assert isinstance(code, int)
    return "".join(map(str, said)), code


async def test_both_streams_and_the_exit_code_are_told(tmp_path: Path) -> None:
    assert await run(tmp_path, "echo out; echo err >&2; exit 3") == ("out\nerr\n", 3)


async def test_it_runs_in_the_root_with_nothing_to_read_and_no_terminal(tmp_path: Path) -> None:
    said, _ = await run(
        tmp_path, "pwd; cat; test -t 1 || echo no terminal; (: < /dev/tty) 2>/dev/null || echo nor that"
    )
    assert said == f"{os.path.realpath(tmp_path)}\nno terminal\nnor that\n"


async def test_our_keys_are_withheld_and_the_rest_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    monkeypatch.setenv("MINE", "kept")
    assert await run(tmp_path, 'echo "$ANTHROPIC_API_KEY|$MINE"') == ("|kept\n", 0)


async def test_output_comes_before_the_end(tmp_path: Path) -> None:
    async with aclosing(
        UserShell(str(tmp_path)).run("echo first; while [ ! -e go ]; do sleep 0.01; done; echo second")
    ) as parts:
        assert await anext(parts) == "first\n"
        (tmp_path / "go").touch()
        assert [part async for part in parts] == ["second\n", 0]


async def test_letters_that_are_cut_between_two_pieces_stay_whole(tmp_path: Path) -> None:
    said, _ = await run(tmp_path, r"printf '\303'; sleep 0.1; printf '\251\n'")
    assert said == "é\n"


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_stopping_ends_the_command_and_all_it_started(tmp_path: Path) -> None:
    command = "trap '' TERM; (trap '' TERM; echo $BASHPID; sleep 600) & sh -c 'echo $$; sleep 600' & wait; sleep 600"
    pids: list[int] = []

    async def consume() -> None:
        async with aclosing(UserShell(str(tmp_path)).run(command)) as parts:
            async for part in parts:
                pids.extend(map(int, str(part).split()))
                if pids:
                    seen.set()

    seen = asyncio.Event()
    task = asyncio.create_task(consume())
    await seen.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert pids
    assert not any(map(alive, pids))


async def test_what_is_left_in_the_background_keeps_nobody_waiting(tmp_path: Path) -> None:
    said, code = await run(tmp_path, "sleep 600 & echo $!")
    assert code == 0
    os.kill(int(said), signal.SIGKILL)


async def test_of_endless_output_only_a_part_is_held(tmp_path: Path) -> None:
    sizes = []
    async with aclosing(UserShell(str(tmp_path)).run("yes")) as parts:
        async for part in parts:
            sizes.append(len(str(part)))
            if len(sizes) == 3:
                break
    assert max(sizes) <= MOST


async def test_a_folder_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be run"):
        await run(tmp_path / "gone", "true")


async def test_a_command_ended_by_a_signal_says_so(tmp_path: Path) -> None:
    assert (await run(tmp_path, "kill -TERM $$"))[1] == -signal.SIGTERM
