"""The environment that programs get which we start for our own ends: linters, tests, the local model, pip.

The user's editor and git with its hooks are not among them: they are the user's own programs and see what they would
see without us; a hook may well ask a model itself.
"""

from __future__ import annotations

from collections.abc import Mapping

KEYS = ("ANTHROPIC_", "CLAUDE_", "AWS_BEARER_TOKEN_BEDROCK")  # names begin so


def without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables without those that hold a key for a model, or say where one is sent."""
    return {name: value for name, value in environ.items() if not name.startswith(KEYS)}
