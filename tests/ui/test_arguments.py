"""What is wrong on a command line is one sentence with a way out."""

from __future__ import annotations

import pytest

from haikuterm.ui.arguments import Arguments


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--modle", "x"], "hk: --modle means nothing here; did you mean --model? `hk --help` lists what there is.\n"),
        (["--xyzzy"], "hk: --xyzzy means nothing here. `hk --help` lists what there is.\n"),
        (
            ["--form", "xml"],
            "hk: 'xml' is nothing for --form: choose from 'text', 'json'. `hk --help` lists what there is.\n",
        ),
        (["--model"], "hk: argument --model: expected one argument. `hk --help` lists what there is.\n"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_a_way_out(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = Arguments(prog="hk")
    parser.add_argument("--model")
    parser.add_argument("--form", choices=("text", "json"))
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(words)
    assert (ended.value.code, capsys.readouterr().err) == (2, said)
