"""The parser of every command line: what is wrong is one sentence with a way out, not a page of usage."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

UNKNOWN = "unrecognized arguments: "
CHOICE = re.compile(r"argument (\S+): invalid choice: (.+) \(choose from (.+)\)")


class Arguments(argparse.ArgumentParser):
    """An ArgumentParser that ends with a sentence; the exit code is 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and what to do next, and leave."""
        name, unknown, words = self.prog, message.startswith(UNKNOWN), message.removeprefix(UNKNOWN)
        said = f"{words.split()[0]} means nothing here{self._near(words.split()[0])}" if unknown else message
        said = CHOICE.sub(r"\2 is nothing for \1: choose from \3", said)
        end = "" if said.endswith(("?", ".")) else "."
        self.exit(2, f"{name}: {said}{end} `{name} --help` lists what there is.\n")

    def _near(self, word: str) -> str:
        """The option that was probably meant, as a question."""
        from difflib import get_close_matches

        options = [option for action in self._actions for option in action.option_strings]
        near = get_close_matches(word.partition("=")[0], options, 1, 0.7)
        return f"; did you mean {near[0]}?" if near else ""
