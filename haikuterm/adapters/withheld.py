"""The environment that programs get which we start for our own ends: linters, tests, the local model, pip.

The user's editor and git with its hooks are not among them: they are the user's own programs and see what they would
see without us; a hook may well ask a model itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

KEYS = ("ANTHROPIC_", "CLAUDE_", "AWS_BEARER_TOKEN_BEDROCK")  # names begin so
# For what works on a copy: what git tells its hooks leads to the user's own index, and our own settings to nobody.
OURS = ("HAIKUTERM_", "GIT_")
_named: set[str] = set()


def withhold(names: Iterable[str]) -> None:
    """From now on these variables are withheld too, and no others: the settings name them as keys of endpoints."""
    _named.clear()
    _named.update(names)


def named() -> frozenset[str]:
    """The variables that the settings name."""
    return frozenset(_named)


def without_keys(environ: Mapping[str, str], *more: str) -> dict[str, str]:
    """The variables without those that hold a key for a model, or say where one is sent.

    more: beginnings of names that are left out as well.
    """
    return {
        name: value for name, value in environ.items() if not name.startswith((*KEYS, *more)) and name not in _named
    }
