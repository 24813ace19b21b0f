"""What is offered at the cursor: folders and what is in them, quoted paths, several for a command, pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from haikuterm.core.models import Catalogue, adopt, shipped
from tests.scripted import Rig, rig


@pytest.fixture
def world(repo: Path) -> Rig:
    for path in ("src/api/route.py", "src/main.py", "src/my dir/a b.py", "src/my dir/c.py", "tests/test_main.py"):
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_text("x = 1\n")
    return rig(repo)


def offered(world: Rig, text: str) -> list[str]:
    """What the text may become."""
    found = world.engine.complete(text, len(text))
    return [text[: found.start] + item.text for item in found.items]


def test_an_at_sign_offers_the_folders_and_then_the_files_of_the_root(world: Rig) -> None:
    assert offered(world, "see @")[:3] == ["see @src/", "see @tests/", "see @README.md "]


def test_a_folder_is_one_that_what_is_in_it_can_follow(world: Rig) -> None:
    assert offered(world, "@sr")[0] == "@src/"
    assert offered(world, "@src/") == ["@src/ ", "@src/api/", '@"src/my dir/', "@src/main.py "]
    assert [item.note for item in world.engine.complete("@src/", 5).items][:2] == ["all 4 files", "1 file"]


def test_a_half_typed_quoted_path_goes_on_over_its_blanks(world: Rig) -> None:
    assert offered(world, '@"src/my d')[0] == '@"src/my dir/'
    assert offered(world, 'see @"a b') == ['see @"src/my dir/a b.py" ']
    assert offered(world, 'see @"src/my dir/" and') == []


def test_in_pasted_code_a_decorator_is_no_file_unless_one_begins_so(world: Rig) -> None:
    assert offered(world, "class A:\n    @pp") == []
    assert offered(world, "class A:\n    @ap") == ["class A:\n    @app.py ", "class A:\n    @src/api/"]
    assert offered(world, "look at\nthis @pp")[0] == "look at\nthis @app.py "


@pytest.mark.parametrize("command", ["/add", "/diff", "/lint", "/fix"])
def test_a_command_takes_several_paths_each_offered_once(world: Rig, command: str) -> None:
    assert offered(world, f"{command} app.py main")[0] == f"{command} app.py src/main.py "
    assert f"{command} app.py app.py " not in offered(world, f"{command} app.py app")
    assert offered(world, f'{command} "a b')[0] == f'{command} "src/my dir/a b.py" '
    assert offered(world, f"{command} src/")[:2] == [f"{command} src/ ", f"{command} src/api/"]


@pytest.mark.parametrize("alias", ["/t", "/q", "/name", "/exit"])
def test_another_name_of_a_command_is_offered_as_it_stands(world: Rig, alias: str) -> None:
    """So that Enter sends it, and does not take the first command that begins so: "/t" is no "/thinking"."""
    assert offered(world, alias)[0] == alias


def test_another_name_is_offered_from_two_letters_on_behind_the_commands_that_begin_so(world: Rig) -> None:
    assert offered(world, "/sett")[0] == "/settings"
    assert offered(world, "/sessi")[0] == "/sessions"
    assert {"/compress", "/continue"} <= {*offered(world, "/co")}
    assert "/continue" not in offered(world, "/c")


def test_flags_of_a_command_are_offered_when_one_is_begun(world: Rig) -> None:
    assert offered(world, "/fix -") == ["/fix --all "]
    assert "--all" not in "".join(offered(world, "/fix "))


async def test_only_attached_files_can_be_dropped(world: Rig) -> None:
    await world.run("/add app.py src/main.py")
    assert offered(world, "/drop ") == ["/drop app.py ", "/drop src/main.py "]
    assert offered(world, "/drop app.py ") == ["/drop app.py src/main.py "]


def test_pictures_elsewhere_are_found_in_their_folders(
    world: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home of mine"
    (home / "Pictures" / "old").mkdir(parents=True)
    for name in ("Cat.png", "notes.txt", ".hidden.png", "paper.pdf"):
        (home / "Pictures" / name).touch()
    monkeypatch.setenv("HOME", str(home))
    assert offered(world, "see @~") == ["see @~/"]
    assert offered(world, "see @~/pic") == ["see @~/Pictures/"]
    assert offered(world, "@~/Pictures/") == ["@~/Pictures/old/", "@~/Pictures/Cat.png ", "@~/Pictures/paper.pdf "]
    assert offered(world, f'@"{home}/Pictures/c') == [f'@"{home}/Pictures/Cat.png" ']
    assert offered(world, "@/nowhere/at all/") == offered(world, "@~nobody/x") == []
    assert offered(world, "/add ~") == ["/add ~/"]
    assert offered(world, "/add app.py ~/Pictures/c") == ["/add app.py ~/Pictures/Cat.png "]
    assert offered(world, f'/add "{home}/Pictures/o') == [f'/add "{home}/Pictures/old/']
    assert offered(world, "/lint ~/Pictures/") == [], "there are only pictures"


def test_models_of_a_named_endpoint_are_offered_by_their_whole_names(world: Rig) -> None:
    known = shipped()
    adopt(Catalogue(known.models, known.version, endpoints={"ollama": ""}, found={"ollama/llama3": lambda m: m}))
    try:
        assert offered(world, "/model ollama/") == ["/model ollama/llama3"]
    finally:
        adopt(None)


def test_a_command_that_needs_an_argument_ends_with_a_blank(world: Rig) -> None:
    """So that Enter knows which can be run at once."""
    assert offered(world, "/ad")[0] == "/add "
    assert offered(world, "/dro")[0] == "/drop"
    assert offered(world, "/hel")[0] == "/help"
    assert offered(world, "/rese")[0] == "/reset ", "what forgets a conversation for good is not run by half its name"


def test_the_prompt_of_a_command_can_name_files(world: Rig) -> None:
    assert offered(world, "/ask what is @ap")[0] == "/ask what is @app.py "
    assert offered(world, "/commit thanks to @ap") == []


def test_a_line_for_the_shell_completes_paths_as_shells_do(world: Rig) -> None:
    assert offered(world, "!cat src/m")[0] == "!cat src/my dir/".replace("src/my dir/", "'src/my dir/")
    assert offered(world, "!cat src/m")[1:] == ["!cat src/main.py "]
    assert offered(world, "!!cat 'src/my d") == ["!!cat 'src/my dir/"]
    assert offered(world, "!cat 'src/my dir/a") == ["!cat 'src/my dir/a b.py' "]
    assert offered(world, "!cat main.py") == [], "no guesses: what the shell runs is what was typed"
    assert offered(world, "!app") == [], "the first word is a program"
    assert offered(world, "!src/ma") == ["!src/main.py "]
    assert offered(world, "!grep -s") == offered(world, "!cat @app") == offered(world, "!cat ") == []
