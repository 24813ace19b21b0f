"""Keys taken out of a text that a person may show to others: a report of an error."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from haikuterm.core.guard import SECRET_TEXT

HIDDEN = "[a key]"
SHORTEST = 6  # characters of a value that is looked for; a shorter one would be found in ordinary words
_OF_KEYS = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$")
_OURS = re.compile(r"sk-ant-[A-Za-z0-9_-]+")


def conceal(text: str, environ: Mapping[str, str], known: Collection[str] = ()) -> str:
    """The text without what looks like a key, and without the values of variables that are named for holding one.

    known: variables that hold one, however they are named.
    """
    for name, value in environ.items():
        if (name in known or _OF_KEYS.search(name.upper())) and len(value.strip()) >= SHORTEST:
            text = text.replace(value.strip(), HIDDEN)
    text = _OURS.sub(HIDDEN, text)
    for _, pattern in SECRET_TEXT:
        text = pattern.sub(HIDDEN, text)
    return text
