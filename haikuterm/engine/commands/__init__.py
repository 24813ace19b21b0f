"""Slash commands; importing the package registers all of them, in the order of /help."""

from __future__ import annotations

# isort: off
from haikuterm.engine.commands import helping, models, files, money, edits, conversation, reading, sessions, program  # noqa: F401 - registers them

# isort: on
from haikuterm.engine.commands.registry import COMMANDS, Command, Desk, Scene, complete, find, is_command, run

__all__ = ["COMMANDS", "Command", "Desk", "Scene", "complete", "find", "is_command", "run"]
